//! What `summary.json` holds.
//!
//! Intervals are 95 % and unadjusted. A value that is missing is null, with its reason beside it or in
//! the row's notes.

use std::collections::BTreeMap;

use harness_meter::Class;
use harness_stats::{Confidence, Interval, Looks};
use serde::{Deserialize, Serialize};

use super::{Answers, DepthLaw, Diagnostics, LearningCurve, PriceModel, RowDiagnostics, Verdict};
use crate::machine::Qualification;

/// What a run says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this format.
    pub schema: u32,
    /// The suite's name.
    pub suite: String,
    /// What the meters are, in one sentence.
    pub meter_sentence: String,
    /// What the energies are made of and what they are good for, in one sentence.
    #[serde(default)]
    pub energy_sentence: String,
    /// The variant that others are compared with.
    pub baseline: String,
    /// What ratios and verdicts are about: a name of [`METRICS`](super::METRICS).
    pub metric: String,
    /// Bound on the chance of any false finding in the family.
    pub alpha: f64,
    /// Relative change below which a difference isn't relevant.
    pub practical: f64,
    /// How many comparisons the p values are adjusted for.
    pub comparisons: usize,
    /// How many differences of primary scores their p values are adjusted for.
    #[serde(default)]
    pub score_comparisons: usize,
    /// Confidence of every interval.
    pub level: f64,
    /// When blocks were looked at: after every one where blocks went on until the gates were answered.
    #[serde(default)]
    pub looks: Looks,
    /// Grams of CO2-equivalent per kWh that emissions were computed with.
    pub grid_g_per_kwh: Option<f64>,
    /// Task by task, in the suite's order of variants.
    pub rows: Vec<SummaryRow>,
    /// Energy against depth, task by task and group by group; empty where no variant leaves at a fixed exit.
    #[serde(default)]
    pub depth_laws: Vec<DepthLaw>,
    /// What an item costs by its lengths, group by group.
    #[serde(default)]
    pub price_models: Vec<PriceModel>,
    /// How the agents learned that decide when tokens leave.
    #[serde(default)]
    pub learning_curves: Vec<LearningCurve>,
    /// Whether the machine was fit to be measured on; None in runs of versions that did not ask.
    #[serde(default)]
    pub machine: Option<Qualification>,
    /// Whether the numbers may be read as they stand.
    #[serde(default)]
    pub diagnostics: Diagnostics,
    /// Cells without a measurement.
    pub failed: Vec<FailedCell>,
    /// What a reader of all rows must know.
    pub notes: Vec<String>,
}

impl Summary {
    /// How sure its intervals are.
    pub fn confidence(&self) -> Confidence {
        Confidence { level: self.level, looks: self.looks }
    }
}

/// One variant on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// Blocks with a valid energy.
    pub n_blocks: usize,
    /// Blocks of the plan.
    pub n_blocks_planned: usize,
    /// Different items that were generated.
    pub items: usize,
    /// Name of the scorer that `score` holds.
    pub primary_score: String,
    /// Whether lower primary scores are better.
    pub lower_is_better: bool,
    /// The primary score; None where nothing was generated.
    pub score: Option<Score>,
    /// Names of all scorers, in the suite's order.
    pub scorers: Vec<String>,
    /// Every scorer's score; those without a value are absent, and a note says why.
    pub scores: BTreeMap<String, Score>,
    /// Σ window energy over Σ items × passes, J.
    pub energy_per_task_j: Option<Energy>,
    /// The same of the net energy; None without a loaded baseline in every block.
    pub energy_net_per_task_j: Option<Energy>,
    /// Σ window energy over Σ generated tokens, J.
    pub energy_per_token_j: Option<Energy>,
    /// Why there is no energy.
    pub energy_reason: Option<String>,
    /// Energy per task over the share of correct ones.
    pub energy_per_correct_j: PerCorrect,
    /// Watt-hours per 1000 tasks.
    pub wh_per_1000_tasks: Option<f64>,
    /// Grams of CO2-equivalent per 1000 tasks, if the suite names a grid factor.
    pub gco2e_per_1000_tasks: Option<f64>,
    /// The metric over the baseline's, from the blocks that both have.
    pub ratio_of_totals: Option<Ratio>,
    /// Geometric mean of the block ratios.
    pub geo_mean_ratio: Option<GeoMean>,
    /// Every metric with its interval from blocks, by name; those that no block has are absent.
    #[serde(default)]
    pub amounts: BTreeMap<String, Interval>,
    /// Every metric over the baseline's, by name; those that one of the two lacks are absent.
    #[serde(default)]
    pub ratios: BTreeMap<String, Comparison>,
    /// Every score minus the baseline's, on the items that both answered, by the scorer's name.
    #[serde(default)]
    pub score_differences: BTreeMap<String, Comparison>,
    /// Probability of being on the front of score against energy per task.
    pub on_front_p: Option<f64>,
    /// How the energy came about.
    pub class: Option<Class>,
    /// Relative error of ratios that the meter's model declares; 0 for hardware counters.
    pub u_model_rel: f64,
    /// What was measured.
    pub domains: Vec<String>,
    /// What the comparison came to.
    pub verdict: Verdict,
    /// Largest relative change that the ratio's interval leaves possible.
    pub rules_out_rel: Option<f64>,
    /// p of "the metric differs from the baseline's by the practical change or more": two one-sided tests (TOST; Schuirmann 1987),
    /// the meter's model error off the margins. None where there is too little to test, or where that error is no smaller.
    #[serde(default)]
    pub equivalent_p: Option<f64>,
    /// The same, adjusted by Holm for all rows that are tested.
    #[serde(default)]
    pub equivalent_p_holm: Option<f64>,
    /// Whether the row's numbers may be read as they stand.
    #[serde(default)]
    pub diagnostics: RowDiagnostics,
    /// Completions that a scorer has no statistics of, summed over scorers.
    #[serde(default)]
    pub unscored: usize,
    /// What the cells say beside energy and scores.
    #[serde(flatten)]
    pub speed: Speed,
    /// What the row says of early exit.
    #[serde(flatten)]
    pub answers: Answers,
    /// What a reader of this row must know.
    pub notes: Vec<String>,
}

