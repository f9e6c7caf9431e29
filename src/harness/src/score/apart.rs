//! Scores completions that were made elsewhere.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_task::{CompletionLine, Drawn, Item, ScorerSpec, Stats, Strength, TaskError, read_completions};
use harness_text::printable::Shown;

use super::input::task_inputs;
use super::rows::score_rows;
use super::trial::{Trials, languages, runs_programs};
use super::unjudged::unjudged;
use crate::items::Items;
use crate::record::ItemRecord;
use crate::stop::Stop;
use crate::suite::{Suite, TaskSpec};

/// Completions and how to look at them.
#[derive(Debug)]
pub struct Completions {
    /// JSON lines with `id` and `completion`; several lines of one id are several completions of it.
    pub file: PathBuf,
    /// Score what is there although items lack a completion.
    pub partial: bool,
    /// What the sandbox must have.
    pub sandbox: Strength,
}

/// What completions are worth.
pub struct Scored {
    /// Items of the task.
    pub items: usize,
    /// Items without a completion.
    pub unanswered: usize,
    /// One row a completion.
    pub rows: Vec<ItemRecord>,
    /// Scores in the order of the scorers; the reason where there is none.
    pub scores: Vec<(String, Result<f64, String>)>,
    /// What protected the machine; None: nothing was run.
    pub sandbox: Option<String>,
}

/// Scores completions of the suite's only task.
///
/// # Errors
/// Data or completions that cannot be read, unknown ids (with their line), items without completion.
pub fn score_completions(suite: &Suite, completions: &Completions) -> Result<Scored> {
    let items = Items::load(suite)?;
    let task = &suite.tasks[0];
    let input = task_inputs(suite, &items).remove(0);
    let items = &items.of(0, 0).items;
    let by_name: HashMap<&str, &Item> = items.iter().map(|item| (item.name.as_str(), item)).collect();
    let mut rows = Vec::new();
    for line in read_completions(&completions.file)? {
        let Some(item) = by_name.get(line.id.as_str()) else {
            return Err(unknown(&completions.file, &line, items, task).into());
        };
        rows.push(ItemRecord { item: rows.len() as u32, ..unjudged(task, item, line.completion) });
    }
    let answered: BTreeSet<&str> = rows.iter().filter_map(|row| row.name.as_deref()).collect();
    let missing: Vec<&Item> = items.iter().filter(|item| !answered.contains(item.name.as_str())).collect();
    if let Some(first) = missing.first().filter(|_| !completions.partial) {
        return Err(Stop::missing(format!(
            "{} of {} items have no completion, `{}` the first of them\nhelp: complete `{}`, or score what is there with `--partial`",
            missing.len(),
            items.len(),
            first.name,
            completions.file.shown()
        ))
        .into());
    }
    let unanswered = missing.len();
    let numbers: HashMap<u32, &Item> =
        rows.iter().filter_map(|row| Some((row.item, *by_name.get(row.name.as_deref()?)?))).collect();
    let mut borrowed: Vec<&mut ItemRecord> = rows.iter_mut().collect();
    let mut sandbox = None;
    if runs_programs(&input) {
        let mut trials = Trials::new(completions.sandbox, &languages(items))?;
        trials.judge(&mut borrowed, |number| numbers.get(&number)?.program.as_ref(), &|| false);
        sandbox = Some(trials.sentence());
    }
    score_rows(&mut borrowed, &input);
    let scores = input.scorers.iter().map(|spec| (spec.name().to_owned(), total(spec, &rows))).collect();
    Ok(Scored { items: items.len(), unanswered, rows, scores, sandbox })
}

/// The score of all rows together, or why there is none.
fn total(spec: &ScorerSpec, rows: &[ItemRecord]) -> Result<f64, String> {
    let scorer = spec.make().ok_or("unknown to this version")?;
    let stats: Vec<Stats> =
        rows.iter().filter_map(|row| row.stats.get(spec.name()).cloned().map(Stats)).collect();
    if stats.len() < rows.len() {
        let why = rows.iter().find_map(|row| row.unscored.get(spec.name()));
        let without = rows.len() - stats.len();
        return Err(format!(
            "{without} of {} completions have none: {}",
            rows.len(),
            why.map(|why| why.detail.as_str()).unwrap_or_default()
        ));
    }
    let drawn: Vec<Drawn<'_>> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
    scorer.aggregate(&drawn).ok_or_else(|| scorer.no_value())
}

fn unknown(path: &Path, line: &CompletionLine, items: &[Item], task: &TaskSpec) -> TaskError {
    let example = items.first().map(|item| item.name.as_str()).unwrap_or_default();
    TaskError::Line {
        path: path.to_owned(),
        line: line.line,
        problem: format!("`{}` is no item of this `{}` task", line.id, task.kind.name),
        help: format!("ids are the names of the data's items, such as `{example}`"),
    }
}

/// A suite with one task, so that what is judged apart passes the checks of suites.
///
/// # Errors
/// What a suite with these keys would be refused for.
pub fn suite_of(
    kind: &str,
    data: &Path,
    model: Option<&Path>,
    scorers: Option<&[ScorerSpec]>,
    options: &[String],
) -> Result<Suite> {
    let text = "schema = 1\nname = \"score\"\nbaseline = \"given\"\nmeters = [\"sim\"]\n\
        [run]\nblocks = 6\n[model]\nbuiltin = \"tiny-random\"\n[[task]]\nname = \"task\"\n\
        kind = \"code-completion\"\npath = \"\"\n[[variant]]\nname = \"given\"\n";
    let literal = |text: &str| toml::Value::from(text).to_string();
    let text = text.replace("kind = \"code-completion\"", &format!("kind = {}", literal(kind)));
    let data = data.display().to_string();
    let mut sets = vec![format!("task.path={}", literal(&data))];
    sets.extend(options.iter().map(|option| format!("task.{option}")));
    if let Some(scorers) = scorers {
        let scorers: Vec<toml::Value> =
            scorers.iter().map(toml::Value::try_from).collect::<Result<_, _>>()?;
        sets.push(format!("task.scorers={}", toml::Value::Array(scorers)));
    }
    let text = match model {
        Some(folder) => {
            let folder = literal(&folder.display().to_string());
            text.replace("builtin = \"tiny-random\"", &format!("path = {folder}"))
        }
        None => text,
    };
    Ok(crate::suite::load_text(Path::new("harness score"), &text, None, &sets)?)
}
