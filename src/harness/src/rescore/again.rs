//! Scores a stored run again with other scorers and writes a new run folder beside it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use harness_task::{Need, ScorerSpec};

use crate::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use crate::score::{TaskInput, score_rows};
use crate::stop::Stop;
use crate::store::{Finished, Part, RunFolder};
use crate::summary::known_scorer;
use crate::table;

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

/// Scores the run in `from` again and writes a new folder into `out` (by default beside it).
///
/// # Errors
/// A [`Stop`] where the run has not ended, is damaged or lacks what a scorer needs, or names are unknown.
pub fn rescore(from: &Path, out: Option<&Path>, wishes: &Wishes) -> Result<Finished> {
    let (old, mut manifest) = RunFolder::open(from)?;
    old.expect_ended(&manifest)?;
    old.expect_whole_tables()?;
    let input = &mut manifest.summary_input;
    let names: Vec<String> = input.tasks.iter().map(|task| task.name.clone()).collect();
    if let Some(name) = wishes.task.as_ref().filter(|name| !names.contains(name)) {
        let known = names.join("`, `");
        return Err(
            Stop::usage(format!("the run has no task `{name}`\nhelp: choose one of `{known}`")).into()
        );
    }
    let asked = |task: &TaskInput| wishes.task.as_ref().is_none_or(|name| *name == task.name);
    for task in input.tasks.iter_mut().filter(|task| asked(task)) {
        wish(task, wishes)?;
    }
    manifest.expect_known_words()?;
    let tasks: Vec<TaskInput> =
        manifest.summary_input.tasks.iter().filter(|task| asked(task)).cloned().collect();
    check(&tasks, &old, wishes.scorers.is_some())?;

    manifest.rescored_from = from.file_name().map(|name| name.to_string_lossy().into_owned());
    RunFolder::beside(from, "rescored", out)?.filled(|folder| {
        folder.copy::<CellRecord>(&old)?;
        folder.copy::<WindowRecord>(&old)?;
        folder.copy::<SampleRecord>(&old)?;
        score_items(&old, &folder, &tasks)?;
        folder.finish(manifest, &[])
    })
}

/// Writes the items of a run with the scores of these tasks computed again.
fn score_items(from: &RunFolder, to: &RunFolder, tasks: &[TaskInput]) -> Result<()> {
    for (step, items) in (0..).zip(from.batches::<ItemRecord>()?) {
        let mut items = items?;
        for task in tasks {
            let mut rows: Vec<&mut ItemRecord> =
                items.iter_mut().filter(|item| item.task == task.name).collect();
            score_rows(&mut rows, task);
        }
        to.write(step, &Part { items, ..Part::default() })?;
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

/// The column that holds what a scorer needs of an item; None: the task has it.
fn column(need: Need) -> Option<&'static str> {
    match need {
        Need::Reference => Some("reference"),
        Need::Language => None,
        Need::Label => Some("label"),
        Need::Verdict => Some("verdict"),
        Need::Logprobs => Some("logprobs"),
        Need::Version => Some("family"),
    }
}

/// A scorer that no row can serve would only give nulls. `asked`: it was named, and is not the run's own.
fn check(tasks: &[TaskInput], folder: &RunFolder, asked: bool) -> Result<()> {
    const COLUMNS: &[&str] = &["reference", "label", "verdict", "logprobs", "family"];
    let kept = table::present::<ItemRecord>(&folder.files::<ItemRecord>()?, "task", COLUMNS)
        .map_err(|error| Stop::missing(error.to_string()))?;
    for task in tasks {
        let Some(there) = kept.get(&task.name) else { continue };
        let serves = |need: &Need| match column(*need) {
            Some(column) => COLUMNS.iter().zip(there).any(|(name, there)| *name == column && *there),
            None => task.language.is_some(),
        };
        let mut missing = BTreeSet::new();
        for spec in &task.scorers {
            let scorer = known_scorer(spec)?;
            let lacking = scorer.needs().iter().filter(|need| !serves(need));
            missing.extend(lacking.map(|need| format!("`{}` needs {need}", spec.name())));
        }
        if !missing.is_empty() {
            let missing: Vec<String> = missing.into_iter().collect();
            let said = format!(
                "task `{}` of this run kept too little: {}\nhelp: leave these scorers out, or choose one task with `--task`",
                task.name,
                missing.join("; ")
            );
            // A run that lacks what its own scorers need has lost it.
            return Err(if asked { Stop::usage(said) } else { Stop::missing(said) }.into());
        }
    }
    Ok(())
}