/// What the cells of a variant say beside energy and scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Generated tokens per second of the window, prompts included.
    pub tokens_per_s: Option<f64>,
    /// Generated tokens after the first per second of decoding.
    pub decode_tokens_per_s: Option<f64>,
    /// Median over blocks of the median time to the first token, ms.
    pub ttft_ms: Option<f64>,
    /// Median over blocks of the median time per output token, ms.
    pub tpot_ms: Option<f64>,
    /// Largest peak of resident memory, bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Largest peak of the accelerator's memory, bytes.
    pub peak_device_bytes: Option<u64>,
    /// Bytes of the weights in memory.
    pub weights_bytes: Option<u64>,
    /// Matrix kernel that ran on prompts.
    pub kernel_prefill: Option<String>,
    /// Matrix kernel that ran on single tokens.
    pub kernel_decode: Option<String>,
    /// Mean depth: blocks that ran per generated token.
    pub mean_exit_layer: Option<f64>,
    /// Whether every pass of every cell gave the same tokens, as far as passes were repeated.
    #[serde(default)]
    pub deterministic: Option<bool>,
    /// Generated tokens per task.
    #[serde(default)]
    pub tokens_per_task: Option<f64>,
}

/// A score with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 1.
    pub value: f64,
    /// Lower end; None with a single cluster.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// `wilson`, `wilson-clustered` (with the effective number of items), `bca-clustered`, or
    /// `bootstrap-clustered` below 30 clusters.
    pub method: String,
}

/// An energy per unit of work, J.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Energy {
    /// J.
    pub value: f64,
    /// Lower end from the scatter of the blocks: for comparisons within the run.
    pub lo: Option<f64>,
    /// Upper end from the scatter of the blocks.
    pub hi: Option<f64>,
    /// Standard uncertainty of scale, relative, common to the run.
    pub u_scale_rel: Option<f64>,
    /// Lower end with the uncertainty of scale: for absolute figures. None where that isn't known.
    pub lo_absolute: Option<f64>,
    /// Upper end with the uncertainty of scale.
    pub hi_absolute: Option<f64>,
}

/// Energy per correct task, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerCorrect {
    /// J.
    Value {
        /// J.
        value: f64,
        /// Lower end.
        lo: Option<f64>,
        /// Upper end.
        hi: Option<f64>,
        /// The scorer that says what is correct.
        scorer: String,
    },
    /// Not told.
    Refused {
        /// Why.
        refused: String,
    },
}

/// The ratio of two totals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Variant over baseline.
    pub value: f64,
    /// Lower end; None below two common blocks.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Two-sided, Student's paired t on the logarithms of the block ratios.
    pub p: Option<f64>,
    /// The same, adjusted by Holm for all comparisons of the summary.
    pub p_holm: Option<f64>,
    /// Blocks that both have.
    pub n_blocks: usize,
}

/// The geometric mean of the block ratios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeoMean {
    /// Variant over baseline.
    pub value: f64,
    /// Lower end; None below two common blocks.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Two-sided, all sign flips of the logarithms: a check of `p`; None above 20 blocks.
    pub p_sign_flip: Option<f64>,
}

/// A cell that is missing from the measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedCell {
    /// Number of the cell.
    pub cell: u32,
    /// Number of its block.
    pub block: u16,
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// `failed`, `skipped`, `timeout`, or `no-energy` for a cell whose window is invalid.
    pub status: String,
    /// Why.
    pub reason: String,
}

/// One quantity of a variant held against the baseline's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Variant over baseline where it is a ratio, variant minus baseline where it is a difference of scores.
    pub value: f64,
    /// Lower end; None below two blocks or clusters.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Standard error, of the ratio's logarithm or of the difference.
    pub error: f64,
    /// Degrees of freedom of that error; 0 where there was too little to tell it.
    pub freedom: f64,
    /// Two-sided p of no difference.
    pub p: Option<f64>,
    /// The same, adjusted by Holm for all primary scores of the summary; None for what is in no such family.
    #[serde(default)]
    pub p_holm: Option<f64>,
    /// Blocks, or clusters of items, that both have.
    pub n: usize,
    /// Width of the score's range, of which a point is a hundredth; None of ratios and of scores without bounds.
    #[serde(default)]
    pub width: Option<f64>,
    /// How error and p were found.
    pub method: String,
}
