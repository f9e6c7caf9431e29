//! A suite as written: the mirror of the TOML file, with every key's default.
//!
//! The doc comments become the descriptions in the JSON Schema. Words, ranges and texts such as `"5s"`
//! are checked afterwards, where the message can say what was expected.

use std::collections::BTreeMap;

use harness_protocol::DTYPES;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::file_gate::{CertifyFile, GateFile};
use super::forms;
use crate::published::Target;

/// Version of the format that this program reads.
pub const SCHEMA: i64 = 1;

/// A suite: which model variants answer which tasks, how energy is measured, how variants are compared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SuiteFile {
    /// Version of this format: 1.
    pub schema: i64,
    /// Name of the suite, part of the run folder's name: letters a-z, digits, `-`; at most 64.
    pub name: String,
    /// Seeds the order of cells, the choice of items and random weights.
    #[serde(default = "default_seed")]
    pub seed: i64,
    /// `["auto"]`, or names of meters, all of them required.
    #[serde(default = "auto")]
    pub meters: Vec<String>,
    /// Settings of the meters that need some.
    #[serde(default)]
    pub meter: harness_meter::Settings,
    /// Name of the variant that all others are compared with.
    pub baseline: String,
    /// How cells are run.
    #[serde(default)]
    pub run: RunFile,
    /// What runs the cells of every variant that does not say otherwise.
    #[serde(default)]
    pub engine: EngineFile,
    /// The model of every variant that does not say otherwise.
    #[serde(default)]
    pub model: ModelFile,
    /// The task sets, at least one.
    #[serde(default)]
    pub task: Vec<TaskFile>,
    /// The variants, at least one.
    #[serde(default)]
    pub variant: Vec<VariantFile>,
    /// How variants are compared.
    #[serde(default)]
    pub analysis: AnalysisFile,
    /// Adds gCO2e to the summary.
    pub account: Option<AccountFile>,
    /// Limits that a run is held against when it ends, and that `harness gate` checks again.
    #[serde(default)]
    pub gate: Vec<GateFile>,
    /// Joint claims, not worse and cheaper, that a run is held against like limits.
    #[serde(default)]
    pub certify: Vec<CertifyFile>,
    /// What papers say, held against the run when it ends; `harness targets` judges it again.
    #[serde(default)]
    pub target: Vec<Target>,
    /// Overlays by name, chosen with `--profile`. Tables merge by key; tasks, variants and targets by `name`, gates and claims by `metric`.
    // Laid over the tree before it is read as this type, so never filled.
    #[serde(default)]
    #[schemars(schema_with = "forms::profiles")]
    pub profile: BTreeMap<String, Json>,
}

fn default_seed() -> i64 {
    1
}

fn auto() -> Vec<String> {
    vec!["auto".to_owned()]
}

/// `[run]`: how cells are run.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RunFile {
    /// How often every variant runs; at least max(6, ceil(1 + log2(comparisons / alpha))).
    pub blocks: i64,
    /// Items of one block: `"auto"` (all where one pass takes at most twice `min-window`, else seeded slices), `"all"`, or a number.
    #[schemars(schema_with = "forms::items_per_block")]
    pub items_per_block: Json,
    /// Shortest window; a meter that updates slowly makes it longer.
    pub min_window: String,
    /// Pause between load and warm-up, so that loading heat does not leak in.
    pub settle: String,
    /// Length of the idle phases: the machine before and after, each variant's loaded model in its first and last block.
    pub idle: String,
    /// Items generated before the window, at full output length.
    pub warm_up_items: i64,
    /// Loading for longer is a failed cell.
    pub load_timeout: String,
    /// A cell that takes longer has failed.
    pub cell_timeout: String,
    /// `["auto"]`, or names of energy domains, which must contain the computing device.
    pub domains: Vec<String>,
    /// Windows of hardware counters in which the hypervisor gave more of the processor to others have no energy.
    pub max_steal: String,
    /// The same for programs other than the engine and harness.
    pub max_foreign_load: String,
    /// The control workload, which tells whether the machine is as it was: `"auto"` (where meters are not simulated and `idle` is at least 1 s), `"always"` or `"never"`.
    #[schemars(schema_with = "forms::control")]
    pub control: String,
    /// How far from where the first block left it the device's temperature may be before a block.
    pub temperature_band: String,
    /// How long blocks wait for the device to cool down into that band, in all; `"0s"`: they do not wait.
    pub max_wait: String,
}

