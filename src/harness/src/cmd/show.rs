//! `harness show`: what a run says.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use harness_text::printable::{self, Shown};

use super::{print, print_json};
use crate::machine::Hardware;
use crate::report::{MissingFigure, terminal_table};
use crate::store::{Manifest, RunFolder};

/// Show a run: what ran on what, and the table with its comparisons. A run that goes on or was stopped is shown as far
/// as it came.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints it; the exit code.
pub fn run(args: &ShowArgs) -> Result<u8> {
    let (folder, manifest) = RunFolder::open(&args.run)?;
    let (mut summary, _) = folder.summarise(&manifest)?;
    let caveat = folder.caveat(&manifest)?;
    if args.json {
        summary.notes.extend(caveat);
        print_json(&summary)?;
        return Ok(0);
    }
    print(&(head(&folder, &manifest, caveat) + "\n" + &terminal_table(&summary)))?;
    Ok(0)
}

fn head(folder: &RunFolder, manifest: &Manifest, caveat: Option<String>) -> String {
    let profile = manifest.profile.as_ref().map_or(String::new(), |name| format!(", profile `{name}`"));
    let git = manifest.git.as_ref().map_or(String::new(), |git| format!(" ({git})"));
    let engines: Vec<String> = manifest
        .engines
        .iter()
        .map(|engine| format!("{} {}", engine.identity.name, engine.identity.version))
        .collect();
    let sessions = match manifest.sessions.len() {
        0 | 1 => String::new(),
        more => format!(", in {more} sessions"),
    };
    let state = match (caveat, folder.has_parts()) {
        (None, _) => "complete".to_owned(),
        (Some(caveat), true) => format!("{caveat}; `harness run --resume {}`", folder.path().shown()),
        (Some(caveat), false) => caveat,
    };
    let fit = match &manifest.qualification {
        None => "nobody asked whether the machine was fit".to_owned(),
        Some(found) if found.qualified => "qualified: may be a baseline".to_owned(),
        Some(found) => format!("not qualified: {}", found.why.join("; ")),
    };
    let Hardware { key, cpu, cores, gpus, .. } = &manifest.hardware;
    let gpus: String = gpus.iter().map(|gpu| format!(", {gpu}")).collect();
    let suite = &manifest.summary_input.suite;
    let lines = [
        ("suite", format!("{suite}{profile}, hash {}", short(&manifest.suite_sha256))),
        ("began", format!("{}{sessions}, harness {}{git}", manifest.created_utc, manifest.harness_version)),
        ("machine", format!("{cpu}, {cores} cores{gpus}, key {}", short(key))),
        ("fitness", fit),
        ("engines", if engines.is_empty() { "none has answered".to_owned() } else { engines.join(", ") }),
        ("cells", format!("{} planned; {state}", manifest.planned().count())),
    ];
    let until = manifest.until.iter().map(|until| {
        let ended = until.ended.as_deref().unwrap_or("they go on");
        ("until", format!("every gate is answered; after {} blocks: {ended}", until.looks.len()))
    });
    let missing = manifest.missing_figures.iter();
    let missing =
        missing.map(|MissingFigure { figure, why }| ("figures", format!("`{figure}` is missing: {why}")));
    let lines: Vec<(&str, String)> = lines.into_iter().chain(until).chain(missing).collect();
    lines.iter().map(|(name, text)| format!("{name:<8} {}\n", printable::line(text))).collect()
}

/// The first digits of a hash, which tell it from others at a glance.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
