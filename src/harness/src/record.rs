//! The rows of the run folder's tables, field by field as the tables' columns are named.
//!
//! Times are nanoseconds of CLOCK_MONOTONIC. What is missing is None and a `reason` beside it says why.

use std::collections::BTreeMap;

use harness_meter::{Class, SampleKind};
use harness_protocol::Finish;
use serde::{Deserialize, Serialize};

/// How a cell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Generated and collected; its energy may still be invalid, which its windows say.
    Ok,
    /// The engine died, faulted or answered nonsense.
    Failed,
    /// Never started: an earlier failure, or the run was interrupted.
    Skipped,
    /// Stopped after `load-timeout` or `cell-timeout`.
    Timeout,
}

/// What was going on during a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No engine runs.
    IdleMachine,
    /// An engine holds its model and waits.
    IdleLoaded,
    /// From the engine's start to `loaded`.
    Load,
    /// Generation that nobody counts.
    WarmUp,
    /// The measured passes.
    Window,
    /// Passes that were to be measured, spoiled by others on the machine and made again.
    Disturbed,
    /// Compression, before the first block.
    Prepare,
    /// Training.
    Train,
}

impl Phase {
    /// Whether it is judged as a window is, by all the rules.
    pub fn is_judged(self) -> bool {
        matches!(self, Self::Window | Self::Disturbed)
    }
}

/// One planned cell: one variant on one task in one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellRecord {
    /// Number of the cell in the plan, from 0.
    pub cell: u32,
    /// Number of the block, from 0.
    pub block: u16,
    /// Place of the cell within its block, from 0.
    pub position: u16,
    /// The task's name.
    pub task: String,
    /// The variant's name.
    pub variant: String,
    /// How it ended.
    pub status: Status,
    /// Why it isn't `ok`; None exactly where it is.
    pub reason: Option<String>,
    /// Work on the cell began, or the cell was skipped, ns.
    pub t_start_ns: i64,
    /// Work on the cell ended, or the cell was skipped, ns.
    pub t_end_ns: i64,
    /// From the engine's start until the model was loaded, s.
    pub load_s: Option<f64>,
    /// Whole passes over the items inside the window.
    pub passes: Option<u32>,
    /// Items of one pass.
    pub items: u32,
    /// Prompt tokens over all passes of the window.
    pub tokens_in: Option<u64>,
    /// Generated tokens over all passes of the window.
    pub tokens_out: Option<u64>,
    /// Time from an item's start to its first token, summed over items and passes, s.
    pub prefill_s: Option<f64>,
    /// Time from an item's first token to its last, summed over items and passes, s.
    pub decode_s: Option<f64>,
    /// Median time to the first token, ms.
    pub ttft_ms_p50: Option<f64>,
    /// Median time of an output token after the first, ms.
    pub tpot_ms_p50: Option<f64>,
    /// Peak resident memory of the engine, bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Peak memory on the accelerator, bytes.
    pub peak_device_bytes: Option<u64>,
    /// Bytes that the weights take in memory, scales included.
    pub weights_bytes: Option<u64>,
    /// Of the weight file.
    pub weights_sha256: Option<String>,
    /// Matrix kernel that ran on prompts.
    pub kernel_prefill: Option<String>,
    /// Matrix kernel that ran on single tokens.
    pub kernel_decode: Option<String>,
    /// Number format of the activations.
    pub dtype: String,
    /// Whether every pass gave the same tokens; None with fewer than two passes.
    pub deterministic: Option<bool>,
    /// Blocks that ran per generated token, on average.
    pub mean_exit_layer: Option<f64>,
}

/// The energy of one domain (or of their total) during one phase of a cell or of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// The cell; None for rows of the whole run.
    pub cell: Option<u32>,
    /// What was going on.
    pub phase: Phase,
    /// The domain's name, or `total`.
    pub domain: String,
    /// The meter's name; for totals the meters joined by `+`.
    pub meter: String,
    /// How the energy came about.
    pub class: Class,
    /// First edge, ns.
    pub t_start_ns: i64,
    /// Second edge, ns.
    pub t_end_ns: i64,
    /// Between the edges, s.
    pub seconds: f64,
    /// Gross energy, J; None exactly where `reason` is Some.
    pub energy_j: Option<f64>,
    /// Gross energy minus loaded idle power times `seconds`, J; never clamped, None without a baseline.
    pub energy_net_j: Option<f64>,
    /// Standard uncertainty from edges, quantisation and baseline noise, J.
    pub u_indep_j: Option<f64>,
    /// Standard uncertainty of scale, common to the run, relative.
    pub u_scale_rel: Option<f64>,
    /// Relative error of ratios that the meter's model declares; None for hardware counters.
    pub u_model_rel: Option<f64>,
    /// Counter updates seen between the edges.
    pub updates: u32,
    /// Update period, s.
    pub update_period_s: Option<f64>,
    /// Smallest step of the counter, J.
    pub resolution_j: Option<f64>,
    /// Longest time without an update, s.
    pub max_gap_s: Option<f64>,
    /// Loaded idle power that `energy_net_j` took off, W.
    pub idle_w: Option<f64>,
    /// How much more a second view of the same thing says, relative.
    pub disagreement_rel: Option<f64>,
    /// Whether every rule for windows held.
    pub valid: bool,
    /// Why there is no energy.
    pub reason: Option<String>,
    /// What else was so between the edges.
    #[serde(flatten)]
    pub conditions: WindowConditions,
    /// How a total was added up, for example `package:0+dram:0`.
    pub formula: Option<String>,
}

/// The domain under which sums over domains are stored.
pub const TOTAL: &str = "total";

