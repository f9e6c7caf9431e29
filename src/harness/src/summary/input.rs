//! What a summary needs to know besides the tables.

use harness_stats::Looks;
use serde::{Deserialize, Serialize};

use super::{LearningCurve, Settings};
use crate::score::TaskInput;

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
    /// What is compared: a name of [`METRICS`](crate::metric::METRICS).
    pub metric: String,
    /// Bound on the chance of any false finding in the family of all comparisons, 0 to 1.
    pub alpha: f64,
    /// Relative change below which a difference isn't relevant, for example 0.03.
    pub practical: f64,
    /// Grams of CO2-equivalent per kWh; None: no emissions in the summary.
    pub grid_g_per_kwh: Option<f64>,
    /// When blocks are looked at.
    #[serde(default)]
    pub looks: Looks,
    /// How variants and tasks were set; empty in runs of versions that did not keep it.
    #[serde(default)]
    pub settings: Settings,
    /// How the agents learned that decide when tokens leave; empty where none does, or none left a curve.
    #[serde(default)]
    pub learning_curves: Vec<LearningCurve>,
}
