//! Scores a stored run again with other scorers and writes a new run folder beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use harness_task::{Need, ScorerSpec};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::record::{ItemRecord, Status};
use crate::report::{write_report, write_summary};
use crate::score::{TaskInput, score_rows};
use crate::stop::{MISSING, Stop};
use crate::store::{Tables, create_beside, files, write_json, write_tables};
use crate::summary::{Summary, SummaryInput, summarise};
use crate::table::{TableError, read_cells, read_items, read_windows};

/// What is wanted instead of the run's own scorers.
#[derive(Debug, Default)]
pub struct Wishes {
    /// None: the run's own, in this version's definition.
    pub scorers: Option<Vec<ScorerSpec>>,
    /// The score that figures use; None: the run's where it is still there, else the first.
    pub primary: Option<String>,
    /// Only this task; None: all.
    pub task: Option<String>,
}

/// What scoring again ended with.
pub struct Rescored {
    /// The new run folder.
    pub folder: PathBuf,
    /// What it says.
    pub summary: Summary,
    /// 0 or 3.
    pub code: u8,
}

#[derive(Deserialize)]
struct Kept {
    summary_input: SummaryInput,
}

/// Scores the run in `from` again and writes a new folder into `out` (by default beside it).
///
/// # Errors
/// A [`Stop`] where the run lacks what a scorer needs, or names are unknown.
pub fn rescore(from: &Path, out: Option<&Path>, wishes: &Wishes) -> Result<Rescored> {
    let mut manifest = read_manifest(from)?;
    let Kept { summary_input: mut input } = serde_json::from_value(manifest.clone()).map_err(|error| {
        Stop::missing(format!(
            "`{}` does not tell how the run was scored: {error}\nhelp: run the suite again",
            from.join("manifest.json").display()
        ))
    })?;
    let mut tables = Tables {
        cells: read_cells(&from.join("cells.parquet")).map_err(lost)?,
        windows: read_windows(&from.join("windows.parquet")).map_err(lost)?,
        items: read_items(&from.join("items.parquet")).map_err(lost)?,
    };
    let names: Vec<String> = input.tasks.iter().map(|task| task.name.clone()).collect();
    if let Some(name) = wishes.task.as_ref().filter(|name| !names.contains(name)) {
        let known = names.join("`, `");
        return Err(
            Stop::usage(format!("the run has no task `{name}`\nhelp: choose one of `{known}`")).into()
        );
    }
    for task in
        input.tasks.iter_mut().filter(|task| wishes.task.as_ref().is_none_or(|name| *name == task.name))
    {
        wish(task, wishes)?;
        let mut rows: Vec<&mut ItemRecord> =
            tables.items.iter_mut().filter(|item| item.task == task.name).collect();
        check(task, &rows)?;
        score_rows(&mut rows, task);
    }
    let folder = create_beside(from, "rescored", out)?;
    copy_readings(from, &folder)?;
    write_tables(&folder, &tables)?;
    let summary = summarise(&input, &tables.cells, &tables.windows, &tables.items)?;
    write_summary(&folder, &summary)?;
    write_report(&folder, &summary)?;
    manifest["rescored_from"] = json!(from.file_name().map(|name| name.to_string_lossy()));
    manifest["summary_input"] = serde_json::to_value(&input)?;
    manifest["files"] = serde_json::to_value(files(&folder, &tables)?)?;
    write_json(&folder.join("manifest.json"), &manifest)?;
    let unfinished = tables.cells.iter().any(|cell| cell.status != Status::Ok)
        || tables.items.iter().any(|item| item.unscored_reason.is_some())
        || !summary.failed.is_empty();
    Ok(Rescored { folder, summary, code: if unfinished { MISSING } else { 0 } })
}

fn read_manifest(folder: &Path) -> Result<Json> {
    let path = folder.join("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name a run folder, as `harness run` prints it at its end",
            path.display()
        ))
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("`{}` is damaged: {error}\nhelp: run the suite again", path.display());
        Stop::missing(message).into()
    })
}

fn lost(error: TableError) -> Stop {
    Stop::missing(format!("{error}\nhelp: name a run folder that is whole, or run the suite again"))
}

/// A run that was killed has no readings; the others keep theirs, so that they can be measured again.
fn copy_readings(from: &Path, to: &Path) -> Result<()> {
    let readings = from.join("samples.parquet");
    if readings.is_file() {
        std::fs::copy(&readings, to.join("samples.parquet"))
            .with_context(|| format!("cannot copy `{}`", readings.display()))?;
    }
    Ok(())
}

fn wish(task: &mut TaskInput, wishes: &Wishes) -> Result<()> {
    if let Some(scorers) = &wishes.scorers {
        task.scorers = scorers.clone();
    }
    let known: Vec<&str> = task.scorers.iter().map(ScorerSpec::name).collect();
    match &wishes.primary {
        Some(name) if known.contains(&name.as_str()) => task.primary_score = name.clone(),
        Some(name) => {
            let known = known.join("`, `");
            let message =
                format!("`{name}` is not among the scorers\nhelp: choose one of `{known}`, or add it");
            return Err(Stop::usage(message).into());
        }
        None if known.contains(&task.primary_score.as_str()) => {}
        None => task.primary_score = known.first().map(|name| (*name).to_owned()).unwrap_or_default(),
    }
    Ok(())
}

/// A scorer that no row can serve would only give nulls.
fn check(task: &TaskInput, rows: &[&mut ItemRecord]) -> Result<()> {
    let mut missing = BTreeSet::new();
    for spec in &task.scorers {
        let scorer = spec.make().ok_or_else(|| {
            let name = spec.name();
            Stop::missing(format!("this version has no scorer `{name}`\nhelp: name others with `--scorers`"))
        })?;
        for need in scorer.needs() {
            let has = match need {
                Need::Reference => rows.iter().any(|row| row.reference.is_some()),
                Need::Language => task.language.is_some(),
                Need::Label => rows.iter().any(|row| row.label.is_some()),
                Need::Verdict => rows.iter().any(|row| row.verdict.is_some()),
                Need::Logprobs => rows.iter().any(|row| row.logprobs.is_some()),
                Need::Version => rows.iter().any(|row| row.version.is_some()),
            };
            if !has {
                missing.insert(format!("`{}` needs {need}", spec.name()));
            }
        }
    }
    if missing.is_empty() || rows.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = missing.into_iter().collect();
    Err(Stop::usage(format!(
        "task `{}` of this run kept too little: {}\nhelp: leave these scorers out, or choose one task with `--task`",
        task.name,
        missing.join("; ")
    ))
    .into())
}
