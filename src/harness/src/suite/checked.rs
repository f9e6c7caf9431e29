//! A suite as meant: checked, complete, every path absolute. Serialised it has the keys and values of a suite file, with
//! every default said; a key that is not set has no line.

use std::path::PathBuf;
use std::time::Duration;

use harness_protocol::{COMPRESSIONS, Compression, Decode, EXITS, Entry, Exit, ModelSource};
use harness_task::{Cut, Language, Order, ReadOptions, ScorerSpec, TaskKind};
use serde::Serialize;

use super::written;
use crate::claim::Certification;
use crate::limit::Gate;
use crate::published::{Known, Target};

/// Where a serialised suite holds paths of data; `*` stands for every element of an array.
pub(super) const PATHS: &[&[&str]] =
    &[&["meter", "replay", "path"], &["task", "*", "path"], &["task", "*", "few-shot-path"]];

/// The same, but of a model folder, in a variant.
pub(super) const MODEL_PATH: &[&str] = &["model", "path"];

/// Tables of a serialised variant whose parameters stand on a board, some of which are files.
pub(super) const PARAMETER_TABLES: &[(&[&str], &[Entry])] =
    &[(&["compress", "*"], COMPRESSIONS), (&["exit"], EXITS)];

/// What to measure, on what, how, and what to conclude from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Suite {
    /// `[a-z0-9-]+`; part of the run folder's name.
    pub name: String,
    /// Seeds the order of cells, the choice of items, random weights.
    pub seed: u64,
    /// `["auto"]`, or names of the board of meters, all of them required.
    pub meters: Vec<String>,
    /// Settings of the meters that need some.
    pub meter: harness_meter::Settings,
    /// The name of the variant that all others are compared with.
    pub baseline: String,
    /// How cells are run.
    pub run: RunSpec,
    /// At least one; names differ.
    #[serde(rename = "task")]
    pub tasks: Vec<TaskSpec>,
    /// At least one, sweeps expanded, in the order written; names differ.
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
    /// How variants are compared.
    pub analysis: Analysis,
    /// None: no carbon figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Limits that the run is held against.
    #[serde(rename = "gate")]
    pub gates: Vec<Gate>,
    /// Claims that the run is held against.
    #[serde(rename = "certify", skip_serializing_if = "Vec::is_empty")]
    pub certifications: Vec<Certification>,
    /// What papers say, held against the run.
    #[serde(rename = "target", skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// The file as read.
    #[serde(skip)]
    pub text: String,
    /// Every value that counts, defaults included, after profile, `--set` and sweeps; paths relative to
    /// the suite's folder.
    #[serde(skip)]
    pub resolved: serde_json::Value,
    /// Where the suite was read.
    #[serde(skip)]
    pub file: PathBuf,
    /// The profile that was laid over the file.
    #[serde(skip)]
    pub profile: Option<String>,
    /// The `--set` arguments that were applied.
    #[serde(skip)]
    pub sets: Vec<String>,
}

impl Suite {
    /// What the engines of all variants compute on: `cpu` or `cuda:N`.
    pub fn device(&self) -> &str {
        self.variants.first().map_or("cpu", |variant| &variant.engine.device)
    }

    /// The names that targets may use.
    pub fn known(&self) -> Known {
        known(&self.tasks, &self.variants, &self.baseline)
    }

    /// The most threads that the engine of a variant uses.
    pub fn threads(&self) -> u32 {
        self.variants.iter().map(|variant| variant.engine.threads).max().unwrap_or(1)
    }
}

/// The names that targets of a suite with these parts may use.
pub(super) fn known(tasks: &[TaskSpec], variants: &[Variant], baseline: &str) -> Known {
    let scorers = tasks.iter().flat_map(|task| &task.scorers).map(|scorer| scorer.name().to_owned());
    Known {
        variants: variants.iter().map(|variant| variant.name.clone()).collect(),
        tasks: tasks.iter().map(|task| task.name.clone()).collect(),
        scorers: scorers.collect(),
        baseline: baseline.to_owned(),
    }
}

/// How cells are run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunSpec {
    /// Enough for a comparison to be able to become significant.
    pub blocks: u16,
    /// Which items a block runs.
    pub items_per_block: ItemsPerBlock,
    /// Shortest window; above zero.
    #[serde(serialize_with = "written::duration")]
    pub min_window: Duration,
    /// Pause between load and warm-up.
    #[serde(serialize_with = "written::duration")]
    pub settle: Duration,
    /// Length of each idle phase.
    #[serde(serialize_with = "written::duration")]
    pub idle: Duration,
    /// Items generated before the window, at full output length.
    pub warm_up_items: u32,
    /// Loading for longer is a failed cell.
    #[serde(serialize_with = "written::duration")]
    pub load_timeout: Duration,
    /// A cell that takes longer has failed.
    #[serde(serialize_with = "written::duration")]
    pub cell_timeout: Duration,
    /// `["auto"]`, or names of domains.
    pub domains: Vec<String>,
    /// Largest share of the time that the hypervisor may give to others.
    #[serde(serialize_with = "written::percent")]
    pub max_steal: f64,
    /// Largest share of the processor time that other programs may take.
    #[serde(serialize_with = "written::percent")]
    pub max_foreign_load: f64,
    /// Whether the control workload runs.
    pub control: ControlRule,
    /// How far from where the first block left it the device's temperature may be before a block, K; above 0.
    #[serde(serialize_with = "written::kelvins")]
    pub temperature_band: f64,
    /// How long blocks wait for that, in all.
    #[serde(serialize_with = "written::duration")]
    pub max_wait: Duration,
}

