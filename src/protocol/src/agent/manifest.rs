//! What lies beside an agent's weights: whose states it knows, how it learnt, how well it does.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LinearSpec, PpoSpec, RewardSpec};
use crate::misfit::Misfit;

/// The only version of manifests so far.
pub const SCHEMA: u32 = 1;

/// What an agent looks at: the residual stream after a block, at the last position, before any norm.
pub const OBSERVATION: &str = "hidden-state";

/// The manifest of an agent, `NAME.json`; its weights lie in the same folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentManifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The agent's name.
    pub name: String,
    /// A name of [`LEARNERS`](super::LEARNERS).
    pub kind: String,
    /// SHA-256 of the weights of the model whose states it knows, as `loaded` tells it.
    pub model_sha256: String,
    /// Number format in which the model ran when the states were taken.
    pub dtype: String,
    /// Features of a state.
    pub width: u32,
    /// Blocks of the model.
    pub layers: u32,
    /// Blocks after which the agent is asked, 1-based and rising, without the last one.
    pub exits: Vec<u32>,
    /// [`OBSERVATION`].
    pub observation: String,
    /// Neurons of its hidden layers; none: it is linear.
    pub hidden: Vec<u32>,
    /// File name of its weights.
    pub weights: String,
    /// SHA-256 of that file.
    pub weights_sha256: String,
    /// What it was paid for; None: it learnt from labels.
    pub reward: Option<RewardSpec>,
    /// Settings of `ppo`.
    pub ppo: Option<PpoSpec>,
    /// Settings of `linear`.
    pub linear: Option<LinearSpec>,
    /// Seeds everything random.
    pub seed: u64,
    /// Decisions (`ppo`) or Newton steps (`linear`) that it learnt from.
    pub steps: u64,
    /// Bounds of the share of a document that was the prompt.
    pub context: [f64; 2],
    /// Most tokens generated behind a prompt.
    pub new_tokens: u32,
    /// Prompts drawn from each document.
    pub draws: u32,
    /// Documents that it learnt from.
    pub documents: u64,
    /// Tokens that it learnt from.
    pub tokens: u64,
    /// Mean reward a decision in the last rollout; None: it learnt from labels.
    pub mean_reward: Option<f64>,
    /// How it does on documents that it did not learn from.
    pub held_out: HeldOut,
}

/// How an agent does on documents that it did not learn from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Documents.
    pub documents: u64,
    /// Tokens.
    pub tokens: u64,
    /// (blocks run, share of tokens on which the exit agrees with the last block).
    pub per_exit: Vec<(u32, f64)>,
    /// Mean blocks of the first exit that agrees: what a perfect agent would need.
    pub oracle_depth: f64,
    /// At each threshold asked for.
    pub thresholds: Vec<ThresholdResult>,
}

/// How an agent does at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// A token leaves where its probability of leaving exceeds this.
    pub threshold: f64,
    /// Mean blocks run.
    pub mean_depth: f64,
    /// Share of tokens that agree with the last block.
    pub agreement: f64,
    /// Share of tokens that would agree if the same exits were dealt out to the tokens at random.
    pub random_agreement: f64,
    /// Standard error of `agreement - random_agreement` over documents; None: fewer than two.
    pub standard_error: Option<f64>,
}

/// The key of exit policies that names an agent.
const KEY: &str = "agent";

/// Most bytes of a manifest.
const MOST_BYTES: u64 = 64 << 20;

const TRAIN: &str = "train one with `harness train FILE`, such as suites/train/mini_code_agent.toml";
const TRAIN_AGAIN: &str =
    "take the agent that was trained for this model, or train one with `harness train FILE`";

impl AgentManifest {
    /// Reads a manifest and checks what can be checked without its model and its weights.
    ///
    /// # Errors
    /// The file is missing or damaged, or holds no agent that this version knows.
    pub fn read(path: &Path) -> Result<Self, Misfit> {
        let name = path.display();
        let wrong = |message: String| Misfit::new(KEY, message, TRAIN);
        let unread = |error: String| wrong(format!("cannot read the agent `{name}`: {error}"));
        let file = std::fs::metadata(path).map_err(|error| unread(error.to_string()))?;
        // A FIFO may never be written to, and a device may never end.
        if !file.is_file() || file.len() > MOST_BYTES {
            return Err(unread("expected a regular file of at most 64 MiB".to_owned()));
        }
        let text = std::fs::read(path).map_err(|error| unread(error.to_string()))?;
        let manifest: Self = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("`{name}` is no manifest of an agent: {error}")))?;
        match manifest.fault() {
            Some(fault) => Err(wrong(format!("`{name}` is no manifest of an agent: {fault}"))),
            None => Ok(manifest),
        }
    }

    /// Where the weights lie, given where the manifest lies.
    pub fn weights_path(&self, manifest: &Path) -> PathBuf {
        manifest.with_file_name(&self.weights)
    }

    /// Whether it is of the kind that an exit policy takes.
    ///
    /// # Errors
    /// It is not.
    pub fn serves(&self, policy: &str) -> Result<(), Misfit> {
        let kind = if policy == "linear-classifier" { "linear" } else { "ppo" };
        if self.kind == kind {
            return Ok(());
        }
        Err(Misfit::new(
            KEY,
            format!(
                "policy `{policy}` takes an agent of kind `{kind}`, `{}` is of kind `{}`",
                self.name, self.kind
            ),
            "name an agent of that kind, or the policy of this one",
        ))
    }

    /// Whether it was trained for a model with these weights, features and blocks.
    ///
    /// # Errors
    /// It was not.
    pub fn fits(&self, model_sha256: &str, width: u32, layers: u32) -> Result<(), Misfit> {
        let other = |message: String| Err(Misfit::new(KEY, message, TRAIN_AGAIN));
        if (self.width, self.layers) != (width, layers) {
            return other(format!(
                "agent `{}` is for a model of {} blocks of width {}, this one has {layers} of {width}",
                self.name, self.layers, self.width
            ));
        }
        if self.model_sha256 != model_sha256 {
            return other(format!(
                "agent `{}` was trained for other weights than this model's: {:.12}…, found {model_sha256:.12}…",
                self.name, self.model_sha256
            ));
        }
        Ok(())
    }

    /// What contradicts itself.
    fn fault(&self) -> Option<String> {
        let rises = self.exits.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = self.exits.iter().all(|exit| (1..self.layers).contains(exit));
        if self.schema != SCHEMA {
            return Some(format!("its schema is {}, expected {SCHEMA}", self.schema));
        }
        if !super::LEARNERS.iter().any(|learner| learner.name == self.kind) {
            return Some(format!("its kind `{}` is not known", self.kind));
        }
        if self.observation != OBSERVATION {
            return Some(format!("its observation is `{}`, expected `{OBSERVATION}`", self.observation));
        }
        if self.exits.is_empty() || !rises || !inside {
            return Some(format!("its exits {:?} do not rise from 1 to below {}", self.exits, self.layers));
        }
        if self.width == 0 || self.hidden.contains(&0) {
            return Some("a layer of it has no features".to_owned());
        }
        if self.weights.is_empty() || self.weights.contains(['/', '\\']) || self.weights == ".." {
            return Some(format!("its weights `{}` are no file of its own folder", self.weights));
        }
        None
    }
}
