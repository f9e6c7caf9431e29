//! What the diagnostics of a run and of its rows hold. `diagnostics/` finds them.

use serde::{Deserialize, Serialize};

use super::Told;

/// Diagnostics of the run as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// How many slopes and change points the p values of the rows are adjusted for.
    pub tests: usize,
    /// Whether energy depends on a cell's place in its block.
    pub position: Told<PositionEffect>,
    /// Whether a cell's energy tells of the next one's.
    pub lag_one: Told<Dependence>,
    /// Idle power of the machine before the first and after the last cell.
    pub machine_idle: Told<Drift>,
}

/// Diagnostics of one variant on one task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowDiagnostics {
    /// Whether the blocks come from one state of the machine.
    pub steady: Told<Steady>,
    /// Blocks beyond Tukey's fences, in the order of blocks; all of them are kept in every figure.
    pub outliers: Told<Vec<Outlier>>,
    /// Whether a block's ratio to the baseline tells of the next one's: the tests take them as independent.
    pub lag_one: Told<Dependence>,
    /// What outputs of other length than the baseline's do to the comparison.
    pub length: Told<LengthEffect>,
    /// Whether the same item gives the same output in every block.
    pub repeats: Told<Repeats>,
    /// Idle power with the model loaded, in the variant's first and last cell of the task.
    pub loaded_idle: Told<Drift>,
}

/// How the blocks of a row lie beside one another, in measured order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steady {
    /// What the series is: `joules per task`, or, where blocks ran different items, `joules per task over the block's mean`.
    pub of: String,
    /// Blocks with a valid energy.
    pub blocks: usize,
    /// Standard deviation over mean.
    pub variation: f64,
    /// The straight line through the logarithms.
    pub trend: Trend,
    /// Where the level most probably changed.
    pub shift: Shift,
}

/// A trend over the blocks of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Relative change from one block to the next.
    pub per_block_rel: f64,
    /// Two-sided, Student's t.
    pub p: f64,
    /// The same, adjusted by Holm for all slopes and change points of the run.
    pub p_holm: f64,
}

/// A change of level among the blocks of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The first block behind it.
    pub block: u16,
    /// Median behind it over median before, less 1.
    pub change_rel: f64,
    /// Pettitt's approximation, two-sided.
    pub p: f64,
    /// The same, adjusted by Holm for all slopes and change points of the run.
    pub p_holm: f64,
}

/// A block beyond Tukey's fences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// Number of the block.
    pub block: u16,
    /// Its energy per task, J.
    pub energy_per_task_j: f64,
    /// Its place in the series that [`Steady::of`] names, over the median.
    pub of_median: f64,
    /// Beyond the outer fences: more than three interquartile ranges from the quartiles.
    pub far: bool,
}

/// What neighbours in measured order have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// Autocorrelation at lag 1.
    pub value: f64,
    /// Independent values lie within plus and minus this in 95 % of runs.
    pub bound: f64,
    /// Whose neighbours they are.
    pub of: String,
}

/// How energy depends on a cell's place in its block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PositionEffect {
    /// Cells that were looked at.
    pub cells: usize,
    /// Spearman's correlation of place and energy, each variant and task centred.
    pub rho: f64,
    /// Two-sided, by the t approximation.
    pub p: f64,
    /// Energy in the later half of the places over that in the earlier half, less 1.
    pub late_rel: f64,
}

/// What outputs of other length do to the comparison with the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LengthEffect {
    /// Generated tokens per task over the baseline's, in the blocks that both have.
    pub tokens_ratio: f64,
    /// Energy per task over the baseline's, in the same blocks.
    pub per_task_ratio: f64,
    /// Energy per token over the baseline's, in the same blocks.
    pub per_token_ratio: f64,
    /// ln tokens ratio / ln energy ratio; None where energy per task differs by less than the practical change, or by
    /// chance.
    pub explained: Option<f64>,
    /// One of energy per task and energy per token is surely lower than the baseline's, the other surely higher.
    pub disagree: bool,
}

/// Items that ran in several blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeats {
    /// Items that ran in at least two blocks.
    pub items: usize,
    /// Those of them whose outputs differ.
    pub differing: usize,
    /// Differing over items.
    pub share: f64,
}

/// A power at the beginning and at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// At the beginning, W.
    pub first_w: f64,
    /// At the end, W.
    pub last_w: f64,
    /// Last minus first, W.
    pub change_w: f64,
    /// The same over first; None where that is 0.
    pub change_rel: Option<f64>,
    /// The same over the mean power of the windows that it is taken off from; None where no window has energy.
    pub of_power: Option<f64>,
}
