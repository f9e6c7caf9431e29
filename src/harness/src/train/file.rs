//! The training file as written: `read` reads it, `check` judges it, `spec` says what it comes to.

use std::path::{Path, PathBuf};

use harness_meter::choose::AUTO;
use harness_meter::{Device, Settings};
use harness_protocol::{DTYPES, Matmul, Schedule};
use harness_task::CorpusForm;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

/// A training file as written; paths are relative to it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TrainFile {
    pub(super) schema: u32,
    /// The model's name.
    pub(crate) name: String,
    pub(super) seed: u64,
    /// Receives the model folder.
    pub(super) out: PathBuf,
    /// Keeps streams and checkpoints between calls.
    pub(super) work: PathBuf,
    #[serde(default = "auto")]
    pub(super) meters: Vec<String>,
    #[serde(default)]
    pub(super) meter: Settings,
    pub(crate) corpus: CorpusFile,
    pub(crate) model: Option<ModelFile>,
    pub(super) start: Option<StartFile>,
    pub(crate) exits: ExitsFile,
    pub(crate) steps: StepsFile,
    pub(crate) lora: Option<LoraFile>,
    /// The file's text.
    #[serde(skip)]
    pub(super) text: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CorpusFile {
    pub(super) path: PathBuf,
    #[schemars(with = "String")]
    pub(crate) form: CorpusForm,
    pub(super) seed: u64,
    pub(super) held_out: f64,
    pub(super) max_tokens: Option<u64>,
    #[serde(default = "evaluate_tokens")]
    pub(super) evaluate_tokens: u64,
}

/// A new Llama.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ModelFile {
    pub(crate) vocabulary: u32,
    pub(crate) width: u32,
    pub(crate) layers: u32,
    pub(crate) heads: u32,
    pub(crate) kv_heads: u32,
    pub(crate) ffn: u32,
    pub(crate) context: u32,
}

/// A checkpoint in the place of a new model.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct StartFile {
    pub(super) path: Option<PathBuf>,
    pub(super) hub: Option<String>,
    pub(super) revision: Option<String>,
}

/// Which exits learn, and with what weights.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ExitsFile {
    pub(crate) layers: Vec<u32>,
    #[serde(default)]
    pub(super) weights: WeightRule,
    pub(super) first_half: Option<f64>,
    pub(super) second_half: Option<f64>,
    pub(super) decay: Option<f64>,
    pub(super) per_step: Option<u32>,
}

/// How the loss is shared out among the exits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WeightRule {
    /// GREEN-CODE's: a budget for each half of the blocks, falling inside it.
    #[default]
    Budgets,
    /// LITE's: all the same.
    Uniform,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct StepsFile {
    pub(super) tokens: Option<u64>,
    pub(super) epochs: Option<u32>,
    pub(crate) sequence: u32,
    pub(crate) batch: u32,
    #[serde(default = "one")]
    pub(crate) accumulate: u32,
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) schedule: Schedule,
    pub(super) learning_rate: f64,
    #[serde(default)]
    pub(super) final_learning_rate: f64,
    #[serde(default)]
    pub(super) warm_up: u64,
    #[serde(default = "weight_decay")]
    pub(super) weight_decay: f64,
    #[serde(default = "betas")]
    pub(super) betas: [f64; 2],
    #[serde(default = "clip")]
    pub(super) clip: f64,
    #[serde(default = "cpu", deserialize_with = "device")]
    #[schemars(with = "String")]
    pub(super) device: Device,
    #[serde(default = "f32_products")]
    #[schemars(with = "String")]
    pub(super) matmul: Matmul,
    #[serde(default = "f32")]
    pub(super) dtype: String,
    #[serde(default = "bf16")]
    pub(super) saved_dtype: String,
    #[serde(default)]
    pub(crate) gradient_checkpointing: bool,
    pub(super) evaluate_steps: Option<u64>,
    #[serde(default = "curve_tokens")]
    pub(super) curve_tokens: u64,
    #[serde(default = "checkpoint_seconds")]
    pub(super) checkpoint_seconds: u64,
    #[serde(default = "two")]
    pub(crate) threads: u32,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct LoraFile {
    pub(crate) rank: u32,
    pub(crate) alpha: f64,
    pub(crate) targets: Vec<String>,
}

impl TrainFile {
    /// Where the model goes.
    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    /// Where streams and checkpoints are kept.
    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    /// Where the corpus is.
    pub(crate) fn corpus_path(&self) -> &Path {
        &self.corpus.path
    }

    /// Tokens of each evaluation.
    pub(crate) fn evaluate_tokens(&self) -> u64 {
        self.corpus.evaluate_tokens
    }
}

fn device<'de, D: Deserializer<'de>>(text: D) -> std::result::Result<Device, D::Error> {
    String::deserialize(text)?.parse().map_err(de::Error::custom)
}

fn auto() -> Vec<String> {
    vec![AUTO.to_owned()]
}

fn evaluate_tokens() -> u64 {
    100_000
}

fn curve_tokens() -> u64 {
    20_000
}

fn checkpoint_seconds() -> u64 {
    60
}

fn one() -> u32 {
    1
}

fn two() -> u32 {
    2
}

fn weight_decay() -> f64 {
    0.01
}

fn betas() -> [f64; 2] {
    [0.9, 0.999]
}

fn clip() -> f64 {
    1.0
}

fn cpu() -> Device {
    Device::Cpu
}

fn f32_products() -> Matmul {
    Matmul::F32
}

fn f32() -> String {
    DTYPES[0].to_owned()
}

fn bf16() -> String {
    "bf16".to_owned()
}
