//! What an engine answers.

use serde::{Deserialize, Serialize};

use crate::AgentManifest;

/// One line from the engine to harness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Reply {
    /// Answers `hello`.
    Hello {
        /// The version spoken by the engine.
        protocol: u32,
        /// The engine's name.
        engine: String,
        /// Its version.
        version: String,
        /// CLOCK_MONOTONIC when the line was written, ns.
        now_ns: i64,
        /// Of `exit`, `compress`, `train`, `evaluate`, `logprobs`, `token-times`, `forced`, `sample`, `top-logprobs`,
        /// `stream`, `train-agent`, `set-exit`, `cancel`.
        capabilities: Vec<String>,
    },
    /// Something a person may like to know while waiting.
    Progress {
        /// One short sentence.
        message: String,
    },
    /// The model is ready.
    Loaded(Loaded),
    /// Answers `set-exit`.
    ExitSet,
    /// The items are ready.
    Prepared {
        /// Prompt tokens of each item, in the order asked.
        tokens_in: Vec<u32>,
    },
    /// The warm-up is over.
    Warmed {
        /// First token work began, ns.
        t_start_ns: i64,
        /// Last token was ready, ns.
        t_end_ns: i64,
    },
    /// The window is open: the next thing the engine does is generate.
    WindowStart {
        /// ns.
        t_ns: i64,
    },
    /// One item was generated once.
    Item {
        /// The item.
        id: u32,
        /// 0 for the first pass.
        pass: u32,
        /// Work on the prompt began, ns.
        t0_ns: i64,
        /// The last token was ready, ns.
        t1_ns: i64,
        /// The first token was ready, ns.
        first_ns: i64,
        /// Tokens generated.
        out: u32,
    },
    /// One token was generated, where `stream` was asked for.
    Token {
        /// The item.
        id: u32,
        /// The token.
        token: u32,
        /// When it was ready, ns.
        t_ns: i64,
    },
    /// The window is closed.
    WindowEnd {
        /// ns.
        t_ns: i64,
        /// Whole passes done.
        passes: u32,
        /// The device had finished its work when `t_ns` was read.
        device_synced: bool,
    },
    /// One item's text.
    Completion(Completion),
    /// All completions were sent.
    Collected {
        /// Peak resident memory of the process, bytes.
        peak_rss_bytes: u64,
        /// Peak memory on the accelerator, bytes.
        #[serde(default)]
        peak_device_bytes: Option<u64>,
    },
    /// One training step was done.
    Step {
        /// From 1.
        step: u64,
        /// Tokens seen so far.
        tokens: u64,
        /// Weighted cross-entropy, nats per token.
        loss: f64,
        /// Cross-entropy at each exit that this step sampled: (block, nats per token).
        per_exit: Vec<(u32, f64)>,
        /// ns.
        t_ns: i64,
    },
    /// The exits were measured during a training.
    Measured {
        /// Steps done.
        step: u64,
        /// On the first evaluation stream's beginning.
        accuracy: Accuracy,
    },
    /// Training is over.
    Trained {
        /// Of the written `model.safetensors`.
        weights_sha256: String,
        /// Steps done.
        steps: u64,
        /// Tokens seen.
        tokens: u64,
        /// Parameters of the model.
        parameters: u64,
        /// Next-token accuracy at each exit on every evaluation stream of the spec.
        accuracy: Vec<Accuracy>,
    },
    /// The accuracy of a model folder was measured.
    Evaluated {
        /// SHA-256 of the weight file, in hexadecimal.
        weights_sha256: String,
        /// Next-token accuracy at each exit on every stream asked for.
        accuracy: Vec<Accuracy>,
    },
    /// More documents were run at full depth, for an agent to learn from.
    AgentObserved {
        /// Prompts done so far.
        prompts: u64,
        /// Of so many.
        of: u64,
    },
    /// An agent's network was updated.
    AgentStep(AgentStep),
    /// An agent is trained and written.
    AgentTrained {
        /// As it lies beside the weights.
        manifest: Box<AgentManifest>,
    },
    /// Ends the request that was being answered.
    Fault {
        /// What kind of trouble.
        kind: FaultKind,
        /// One sentence.
        message: String,
        /// The item that was being generated.
        #[serde(default)]
        item: Option<u32>,
    },
}