/// Whether the control workload runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlRule {
    /// Where the meters are not simulated and `idle` is at least a second.
    Auto,
    /// In every run.
    Always,
    /// In none.
    Never,
}

impl ControlRule {
    /// Every word, in the order of the documentation.
    pub(super) const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}

/// Which items a block runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemsPerBlock {
    /// All where one pass takes at most twice the shortest window, else seeded slices.
    Auto,
    /// All in every block.
    All,
    /// Seeded slices of this many, at least 1.
    #[serde(untagged)]
    Count(u32),
}

/// What runs the cells of a variant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EngineSpec {
    /// A program that speaks the protocol, with its arguments; None: `harness-engine`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "written::command")]
    pub command: Option<Vec<String>>,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Threads of the tensor library, at least 1.
    pub threads: u32,
}

impl EngineSpec {
    /// Whether it is `harness-engine`, which reads weights and computes on devices as the suite says; other programs
    /// find their own.
    pub fn is_own(&self) -> bool {
        self.command.is_none()
    }
}

/// One way of answering the items.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Variant {
    /// `[a-z0-9.-]+`.
    pub name: String,
    /// The model before compression; its path is absolute.
    #[serde(serialize_with = "written::model")]
    pub model: ModelSource,
    /// What runs its cells; the device is that of all variants.
    pub engine: EngineSpec,
    /// Applied in order.
    #[serde(serialize_with = "written::compress")]
    pub compress: Vec<Compression>,
    /// None: every token runs every block.
    #[serde(serialize_with = "written::exit", skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Items generated together, at least 1.
    pub batch_size: u32,
}

/// One set of items and how its completions are scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TaskSpec {
    /// `[a-z0-9-]+`.
    pub name: String,
    /// What is asked.
    pub kind: &'static TaskKind,
    /// The data file or folder, absolute.
    pub path: PathBuf,
    /// What the data file's SHA-256 must be, 64 lower-case hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How the data are read.
    #[serde(flatten)]
    pub read: ReadOptions,
    /// Documents or problems that are used, at least 1; None: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Count documents as GREEN-CODE's evaluation did.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paper_count: bool,
    /// Which documents or problems come first.
    pub order: Order,
    /// Shares of a document that become the prompt, each above 0 and below 1; empty where none is cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<f64>,
    /// What is counted when a document is cut; None: none is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// What stands before every prompt.
    #[serde(flatten)]
    pub prompting: PromptingSpec,
    /// Tokens generated for each item, at least 1.
    pub new_tokens: u32,
    /// Most tokens of a prompt and its answer together, at least `new_tokens` + 2; None: the model's own context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_context: Option<u32>,
    /// No answer ends before it has so many tokens, at most `new_tokens`.
    #[serde(skip_serializing_if = "written::is_zero")]
    pub min_new_tokens: u32,
    /// Answers to each question, at least 1.
    #[serde(skip_serializing_if = "written::is_one")]
    pub samples: u32,
    /// How the next token is chosen.
    #[serde(skip_serializing_if = "written::is_forced", serialize_with = "written::decode")]
    pub decode: Decode,
    /// Texts that end a completion.
    pub stop: Vec<String>,
    /// A name of the board of post-processes.
    pub post_process: String,
    /// What completions are written in: what `read` says, else the kind's own.
    #[serde(skip)]
    pub language: Option<Language>,
    /// At least one; names differ.
    pub scorers: Vec<ScorerSpec>,
    /// The name of one of `scorers`: the one that figures and trade-offs use.
    pub primary_score: String,
}

/// What stands before every prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PromptingSpec {
    /// Instruction, or system message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Solved examples.
    pub few_shot: usize,
    /// Their data, absolute; there where `few_shot` is above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few_shot_path: Option<PathBuf>,
    /// Whether prompts go through the model's chat template.
    #[serde(rename = "chat-template", serialize_with = "written::chat_template")]
    pub chat: bool,
}

/// How variants are compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Analysis {
    /// A name of [`METRICS`](crate::metric::METRICS).
    pub metric: String,
    /// Chance of a false alarm in the whole family, above 0 and below 1.
    pub alpha: f64,
    /// A smaller relative change is not called relevant; 0.03 is 3 %.
    #[serde(serialize_with = "written::percent")]
    pub practical: f64,
    /// Which comparisons share `alpha`.
    pub family: String,
}

/// What a joule costs elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    /// Grams of CO2 equivalent per kilowatt hour.
    pub grid_g_per_kwh: f64,
}
