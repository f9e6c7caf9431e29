//! What a comparison says, as its JSON form holds it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::summary::Verdict;

/// Version of this format.
pub(super) const SCHEMA: u32 = 1;

/// Everything that a comparison says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CompareReport {
    /// Version of this format.
    pub schema: u32,
    /// The suite's name.
    pub suite: String,
    /// The variant that others of the same run are compared with; None where runs are compared.
    pub baseline: Option<String>,
    /// The runs that the others are compared with; the only run where variants of one are compared.
    pub before: Vec<Side>,
    /// The runs that are compared with them; empty where variants of one run are compared.
    pub after: Vec<Side>,
    /// Confidence of every interval.
    pub level: f64,
    /// Bound on the chance of any false finding in each family.
    pub alpha: f64,
    /// Relative change below which a difference of amounts isn't relevant.
    pub practical: f64,
    /// What the energies are made of and what they are good for.
    pub energy: String,
    /// In what the runs differ that usually forbids a comparison.
    pub labels: Vec<String>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// How many comparisons p values are adjusted for.
    pub families: Families,
    /// Task by task, variant by variant, quantity by quantity.
    pub rows: Vec<Compared>,
}

/// One run of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Side {
    /// Name of the run folder.
    pub run: String,
    /// When it began.
    pub created_utc: String,
    /// Version of the program that made it.
    pub harness_version: String,
    /// Its revision.
    pub git: Option<String>,
    /// SHA-256 of the suite's canonical form.
    pub suite_sha256: String,
    /// Hash of what decides about energy.
    pub hardware_key: String,
}

/// How many p values are adjusted together; each family has its own bound on false findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Families {
    /// Ratios of amounts.
    pub amounts: usize,
    /// Differences of scores.
    pub scores: usize,
    /// Ratios of amounts against each run's own baseline.
    pub amounts_against_baselines: usize,
    /// Differences of scores against each run's own baseline.
    pub scores_against_baselines: usize,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// After over before.
    Ratio,
    /// After minus before.
    Difference,
}

/// What the spread of an estimate was told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Blocks that both sides have.
    Blocks,
    /// Clusters of items that both sides answered.
    Clusters,
    /// Runs of either side.
    Sessions,
}

/// One quantity of one variant on one task, compared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Compared {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// The variant that it is compared with: the baseline, or the one that runs before had.
    pub against: String,
    /// The metric or scorer.
    pub quantity: String,
    /// Unit of the values; `1` for scores.
    pub unit: String,
    /// How the values are compared.
    pub kind: Kind,
    /// Width of the score's range, of which a point is a hundredth; None of amounts and of scores without bounds.
    pub width: Option<f64>,
    /// Value of what it is compared with; of several sessions their mean, geometric of amounts.
    pub before: Option<f64>,
    /// Its own value.
    pub after: Option<f64>,
    /// The comparison; None where there is none.
    pub found: Option<Found>,
    /// Between runs, where sessions are too few: with the spread within the runs alone, which leaves out how sessions differ.
    pub without_sessions: Option<Found>,
    /// Between runs: the variant against its run's own baseline, after compared with before. What a session does to both
    /// cancels.
    pub against_baselines: Option<Found>,
    /// The baseline that this speaks of.
    pub baseline: Option<String>,
    /// Relative error of ratios that the meter's model declares; 0 for hardware counters and what is no energy.
    pub model_error: f64,
    /// Why there is no comparison, or none with an interval.
    pub why: Option<String>,
}

/// A ratio or difference with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Found {
    /// After over before, or after minus before.
    pub value: f64,
    /// Lower end of the interval; None where there is too little to tell it.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Two-sided p of no difference.
    pub p: Option<f64>,
    /// The same, adjusted by Holm for its family.
    pub p_holm: Option<f64>,
    /// What the spread was told from.
    pub counted: Counted,
    /// How many of them before.
    pub n_before: usize,
    /// How many of them after; the same ones where they are paired.
    pub n_after: usize,
    /// How interval and p were found.
    pub method: String,
    /// What it came to; None where the interval leaves something out.
    pub verdict: Option<Verdict>,
}

impl Counted {
    /// The word for so many of them.
    pub fn word(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Blocks, 1) => "block",
            (Self::Blocks, _) => "blocks",
            (Self::Clusters, 1) => "cluster",
            (Self::Clusters, _) => "clusters",
            (Self::Sessions, 1) => "session",
            (Self::Sessions, _) => "sessions",
        }
    }
}