/// One point of an agent's learning curve: a rollout and the update behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentStep {
    /// Decisions so far.
    pub step: u64,
    /// Episodes finished so far.
    pub episodes: u64,
    /// Mean reward a decision in this rollout.
    pub reward: f64,
    /// Mean blocks of the tokens that ended in it, the agent drawing its actions.
    pub depth: f64,
    /// Share of these tokens that agree with the last block.
    pub agreement: f64,
    /// Actor's loss, mean over the update's gradient steps.
    pub policy_loss: f64,
    /// Critic's loss, mean over the update's gradient steps.
    pub value_loss: f64,
    /// Nats a decision, mean over the update's gradient steps.
    pub entropy: f64,
    /// Share of decisions whose probability changed by more than the clip allows to pay.
    pub clip_fraction: f64,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Blocks.
    pub layers: u32,
    /// Weights, tied ones once, after compression.
    pub parameters: u64,
    /// Bytes that the weights take in memory, scales included.
    pub weights_bytes: u64,
    /// What runs: of the weight files (built-in models: of the weights); of a compressed model another hash, of that one
    /// and of the steps.
    pub weights_sha256: String,
    /// Of `tokenizer.json`, if the engine has one.
    #[serde(default)]
    pub tokenizer_sha256: Option<String>,
    /// Longest context, tokens.
    pub context: u32,
    /// What will run.
    pub kernels: Kernels,
    /// Peak resident memory so far, bytes.
    pub peak_rss_bytes: u64,
    /// Loading began, ns.
    pub t_start_ns: i64,
    /// Loading was done, ns.
    pub t_end_ns: i64,
}

/// The matrix kernels that run, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kernels {
    /// On prompts (many rows).
    pub prefill: String,
    /// On single tokens (one row).
    pub decode: String,
}

/// One item's generated text, with what was noted beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The item.
    pub id: u32,
    /// Decoded by the engine; harness decodes `ids` itself where it has the tokenizer.
    #[serde(default)]
    pub text: Option<String>,
    /// Generated tokens.
    pub ids: Vec<u32>,
    /// Of the generated ids (little-endian u32) in every pass; equal for greedy decoding.
    pub sha256_per_pass: Vec<String>,
    /// Blocks that ran for each generated token.
    #[serde(default)]
    pub exit_layers: Option<Vec<u16>>,
    /// When each token was ready in the last pass, ns.
    #[serde(default)]
    pub token_ns: Option<Vec<i64>>,
    /// Natural logarithm of each token's probability.
    #[serde(default)]
    pub logprobs: Option<Vec<f64>>,
    /// The most probable tokens at each place with their log-probabilities, the best first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<Vec<Vec<(u32, f64)>>>,
    /// Why it ended.
    pub finish: Finish,
}

/// Why a completion ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// `new_tokens` were generated.
    Length,
    /// A stop text was met.
    Stop,
    /// The end-of-text token was generated.
    Eos,
    /// The item failed.
    #[default]
    Error,
}

/// Next-token accuracy of a model on one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// The stream's name in the request.
    pub name: String,
    /// Tokens predicted.
    pub tokens: u64,
    /// (blocks run, share of tokens predicted right) for every exit, the last block last.
    pub per_exit: Vec<(u32, f64)>,
    /// (blocks run, share of tokens predicted as the last block does).
    #[serde(default)]
    pub agreement: Vec<(u32, f64)>,
    /// (blocks run, cross-entropy, nats a token).
    #[serde(default)]
    pub loss: Vec<(u32, f64)>,
}

/// What kind of trouble ended a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The machine or the device has not enough memory.
    OutOfMemory,
    /// The engine cannot do what was asked.
    Unsupported,
    /// The weights are damaged or do not fit the config.
    BadWeights,
    /// The request makes no sense.
    BadRequest,
    /// Anything else.
    Internal,
}
