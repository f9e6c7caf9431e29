//! What a summary needs to know besides the tables.

use harness_task::ScorerSpec;
use serde::{Deserialize, Serialize};

/// The parts of a suite that decide how its tables are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryInput {
    /// The suite's name.
    pub suite: String,
    /// Seeds every resampling, so that the same tables give the same summary.
    pub seed: u64,
    /// What the meters are, in one sentence.
    pub meter_sentence: String,
    /// What the energies are made of and what they are good for, in one sentence; empty in runs of versions that
    /// did not say it.
    #[serde(default)]
    pub energy_sentence: String,
    /// The variant that others are compared with.
    pub baseline: String,
    /// Every variant, in the suite's order.
    pub variants: Vec<String>,
    /// Every task, in the suite's order.
    pub tasks: Vec<TaskInput>,
    /// What is compared: a name of [`METRICS`](super::METRICS).
    pub metric: String,
    /// Bound on the chance of any false finding in the family of all comparisons, 0 to 1.
    pub alpha: f64,
    /// Relative change below which a difference isn't relevant, for example 0.03.
    pub practical: f64,
    /// Grams of CO2-equivalent per kWh; None: no emissions in the summary.
    pub grid_g_per_kwh: Option<f64>,
}

/// One task of [`SummaryInput`]: how its items' rows are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInput {
    /// The task's name.
    pub name: String,
    /// The scorer that plots and the first column of tables show.
    pub primary_score: String,
    /// Every scorer of the task, in the suite's order.
    pub scorers: Vec<ScorerSpec>,
    /// What completions are written in: a name of the board of languages.
    #[serde(default)]
    pub language: Option<String>,
    /// The classes that labels are taken from.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What became of completions before they were scored: a name of the board of post-processes.
    #[serde(default = "as_it_is")]
    pub post_process: String,
    /// Texts at the first of which completions were cut before that.
    #[serde(default)]
    pub stop: Vec<String>,
}

fn as_it_is() -> String {
    "none".to_owned()
}
