//! What of the runs is to be compared: tasks, variants, quantities, as the user named them.

use std::collections::BTreeSet;

use super::session::Session;
use crate::limit::QUALITY;
use crate::metric::{METRICS, PER_CORRECT};
use crate::stop::Stop;
use crate::suite::unknown_name;

/// A variant under its names before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its name in runs before.
    pub before: String,
    /// Its name in runs after.
    pub after: String,
}

/// What is to be compared; what is empty leaves the choice to the runs.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Names of tasks.
    pub tasks: Vec<String>,
    /// Variants.
    pub variants: Vec<Pair>,
    /// Names of metrics, energy per correct task among them.
    pub metrics: Vec<String>,
    /// Names of scorers, or the word for each task's primary score.
    pub scores: Vec<String>,
}

impl Pair {
    /// Reads `NAME`, or `OLD=NEW`.
    ///
    /// # Errors
    /// A name is empty.
    pub fn read(text: &str) -> Result<Self, String> {
        let (before, after) = text.split_once('=').unwrap_or((text, text));
        match before.is_empty() || after.is_empty() {
            true => {
                Err("expected NAME, or OLD=NEW for a variant that has another name in runs before".to_owned())
            }
            false => Ok(Self { before: before.to_owned(), after: after.to_owned() }),
        }
    }
}

impl Asked {
    /// Whether a task is wanted.
    pub(super) fn has_task(&self, task: &str) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|name| name == task)
    }

    /// Whether quantities were named, so that others are not shown.
    fn is_choice(&self) -> bool {
        !self.metrics.is_empty() || !self.scores.is_empty()
    }

    /// Whether a metric is wanted.
    pub(super) fn has_metric(&self, metric: &str) -> bool {
        !self.is_choice() || self.metrics.iter().any(|name| name == metric)
    }

    /// Whether a metric was named, so that the reason is told where it is missing.
    pub(super) fn names_metric(&self, metric: &str) -> bool {
        self.metrics.iter().any(|name| name == metric)
    }

    /// Whether a scorer is wanted on a task with this primary score.
    pub(super) fn has_score(&self, scorer: &str, primary: &str) -> bool {
        let named = |name: &String| name == scorer || (name == QUALITY && scorer == primary);
        !self.is_choice() || self.scores.iter().any(named)
    }

    /// Checks every name against what the runs have.
    ///
    /// # Errors
    /// A name is none of theirs; the nearest is proposed.
    pub(super) fn check(&self, before: &[&Session], after: &[&Session]) -> Result<(), Stop> {
        let all = [before, after].concat();
        let rows = |sessions: &[&Session], of: fn(&crate::summary::SummaryRow) -> Vec<&String>| {
            let rows = sessions.iter().flat_map(|session| &session.summary.rows);
            rows.flat_map(of).cloned().collect::<BTreeSet<String>>()
        };
        let variants = |sessions: &[&Session]| rows(sessions, |row| vec![&row.variant]);
        let (old, new): (Vec<_>, Vec<_>) =
            self.variants.iter().map(|pair| (&pair.before, &pair.after)).unzip();
        known("task", self.tasks.iter(), &rows(&all, |row| vec![&row.task]))?;
        known("variant", old.into_iter(), &variants(before))?;
        known("variant", new.into_iter(), &variants(after))?;
        let metrics = METRICS.iter().map(|metric| metric.name).chain([PER_CORRECT]);
        known("metric", self.metrics.iter(), &metrics.map(str::to_owned).collect())?;
        let mut scores = rows(&all, |row| row.scorers.iter().collect());
        scores.insert(QUALITY.to_owned());
        known("score", self.scores.iter(), &scores)
    }
}

fn known<'n>(
    what: &str,
    mut names: impl Iterator<Item = &'n String>,
    known: &BTreeSet<String>,
) -> Result<(), Stop> {
    let known_names: Vec<&str> = known.iter().map(String::as_str).collect();
    match names.find(|name| !known.contains(*name)) {
        Some(name) => Err(Stop::usage(unknown_name(what, name, &known_names).to_string())),
        None => Ok(()),
    }
}
