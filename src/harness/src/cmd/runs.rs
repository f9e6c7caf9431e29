//! `harness runs`: the runs in a folder.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use comfy_table::ColumnConstraint;
use harness_text::printable::{self, Shown};

use super::print;
use crate::record::{CellRecord, Status};
use crate::ruled::table;
use crate::stop::Stop;
use crate::store::RunFolder;

/// List the runs in a folder: what they ran, how far they came, whether they can go on.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// The folder that holds run folders.
    #[arg(value_name = "FOLDER", default_value = "runs")]
    folder: PathBuf,
}

/// Prints the list; the exit code.
pub fn run(args: &RunsArgs) -> Result<u8> {
    let entries = std::fs::read_dir(&args.folder).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name the folder that `harness run --out` wrote to",
            args.folder.shown()
        ))
    })?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.is_dir())).collect();
    paths.sort();
    if paths.is_empty() {
        print(&format!("no run in `{}`\n", args.folder.shown()))?;
        return Ok(0);
    }
    let mut list = table(&["run", "suite", "state", "cells ok", "began"]);
    for path in &paths {
        list.add_row(row(path).map(|cell| printable::line(&cell)));
    }
    // Names are for copying.
    for column in list.column_iter_mut() {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    print(&(list.trim_fmt() + "\n"))?;
    Ok(0)
}

fn row(path: &Path) -> [String; 5] {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match describe(path) {
        Ok([suite, state, cells, began]) => [name, suite, state, cells, began],
        Err(error) => {
            let why = error.to_string().lines().next().unwrap_or_default().to_owned();
            [name, "–".to_owned(), format!("unreadable: {why}"), "–".to_owned(), "–".to_owned()]
        }
    }
}

fn describe(path: &Path) -> Result<[String; 4]> {
    let (folder, manifest) = RunFolder::open(path)?;
    let cells = folder.read::<CellRecord>()?;
    let ok = cells.iter().filter(|cell| cell.status == Status::Ok).count();
    let made = manifest.rescored_from.as_ref().map(|_| "scored again");
    let made = made.or(manifest.remeasured_from.as_ref().map(|_| "measured again"));
    let state = match (manifest.complete, made) {
        (true, None) => "complete",
        (_, Some(made)) => made,
        (false, None) if folder.is_busy() => "running",
        (false, None) if folder.has_parts() => "stopped: `--resume`",
        (false, None) => "stopped",
    };
    let planned = manifest.planned().count();
    Ok([
        manifest.summary_input.suite.clone(),
        state.to_owned(),
        format!("{ok} of {planned}"),
        manifest.created_utc,
    ])
}