impl Default for RunFile {
    fn default() -> Self {
        Self {
            blocks: 8,
            items_per_block: Json::from("auto"),
            min_window: "5s".to_owned(),
            settle: "1s".to_owned(),
            idle: "10s".to_owned(),
            warm_up_items: 1,
            load_timeout: "2m".to_owned(),
            cell_timeout: "5m".to_owned(),
            domains: auto(),
            max_steal: "5%".to_owned(),
            max_foreign_load: "10%".to_owned(),
            control: "auto".to_owned(),
            temperature_band: "5C".to_owned(),
            max_wait: "60s".to_owned(),
        }
    }
}

/// `[engine]`: what runs the cells.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EngineFile {
    /// A program that speaks the engine protocol, with its arguments; without it `harness-engine`.
    pub command: Option<Vec<String>>,
    /// `"cpu"` or `"cuda:N"`.
    pub device: String,
    /// Threads of the tensor library; the same on every machine unless set.
    #[schemars(schema_with = "forms::integer_or_placeholder")]
    pub threads: i64,
}

impl Default for EngineFile {
    fn default() -> Self {
        Self { command: None, device: "cpu".to_owned(), threads: 2 }
    }
}

/// `[model]`: where the weights come from; exactly one of `path`, `hub`, `builtin`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ModelFile {
    /// A model folder with config.json, tokenizer.json and safetensors, or a .gguf file.
    pub path: Option<String>,
    /// A model's name on a hub, `org/name`; `harness run` fetches it once.
    pub hub: Option<String>,
    /// The hub's branch, tag or commit, without it `main`; only beside `hub`.
    pub revision: Option<String>,
    /// A built-in model: `"tiny-random"`.
    pub builtin: Option<String>,
    /// Number format of weights; without it `"f32"`, and of a .gguf file `"packed"`: as the file holds them.
    #[schemars(schema_with = "dtype_schema")]
    pub dtype: Option<String>,
}

fn dtype_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    forms::word_or_placeholder(DTYPES)
}

/// `[[task]]`: one set of items and how completions are scored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskFile {
    /// Name of the task set: letters a-z, digits, `-`; at most 64.
    pub name: String,
    /// What is asked and how items are made from the data: a name of `harness list tasks`.
    pub kind: String,
    /// The data: a file, or a folder for kinds that read several files.
    pub path: String,
    /// What the data file's SHA-256 must be, in hexadecimal.
    pub sha256: Option<String>,
    /// Use only the first so many documents or problems; without it all.
    pub limit: Option<i64>,
    /// Take one document more than `limit`, and keep short references, as GREEN-CODE's evaluation did.
    #[serde(default)]
    pub paper_count: bool,
    /// Which documents or problems come first: `"shuffled"` by the seed, or `"file"`.
    #[serde(default = "default_order")]
    pub order: String,
    /// Names of the data's fields that differ from the kind's: `{ prompt = "question" }`; dots lead into nested ones.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Part of the data: `"all"`; for MBPP also `"prompt"`, `"test"`, `"validation"`, `"train"`.
    #[serde(default = "default_split")]
    pub split: String,
    /// Perturbations to ask, by family; empty: all. Only for `"robust-code-generation"`, like the next two.
    #[serde(default)]
    pub families: Vec<String>,
    /// Perturbations to ask, by name; empty: all.
    #[serde(default)]
    pub recipes: Vec<String>,
    /// Draws of a perturbation to ask; empty: all.
    #[serde(default)]
    pub seeds: Vec<i64>,
    /// What completions are written in: a name of `harness list languages`; without it the kind's own.
    pub language: Option<String>,
    /// Text before every prompt; with a chat template its system message.
    pub system: Option<String>,
    /// Solved examples before every prompt.
    #[serde(default)]
    pub few_shot: i64,
    /// Data of the examples, in the kind's form; needed where `few-shot` is above 0.
    pub few_shot_path: Option<String>,
    /// `"none"`, or `"model"`: prompts go through the chat template of the model folder.
    #[serde(default = "default_chat_template")]
    pub chat_template: String,
    /// Shares of a document that become the prompt: one item for each.
    #[serde(default = "default_context")]
    pub context: Vec<f64>,
    /// What the share counts: `"model-tokens"`, or `"whitespace-tokens"` for the same text with every tokenizer.
    #[serde(default = "default_cut")]
    pub cut: String,
    /// Tokens generated for each item.
    #[serde(default = "default_new_tokens")]
    pub new_tokens: i64,
    /// No answer ends before it has so many tokens.
    #[serde(default)]
    pub min_new_tokens: i64,
    /// Answers to each question, drawn apart; more than one only where `decode` samples.
    #[serde(default = "default_samples")]
    pub samples: i64,
    /// Most tokens of a prompt and its answer together; longer prompts are shortened. Without it the model's own context, which it may not exceed.
    pub max_context: Option<i64>,
    /// How the next token is chosen.
    #[serde(default)]
    pub decode: DecodeFile,
    /// Texts that end a completion; they do not belong to it. Without the key the kind's own.
    pub stop: Option<Vec<String>>,
    /// What becomes of a completion before it is scored or run: a name of `harness list post-processes`; without it the kind's own.
    pub post_process: Option<String>,
    /// Scorers that judge every completion: names of `harness list scorers`, or programs: `{ name = "…", command = […] }`; without it the kind's own.
    #[serde(default)]
    #[schemars(schema_with = "forms::scorers")]
    pub scorers: Option<Vec<Json>>,
    /// The scorer that figures and trade-offs use; without it the first of `scorers`.
    pub primary_score: Option<String>,
}

