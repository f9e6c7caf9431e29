//! Whether runs asked the same questions, and how their answers to them differ.

use std::collections::BTreeMap;

use anyhow::Result;
use harness_task::ScorerSpec;
use serde_json::{Map, Value as Json};

use super::asked::Asked;
use super::session::Session;
use crate::record::{ScoreRecord, StatsRecord};
use crate::score::TaskInput;
use crate::summary::{Comparison, score_differences};

/// Keys of a task that decide how answers are judged, not what is asked; where its data lie does not count either.
const NOT_ASKED: &[&str] = &["path", "scorers", "primary-score", "post-process", "language"];

/// A session with the name that a variant has in it.
pub(super) type Played<'s> = (&'s Session, &'s str);

/// That all asked the same items of a task under the same numbers.
///
/// # Errors
/// In what they differ.
pub(super) fn same(played: &[Played<'_>], task: &str) -> Result<(), String> {
    let Some((first, rest)) = played.split_first() else { return Ok(()) };
    for other in rest {
        let (own, other) = (Questions::of(*first, task)?, Questions::of(*other, task)?);
        let what = [
            ("data", own.data != other.data),
            ("number of items", own.items != other.items),
            ("instructions", own.prompting != other.prompting),
            ("seed", own.seed != other.seed),
            ("settings", own.settings != other.settings),
        ];
        if let Some((what, _)) = what.iter().find(|(_, differs)| *differs) {
            return Err(format!("the runs do not ask the same items: other {what}"));
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Questions<'s> {
    data: &'s str,
    items: usize,
    prompting: Option<&'s str>,
    seed: u64,
    settings: Option<Map<String, Json>>,
}

impl<'s> Questions<'s> {
    fn of((session, variant): Played<'s>, task: &str) -> Result<Self, String> {
        let manifest = &session.manifest;
        let read = |data: &&crate::store::Dataset| {
            data.task == task && data.variants.iter().any(|name| name == variant)
        };
        let data = manifest.datasets.iter().find(read);
        let data = data.ok_or_else(|| format!("`{}` does not keep the hash of its data", session.name))?;
        let tables = manifest.suite_resolved.get("task").and_then(Json::as_array).into_iter().flatten();
        let table = tables
            .filter_map(Json::as_object)
            .find(|table| table.get("name").and_then(Json::as_str) == Some(task));
        let asked = |(key, _): &(&String, &Json)| !NOT_ASKED.contains(&key.as_str());
        let settings = table.map(|table| {
            table.iter().filter(asked).map(|(key, value)| (key.clone(), value.clone())).collect()
        });
        Ok(Self {
            data: &data.sha256,
            items: data.items,
            prompting: data.prompting_sha256.as_deref(),
            seed: manifest.seed,
            settings,
        })
    }
}

/// Differences of the wanted scores on items that both sides answered, by the scorer's name; scorers that are not the same
/// on both sides are absent.
///
/// # Errors
/// A table is missing or damaged, or a scorer unknown.
pub(super) fn differences(
    before: &[Played<'_>],
    after: &[Played<'_>],
    task: &str,
    asked: &Asked,
    level: f64,
) -> Result<BTreeMap<String, Comparison>> {
    let own = |(session, _): &Played<'_>| -> Option<TaskInput> {
        session.manifest.summary_input.tasks.iter().find(|input| input.name == task).cloned()
    };
    let inputs: Vec<TaskInput> = before.iter().chain(after).filter_map(own).collect();
    let Some(first) = inputs.first() else { return Ok(BTreeMap::new()) };
    let shared = |spec: &&ScorerSpec| {
        inputs.iter().all(|input| input.scorers.contains(spec) && input.post_process == first.post_process)
    };
    let wanted = |spec: &&ScorerSpec| asked.has_score(spec.name(), &first.primary_score);
    let scorers: Vec<ScorerSpec> = first.scorers.iter().filter(wanted).filter(shared).cloned().collect();
    if scorers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = |side: &[Played<'_>]| -> Result<Vec<ScoreRecord>> {
        let mut rows = Vec::new();
        for (session, variant) in side {
            let own = session.folder.of_variant::<StatsRecord>(task, variant)?;
            rows.extend(own.into_iter().map(ScoreRecord::from));
        }
        Ok(rows)
    };
    score_differences(rows(after)?, rows(before)?, &scorers, level)
}
