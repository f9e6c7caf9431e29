//! What harness asks of an engine.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::source::ModelSource;
use crate::{AgentSpec, TrainSpec};

/// One line from harness to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Request {
    /// Opens the conversation; `now_ns` lets the engine refuse a foreign clock.
    Hello {
        /// The version spoken by harness.
        protocol: u32,
        /// CLOCK_MONOTONIC when the line was written, ns.
        now_ns: i64,
    },
    /// Loads a model, compresses it, attaches an exit policy.
    Load(Load),
    /// Hands over the items of the next windows; tokenised outside the window.
    Prepare(Prepare),
    /// Generates the first `items` items at full output length, unmeasured.
    WarmUp {
        /// How many of the prepared items.
        items: u32,
    },
    /// Whole passes over the prepared items until `min_ns` have gone by; no new pass starts after
    /// `max_ns`. May come again, where others on the machine disturbed the passes: the last window counts.
    Window {
        /// Shortest length, ns.
        min_ns: i64,
        /// Longest length before the last pass must have started, ns.
        max_ns: i64,
    },
    /// Asks for the completions of the last window.
    Collect,
    /// Replaces the exit policy of the loaded model, which stays where it is; what was prepared is forgotten. Needs
    /// the capability `set-exit`.
    SetExit {
        /// None: every token runs every block.
        exit: Option<Exit>,
    },
    /// Ends each answer of the window that runs after its next token; not answered. Without a window it does nothing.
    /// Needs the capability `cancel`.
    Cancel,
    /// Trains a model and writes it to `out`.
    Train {
        /// What to train, on what, for how long.
        spec: Box<TrainSpec>,
        /// The folder that receives `config.json` and `model.safetensors`.
        out: String,
        /// Continue from the last checkpoint in `out`, if there is one.
        resume: bool,
    },
    /// Measures next-token accuracy at every exit of a model folder.
    Evaluate {
        /// The model folder.
        model: String,
        /// Streams of little-endian u32 token ids: (name, file).
        streams: Vec<(String, String)>,
        /// The token that opens every document of a stream.
        document_start: u32,
        /// Tokens that a prediction can see, at most the model's context.
        sequence: u32,
        /// `cpu` or `cuda:N`.
        device: String,
        /// Threads of the tensor library.
        threads: u32,
    },
    /// Trains an exit agent and writes it into `out`. Needs the capability `train-agent`.
    TrainAgent {
        /// The model whose states it looks at.
        model: ModelSource,
        /// On what it learns, and how.
        spec: Box<AgentSpec>,
        /// The folder that receives `NAME.json`, `NAME.safetensors` and, of `ppo`, the learning curve `NAME.csv`.
        out: String,
    },
    /// Ends the engine with exit code 0.
    Shutdown,
}

/// Which model, made smaller how, exiting when, on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The model before compression.
    pub model: ModelSource,
    /// Applied in order.
    #[serde(default)]
    pub compress: Vec<Compression>,
    /// None: every token runs every block.
    #[serde(default)]
    pub exit: Option<Exit>,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Threads of the tensor library.
    pub threads: u32,
    /// Seeds whatever is random: built-in weights, sampling.
    pub seed: u64,
}

/// One step of a compression chain: a name of [`COMPRESSIONS`](crate::COMPRESSIONS) with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compression {
    /// For example `int8-weight`.
    pub name: String,
    /// For example `ratio = 0.5`.
    #[serde(default)]
    pub parameters: Map<String, Json>,
}

/// An exit policy: a name of [`EXITS`](crate::EXITS) with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// For example `max-probability`.
    pub policy: String,
    /// For example `threshold = 0.9`.
    #[serde(default)]
    pub parameters: Map<String, Json>,
}

/// The items of the next windows and how to decode them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepare {
    /// In the order in which a pass runs them.
    pub items: Vec<PromptItem>,
    /// The most tokens to generate for each item.
    pub new_tokens: u32,
    /// No stop before this many tokens.
    #[serde(default)]
    pub min_new_tokens: Option<u32>,
    /// Texts that end a completion.
    #[serde(default)]
    pub stop: Vec<String>,
    /// How the next token is chosen.
    #[serde(default)]
    pub decode: Decode,
    /// Items generated together.
    pub batch_size: u32,
    /// Also report the log-probability of each generated token.
    #[serde(default)]
    pub logprobs: bool,
    /// Also report the most probable tokens at each place, so many. Needs the capability `top-logprobs`.
    #[serde(default, skip_serializing_if = "none_asked")]
    pub top_logprobs: u32,
    /// Also tell every token as it is generated. Needs the capability `stream`; disturbs what is measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
}

/// Older engines are not asked what they do not know.
fn none_asked(count: &u32) -> bool {
    *count == 0
}

/// One prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptItem {
    /// Names the item in every reply.
    pub id: u32,
    /// The text; authoritative for engines with a tokenizer of their own.
    pub prompt: String,
    /// The tokens; authoritative for our engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_ids: Option<Vec<u32>>,
    /// The tokens that [`Decode::Forced`] puts after the prompt, at least one and at most `new_tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced_ids: Option<Vec<u32>>,
    /// Seeds what [`Decode::Sample`] draws for this item, in every pass anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Decode {
    /// The most probable token; the lowest id among equals.
    #[default]
    Greedy,
    /// The item's own `forced_ids`, whatever the model would choose: with `logprobs` it tells how probable
    /// a given text is. Neither `stop` nor an end token ends it. Needs the capability `forced`.
    Forced,
    /// Drawn from the model's distribution, as these rules change it. Needs the capability `sample`.
    Sample(Sampling),
}

/// How a distribution is changed before a token is drawn: the penalty first, then the temperature, then the cuts in
/// the order of their fields. Names and order are those of the library `transformers`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Logits are divided by it; above 0.
    #[serde(default = "one")]
    pub temperature: f64,
    /// Only so many of the most probable tokens stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Only the most probable tokens that together reach this probability stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Only tokens with at least this share of the largest probability stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// Logits of tokens seen in prompt and answer are divided by it where positive, multiplied where negative.
    #[serde(default = "one")]
    pub repetition_penalty: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None, min_p: None, repetition_penalty: 1.0 }
    }
}

fn one() -> f64 {
    1.0
}