fn default_order() -> String {
    "shuffled".to_owned()
}

fn default_context() -> Vec<f64> {
    vec![0.2, 0.35, 0.5]
}

fn default_cut() -> String {
    "model-tokens".to_owned()
}

fn default_new_tokens() -> i64 {
    15
}

fn default_samples() -> i64 {
    1
}

fn default_split() -> String {
    "all".to_owned()
}

fn default_chat_template() -> String {
    "none".to_owned()
}

/// `task.decode`: how the next token is chosen.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DecodeFile {
    /// `"greedy"`: the most probable token; `"sample"`: drawn by the suite's seed, as the keys below say.
    pub method: String,
    /// Logits are divided by it; above 0.
    pub temperature: Option<f64>,
    /// Only so many of the most probable tokens are drawn from.
    pub top_k: Option<i64>,
    /// Only the most probable tokens that together reach this probability are drawn from.
    pub top_p: Option<f64>,
    /// Only tokens with at least this share of the largest probability are drawn from.
    pub min_p: Option<f64>,
    /// Logits of tokens in prompt and answer are divided by it where positive, multiplied where negative; above 0.
    pub repetition_penalty: Option<f64>,
}

impl Default for DecodeFile {
    fn default() -> Self {
        Self {
            method: "greedy".to_owned(),
            temperature: None,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: None,
        }
    }
}

/// `[[variant]]`: one way of answering the items.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VariantFile {
    /// Name of the variant: letters a-z, digits, `-`, `.`, at most 64; holds a placeholder for each key of `sweep`.
    pub name: String,
    /// What differs from the suite's `[model]`.
    // The tree is merged with `[model]` before it is read as this type.
    #[serde(default)]
    pub model: ModelFile,
    /// What differs from the suite's `[engine]`; all variants have one `device`.
    // Merged like `model`.
    #[serde(default)]
    pub engine: EngineFile,
    /// Ways of making the model smaller, applied in order.
    #[serde(default)]
    #[schemars(schema_with = "forms::compressions")]
    pub compress: Vec<Map<String, Json>>,
    /// When a token leaves the model early; without it never.
    #[serde(default)]
    #[schemars(schema_with = "forms::exit")]
    pub exit: Option<Map<String, Json>>,
    /// Items generated together.
    #[serde(default = "default_batch_size")]
    #[schemars(schema_with = "forms::integer_or_placeholder")]
    pub batch_size: i64,
    /// One variant for each value that takes the place of `{key}`; several keys give their product.
    // Expanded in the tree before it is read as this type, so never filled.
    #[serde(default)]
    pub sweep: BTreeMap<String, Vec<Json>>,
}

fn default_batch_size() -> i64 {
    1
}

/// `[analysis]`: how variants are compared.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AnalysisFile {
    /// What is compared: `"energy-per-task"`.
    pub metric: String,
    /// Chance of a false alarm in the whole family.
    pub alpha: f64,
    /// A smaller change is not called relevant.
    pub practical: String,
    /// Which comparisons share `alpha`: `"variants x tasks"`.
    pub family: String,
}

impl Default for AnalysisFile {
    fn default() -> Self {
        Self {
            metric: "energy-per-task".to_owned(),
            alpha: 0.05,
            practical: "3%".to_owned(),
            family: "variants x tasks".to_owned(),
        }
    }
}

/// `[account]`: what a joule costs elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccountFile {
    /// Grams of CO2 equivalent per kilowatt hour of the grid.
    pub grid_g_per_kwh: f64,
}
