//! `[[gate]]` and `[[certify]]` as written: what a run is held against when it ends.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::limit::QUALITY;

/// `[[gate]]`: limits on one quantity, which `harness run` and `harness gate` answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GateFile {
    /// A metric such as `"energy-per-task"`, a scorer of the suite's tasks, or `"quality"`: each task's primary score.
    pub metric: String,
    /// Largest increase over the baseline that passes: `"3%"`, for scores also `"2 points"`.
    pub max_increase: Option<String>,
    /// Largest decrease below the baseline that passes.
    pub max_decrease: Option<String>,
    /// Smallest decrease below the baseline that passes: what a cheaper variant must save.
    pub min_decrease: Option<String>,
    /// Smallest increase over the baseline that passes: what a better variant must gain.
    pub min_increase: Option<String>,
    /// Largest value that passes, in the metric's unit; scores from 0 to 1.
    pub max: Option<f64>,
    /// Smallest value that passes.
    pub min: Option<f64>,
    /// Tasks that it holds for; without it all that have the quantity.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Variants that it holds for; without it all but the baseline.
    #[serde(default)]
    pub variants: Vec<String>,
}

/// `[[certify]]`: a joint claim, not worse and cheaper, which `harness run` and `harness gate` answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CertifyFile {
    /// What is saved: a metric such as `"energy-per-task"`.
    pub metric: String,
    /// Least that is saved against the baseline: `"10%"`.
    pub saves: String,
    /// What is not worse: a scorer of the suite's tasks, or `"quality"`: each task's primary score.
    #[serde(default = "default_score")]
    pub score: String,
    /// Largest loss against the baseline that is none: `"2 points"`, or `"1%"` of the baseline's score.
    pub quality: String,
    /// Tasks that it is claimed on; without it all that have the score.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Variants that it is claimed of; without it all but the baseline.
    #[serde(default)]
    pub variants: Vec<String>,
}

fn default_score() -> String {
    QUALITY.to_owned()
}
