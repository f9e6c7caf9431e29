//! `harness baseline`: what later runs are held against.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use comfy_table::ColumnConstraint;
use harness_text::printable;

use super::{print, print_json};
use crate::baseline::{Baseline, FEWEST_SESSIONS, Shelf, add, prune};
use crate::ruled::table;

/// Store variants of finished runs, with engine, weights and files: `harness run SUITE --against NAME` runs one again beside
/// today's, `harness gate RUN --baseline NAME` holds a run against its sessions.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Store a variant of a finished run, or one more session of it where the name is taken by the same.
    Add {
        /// What it is called from now on.
        #[arg(value_name = "NAME")]
        name: String,
        /// The run folder.
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The variant; without it the suite's baseline.
        #[arg(long, value_name = "NAME")]
        variant: Option<String>,
    },
    /// List what is stored.
    List {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove baselines, and files that none of the others has.
    Prune {
        /// Their names; without any only files that no baseline has.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

/// Does it; the exit code.
pub fn run(args: &BaselineArgs) -> Result<u8> {
    let shelf = Shelf::open()?;
    match &args.verb {
        Verb::Add { name, run, variant } => {
            let added = add(&shelf, name, run, variant.as_deref())?;
            print(&sentence(&added.baseline, added.new))?;
        }
        Verb::List { json } => list(&shelf, *json)?,
        Verb::Prune { names } => {
            let pruned = prune(&shelf, names)?;
            let mib = pruned.bytes as f64 / f64::from(1 << 20);
            print(&format!("removed {} baselines, {} files ({mib:.1} MiB)\n", names.len(), pruned.objects))?;
        }
    }
    Ok(0)
}

fn sentence(baseline: &Baseline, new: bool) -> String {
    let Baseline { name, kept, sessions, .. } = baseline;
    let head = match new {
        true => format!(
            "stored `{name}`: {} of suite {}, {}, {} files",
            kept.variant,
            kept.suite,
            kept.engine,
            kept.files.len()
        ),
        false => format!("added a session to `{name}`"),
    };
    let count = sessions.len();
    let enough = match count >= FEWEST_SESSIONS {
        true => format!("{count} sessions: `harness gate RUN --baseline {name}` can answer"),
        false => format!(
            "{count} of {FEWEST_SESSIONS} sessions that `harness gate RUN --baseline {name}` needs; `harness run SUITE --against {name}` needs no more"
        ),
    };
    format!("{head}\n{enough}\n")
}

fn list(shelf: &Shelf, json: bool) -> Result<()> {
    let found: Vec<(String, Result<Baseline, crate::stop::Stop>)> =
        shelf.names()?.into_iter().map(|name| (name.clone(), shelf.find(&name))).collect();
    if json {
        let entry = |(name, baseline): &(String, Result<Baseline, crate::stop::Stop>)| match baseline {
            Ok(baseline) => serde_json::json!({
                "name": name, "baseline": baseline.kept, "sessions": baseline.sessions,
                "unread_sessions": baseline.unread,
            }),
            Err(why) => serde_json::json!({ "name": name, "baseline": null, "why": why.to_string() }),
        };
        let entries: Vec<_> = found.iter().map(entry).collect();
        return print_json(&entries);
    }
    if found.is_empty() {
        return Ok(print("no baseline is stored: `harness baseline add NAME RUN` stores one\n")?);
    }
    let mut list = table(&["name", "variant", "suite", "engine", "class", "machine", "sessions", "added"]);
    let mut page = String::new();
    for (name, baseline) in &found {
        let Baseline { kept, sessions, .. } = match baseline {
            Ok(baseline) => baseline,
            Err(why) => {
                page += &format!("{}\n", why.to_string().lines().next().unwrap_or_default());
                continue;
            }
        };
        list.add_row(
            [
                name.clone(),
                kept.variant.clone(),
                kept.suite.clone(),
                format!("{} {:.8}", kept.engine, kept.engine_sha256),
                kept.class.map_or("–".to_owned(), |class| class.to_string()),
                format!("{:.8}", kept.hardware_key),
                sessions.len().to_string(),
                kept.added_utc.chars().take(10).collect(),
            ]
            .map(|cell: String| printable::line(&cell)),
        );
    }
    for column in list.column_iter_mut() {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    Ok(print(&(list.trim_fmt() + "\n" + &page))?)
}