/// Why an item of this window has no energy; None: it has one.
pub fn why_no_energy(window: Option<&WindowRecord>) -> Option<String> {
    match window {
        None => Some("energies of different classes have no total".to_owned()),
        Some(window) => window.reason.clone(),
    }
}

/// What was so during a window beside its energy. None: nothing tells, or nobody looked (machine-wide
/// ones are looked at for phase `window` only).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowConditions {
    /// Whether the device ran slower than it was told to.
    pub throttled: Option<bool>,
    /// Why, in the driver's words.
    pub throttle: Option<String>,
    /// At the first edge, degrees Celsius.
    pub temp_start_c: Option<f64>,
    /// At the second edge, degrees Celsius.
    pub temp_end_c: Option<f64>,
    /// Mean clock of the device's computing units, MHz.
    pub clock_mhz: Option<f64>,
    /// Power that the device is held to, W.
    pub power_limit_w: Option<f64>,
    /// Most processes of others on the device.
    pub foreign_processes: Option<u32>,
    /// Share of the time that the hypervisor gave to others.
    pub steal_rel: Option<f64>,
    /// Share of the processor time that other programs took.
    pub foreign_load_rel: Option<f64>,
    /// Share of the time in which a control group's quota held this program back.
    pub quota_throttled_rel: Option<f64>,
    /// Whether the machine ran on its battery.
    pub on_battery: Option<bool>,
    /// The processor's frequency governor; several joined by `+`.
    pub governor: Option<String>,
    /// Whether the processor may raise its clock above the rated one.
    pub turbo: Option<bool>,
}

/// One item of one cell: its completion, score and attributed energy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// The cell.
    pub cell: u32,
    /// Number of the block.
    pub block: u16,
    /// The task's name.
    pub task: String,
    /// The variant's name.
    pub variant: String,
    /// Number of the item within its task.
    pub item: u32,
    /// The item's name in the data.
    pub name: Option<String>,
    /// Number of the problem: several versions of one problem share it.
    pub problem: Option<u32>,
    /// Which version of the problem was asked.
    pub version: Option<VersionRecord>,
    /// Items of one cluster come from one file and are not independent.
    pub cluster: Option<String>,
    /// How often the item was generated inside the window.
    pub pass_count: u32,
    /// Of the prompt's text.
    pub prompt_sha256: String,
    /// The generated text.
    pub completion: String,
    /// Of the generated text.
    pub completion_sha256: String,
    /// What was scored, where that isn't the generated text itself.
    pub completion_post: Option<String>,
    /// What would have been right.
    pub reference: Option<String>,
    /// Prompt tokens.
    pub tokens_in: u32,
    /// Generated tokens of one pass.
    pub tokens_out: u32,
    /// Work began in the first pass, ns.
    pub t_start_ns: i64,
    /// The first token of the first pass was ready, ns.
    pub t_first_ns: Option<i64>,
    /// The last token of the first pass was ready, ns.
    pub t_end_ns: i64,
    /// Active time, mean over passes, s.
    pub seconds: f64,
    /// Share of the window's energy by active time, mean over passes, J: attributed, not measured.
    pub energy_total_j: Option<f64>,
    /// The same of the net energy, J.
    pub energy_net_total_j: Option<f64>,
    /// Class of the window that the energy comes from.
    pub energy_class: Option<Class>,
    /// Why there is no energy; None exactly where `energy_total_j` is Some.
    pub reason: Option<String>,
    /// Blocks that ran for each generated token.
    pub exit_layers: Option<Vec<u16>>,
    /// Why generation ended.
    pub finish: Finish,
    /// The right class.
    pub label: Option<String>,
    /// Natural logarithm of the probability of each token that was forced.
    pub logprobs: Option<Vec<f64>>,
    /// What became of running the completion, for tasks that run it.
    pub verdict: Option<String>,
    /// Why, in a few words, where it did not pass.
    pub verdict_reason: Option<String>,
    /// What running it took; None: the completion was not run.
    pub trial: Option<TrialRecord>,
    /// Why a scorer of the task has no statistics here.
    pub unscored_reason: Option<String>,
    /// Score by scorer, columns `score_<scorer>`.
    pub score: BTreeMap<String, f64>,
    /// Sufficient statistics by scorer, columns `stats_<scorer>`.
    pub stats: BTreeMap<String, Vec<f64>>,
}

/// One version of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Family of the perturbation; `nominal` and `partial` are unperturbed.
    pub family: String,
    /// The perturbation; empty for unperturbed ones.
    pub recipe: String,
    /// Which of its random draws.
    pub seed: u32,
}

/// What running one completion took, all of its processes together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// From start to end, s.
    pub seconds: f64,
    /// Processor time, s.
    pub cpu_seconds: f64,
    /// Most memory at a time.
    pub peak_bytes: u64,
}

/// One raw reading of one domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRecord {
    /// When it was read, ns.
    pub t_ns: i64,
    /// The meter's name.
    pub meter: String,
    /// The domain's name.
    pub domain: String,
    /// Whether `raw` counts energy or states power.
    pub kind: SampleKind,
    /// The integer as read; meaningless where `fault` is Some.
    pub raw: u64,
    /// Unit of `raw` as the source names it.
    pub unit: String,
    /// Joules or watts per unit of `raw`.
    pub scale: f64,
    /// Why the reading failed.
    pub fault: Option<String>,
    /// The driver's own time stamp, µs.
    pub driver_t_us: Option<i64>,
    /// How long the call took that read it, ns; None in runs of versions that did not note it.
    pub took_ns: Option<i64>,
}
