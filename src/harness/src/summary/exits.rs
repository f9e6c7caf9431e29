//! What a row of the summary says of early exit.

use serde::{Deserialize, Serialize};

use super::Told;
use harness_stats::Difference;

/// How a variant answered a task, beside what it scored and cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// What is kept for tokens to come: `key-value`, or the exit policy's cache mode; None: another program's engine
    /// knows, or the run does not say.
    #[serde(default)]
    pub cache: Option<String>,
    /// Positions that the head computes for each token: `last`, or the exit policy's head scope; None as above.
    #[serde(default)]
    pub head: Option<String>,
    /// Number format of the activations.
    #[serde(default)]
    pub dtype: Option<String>,
    /// Shares of a document that became the prompts; empty where none was cut.
    #[serde(default)]
    pub context_fraction: Vec<f64>,
    /// Generated tokens by the blocks that ran for them; empty where the engine did not tell.
    #[serde(default)]
    pub exit_histogram: Vec<ExitCount>,
    /// How far its outputs equal those of full depth.
    #[serde(default)]
    pub agreement: Told<Agreement>,
    /// What its policy's decisions cost.
    #[serde(default)]
    pub decision_energy: Told<DecisionEnergy>,
    /// The depth below which its policy pays.
    #[serde(default)]
    pub break_even: Told<BreakEven>,
}

/// Tokens that left after so many blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitCount {
    /// Blocks that ran.
    pub blocks: u16,
    /// Generated tokens, all passes of all windows.
    pub tokens: u64,
}

/// How far the outputs of a variant equal those of its full depth.
///
/// Both answer the same items greedily. Behind the first difference they go on from different texts, so tokens there
/// can differ for that reason alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The variant that runs every block.
    pub with: String,
    /// Different items that both answered.
    pub items: usize,
    /// Share of positions with the same token, up to the end of the shorter output, all items together; None where token
    /// ids were not stored.
    pub same_token_share: Option<f64>,
    /// Share of items whose whole outputs are equal: by token ids, else by text.
    pub equal_output_share: f64,
}

/// The energy of a policy's decisions, as the difference of two whole runs of the same items, block by block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionEnergy {
    /// The variant of the policy of which every token ran every block.
    pub measured_by: String,
    /// The variant that runs every block and asks nothing.
    pub against: String,
    /// J per generated token.
    pub per_token_j: Difference,
    /// J per task.
    pub per_task_j: Difference,
    /// Blocks that both have.
    pub n_blocks: usize,
    /// Whether the difference is no larger than the error that the meter's model declares.
    pub within_model_error: bool,
}

/// The depth up to which a policy costs no more than full depth, its decisions included.
///
/// A token that leaves after half of the blocks is charged half of the decision energy: exits are taken to be spread
/// evenly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    /// Blocks per generated token, above 0; above `of` where deciding saves energy.
    pub depth: f64,
    /// Lower end, from the uncertainty of the law's slope and of the decision energy; None where one is not known.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Blocks of the model.
    pub of: u16,
    /// What the variant ran, blocks per generated token.
    pub mean_exit_layer: f64,
    /// Whether that is below `depth`.
    pub pays: bool,
}
