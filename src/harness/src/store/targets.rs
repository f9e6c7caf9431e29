//! The targets of a run, judged from its folder.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value as Json;

use super::{MANIFEST, Manifest, RunFolder};
use crate::published::{Fault, Known, Target};
use crate::record::{CellRecord, ScoreRecord, StatsRecord, WindowRecord};
use crate::stop::Stop;
use crate::summary::{Summary, SummaryInput, rebase};
use crate::target::{Facts, TargetReport, baselines, judge_targets, needs_items};

impl Manifest {
    /// The targets of the suite.
    ///
    /// # Errors
    /// A [`Stop`] where one is not understood.
    pub fn targets(&self) -> Result<Vec<Target>, Stop> {
        let Some(tables) = self.suite_resolved.get("target") else { return Ok(Vec::new()) };
        serde_path_to_error::deserialize(tables).map_err(|error| {
            let (key, why) = (error.path().to_string(), error.inner());
            Stop::missing(format!(
                "{MANIFEST} of the run is damaged: `suite_resolved.target{key}`: {why}\nhelp: name targets with `harness targets RUN --targets FILE`"
            ))
        })
    }

    /// The names that targets of the run may use.
    pub fn known(&self) -> Known {
        let SummaryInput { variants, tasks, baseline, .. } = &self.summary_input;
        let scorers = tasks.iter().flat_map(|task| &task.scorers).map(|scorer| scorer.name().to_owned());
        Known {
            variants: variants.clone(),
            tasks: tasks.iter().map(|task| task.name.clone()).collect(),
            scorers: scorers.collect(),
            baseline: baseline.clone(),
        }
    }

    /// What conditions of targets are held against.
    pub fn facts(&self) -> Facts {
        let hardware = std::iter::once(&self.hardware.cpu).chain(&self.hardware.gpus).cloned().collect();
        let mut models: BTreeMap<String, String> = BTreeMap::new();
        let text = |model: &Json, key: &str| model.get(key).and_then(Json::as_str).map(str::to_owned);
        let variants = self.suite_resolved.get("variant").and_then(Json::as_array);
        for variant in variants.into_iter().flatten() {
            let Some(name) = text(variant, "name") else { continue };
            let model = variant.get("model").unwrap_or(&Json::Null);
            let found = ["path", "hub", "builtin"].into_iter().find_map(|key| text(model, key));
            models.insert(name, found.unwrap_or_default());
        }
        Facts { hardware, models, profile: self.profile.clone() }
    }
}

impl RunFolder {
    /// Judges targets; what is compared with another variant than the baseline is computed from the tables.
    ///
    /// # Errors
    /// A table is missing or damaged.
    pub fn judge(&self, manifest: &Manifest, summary: &Summary, targets: &[Target]) -> Result<TargetReport> {
        let known = manifest.known();
        let mut rebased = BTreeMap::new();
        for baseline in baselines(targets, &known) {
            let against = self.against(manifest, summary, &baseline, needs_items(targets))?;
            rebased.insert(baseline, against);
        }
        Ok(judge_targets(summary, &rebased, targets, &known, &manifest.facts()))
    }

    /// The run held against another of its variants; scores only where items are wanted.
    fn against(
        &self,
        manifest: &Manifest,
        summary: &Summary,
        baseline: &str,
        items: bool,
    ) -> Result<Summary> {
        let input = SummaryInput { baseline: baseline.to_owned(), ..manifest.summary_input.clone() };
        let (cells, windows) = (self.read::<CellRecord>()?, self.read::<WindowRecord>()?);
        let read = |task: &str, variant: &str| match items {
            false => Ok(Vec::new()),
            true => {
                let rows = self.of_variant::<StatsRecord>(task, variant)?;
                Ok(rows.into_iter().map(ScoreRecord::from).collect())
            }
        };
        let mut found = summary.clone();
        rebase(&mut found, &input, &cells, &windows, &read, &|_| items)?;
        Ok(found)
    }
}

/// That every target of a file can be asked of a run.
///
/// # Errors
/// A [`Stop`] that says what is wrong with the first that cannot.
pub fn check_targets(targets: &[Target], known: &Known) -> Result<(), Stop> {
    let names: Vec<&String> = targets.iter().map(|target| &target.name).collect();
    for (place, target) in targets.iter().enumerate() {
        if names[..place].contains(&&target.name) {
            return Err(Stop::usage(format!(
                "two targets are called `{}`\nhelp: rename one of them",
                target.name
            )));
        }
        target.claims(known).map_err(|Fault { key, why, expected, help }| {
            Stop::usage(format!(
                "target `{}`, `{key}`: {why}\nexpected {expected}\nhelp: {help}",
                target.name
            ))
        })?;
    }
    Ok(())
}
