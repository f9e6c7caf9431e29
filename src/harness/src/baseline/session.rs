//! What one session measured: the values that later sessions are held against.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metric::PER_CORRECT;
use crate::store::Manifest;
use crate::summary::{PerCorrect, Summary};

/// A prediction interval from fewer sessions is too wide to tell anything.
pub const FEWEST_SESSIONS: usize = 4;

/// The values of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When the run began.
    pub created_utc: String,
    /// The run's moment on the monotonic clock, ns: tells two runs of one second apart.
    pub mono_ns: i64,
    /// Version of the program that made the run.
    pub harness_version: String,
    /// Its revision.
    pub git: Option<String>,
    /// One a task and variant.
    pub rows: Vec<SessionRow>,
}

/// The values of one variant on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// Amounts per unit of work by metric, in the metric's unit; those that the run did not measure are absent.
    pub amounts: BTreeMap<String, f64>,
    /// Scores by scorer.
    pub scores: BTreeMap<String, f64>,
}

/// What a finished run says, as a session.
pub fn session_of(manifest: &Manifest, summary: &Summary) -> Session {
    let rows = summary.rows.iter().map(|row| {
        let mut amounts: BTreeMap<String, f64> =
            row.amounts.iter().map(|(name, interval)| (name.clone(), interval.value)).collect();
        if let PerCorrect::Value { value, .. } = &row.energy_per_correct_j {
            amounts.insert(PER_CORRECT.to_owned(), *value);
        }
        SessionRow {
            task: row.task.clone(),
            variant: row.variant.clone(),
            amounts,
            scores: row.scores.iter().map(|(name, score)| (name.clone(), score.value)).collect(),
        }
    });
    Session {
        created_utc: manifest.created_utc.clone(),
        mono_ns: manifest.mono_anchor.mono_ns,
        harness_version: manifest.harness_version.clone(),
        git: manifest.git.clone(),
        rows: rows.collect(),
    }
}

impl Session {
    /// Whether both are of one run, or of a run and its copy.
    pub fn is_same_run(&self, other: &Self) -> bool {
        (&self.created_utc, self.mono_ns) == (&other.created_utc, other.mono_ns)
    }
}
