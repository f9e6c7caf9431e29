//! Energy as a law of work: what the summary says of depth and of an item's lengths.

use harness_meter::Class;
use serde::{Deserialize, Serialize};

use super::Told;
use harness_stats::{FitQuality, Interval};

/// What variants must share so that depth alone tells their energies apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Folder, file, hub name or built-in name of the model.
    pub model: String,
    /// Number format of the activations.
    pub dtype: String,
    /// Compressions in their order, with their parameters.
    pub compression: Vec<String>,
    /// What runs it, with device and threads.
    pub engine: String,
    /// Items generated together.
    pub batch_size: u32,
    /// Cache mode of those that leave early; `key-value` where none does.
    pub cache: Option<String>,
    /// Head scope.
    pub head: Option<String>,
    /// Those of the group that ask nothing: full depth and fixed exits.
    pub variants: Vec<String>,
}

/// Energy against depth on one task, over the variants of one group that ask nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepthLaw {
    /// The task.
    pub task: String,
    /// What the variants share, and which they are.
    pub group: Group,
    /// How the energies came about; None where there are none.
    pub class: Option<Class>,
    /// Blocks of the model; None where the engine does not tell depths.
    pub blocks: Option<u16>,
    /// Joules per generated token.
    pub per_token_j: Told<DepthFit>,
    /// Joules per task.
    pub per_task_j: Told<DepthFit>,
}

/// E = a + b · depth, by ordinary least squares over cells. Depth is the mean number of blocks that ran per generated
/// token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepthFit {
    /// J at depth 0: prompt, embedding, head, and everything else that does not depend on depth.
    pub a: Interval,
    /// J per block.
    pub b: Interval,
    /// How well the law holds.
    pub quality: FitQuality,
    /// Share of the variance of the variants' means that the law explains: how straight it is, whatever the scatter of
    /// the cells; None where they do not differ, or are fewer than three.
    pub r_squared_of_means: Option<f64>,
    /// One for each variant, with its residual.
    pub points: Vec<DepthPoint>,
}

/// A variant's mean over its cells, beside what the law says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DepthPoint {
    /// The variant.
    pub variant: String,
    /// Mean depth, blocks.
    pub depth: f64,
    /// Mean energy, J.
    pub energy_j: f64,
    /// What is left of it beyond the law, J.
    pub residual_j: f64,
    /// Cells.
    pub n: usize,
}

impl DepthFit {
    /// The law at a depth, with the interval of its mean.
    pub fn at(&self, depth: f64, level: f64) -> Interval {
        let value = self.a.value + self.b.value * depth;
        let half = self.quality.mean_half_width(&[1.0, depth], level);
        Interval { value, lo: half.map(|half| value - half), hi: half.map(|half| value + half) }
    }
}

/// Energy per item of one group, over all tasks: E = a + b · prompt tokens + c · depth · generated tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceModel {
    /// What the variants share, and which they are.
    pub group: Group,
    /// Tasks whose cells were fitted.
    pub tasks: Vec<String>,
    /// How the energies came about; None where there are none.
    pub class: Option<Class>,
    /// Standard uncertainty of scale, relative, common to the run.
    pub u_scale_rel: Option<f64>,
    /// The fit.
    pub fit: Told<PriceFit>,
}

/// The fitted model, by ordinary least squares over cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceFit {
    /// J of an item whatever its lengths.
    pub a: Interval,
    /// J per prompt token; where it cannot be told, `a` holds its share.
    pub b: Told<Interval>,
    /// J per block that runs for a generated token; where it cannot be told, `a` holds its share.
    pub c: Told<Interval>,
    /// How well the model holds; its terms are those that could be told, `a` first.
    pub quality: FitQuality,
    /// What the cells covered; beyond it the model is a guess.
    pub seen: Seen,
    /// One for each task and variant, with its residual.
    pub points: Vec<PricePoint>,
}

/// The least and the greatest that the cells had, as means over the items of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Prompt tokens.
    pub prompt_tokens: [f64; 2],
    /// Generated tokens.
    pub tokens: [f64; 2],
    /// Blocks per generated token.
    pub depth: [f64; 2],
    /// Blocks that ran for all generated tokens together.
    pub token_blocks: [f64; 2],
}

/// The mean over the cells of a variant on a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PricePoint {
    /// The task.
    pub task: String,
    /// The variant.
    pub variant: String,
    /// Prompt tokens of an item.
    pub prompt_tokens: f64,
    /// Blocks that ran for all generated tokens of an item.
    pub token_blocks: f64,
    /// J of an item.
    pub energy_j: f64,
    /// What is left of it beyond the model, J.
    pub residual_j: f64,
    /// Cells.
    pub n: usize,
}
