//! What a request to train an exit agent says.

use serde::{Deserialize, Serialize};

/// A name on a board with what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// As training files write it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// Ways of learning when a token may leave.
pub const LEARNERS: &[Named] = &[
    Named { name: "ppo", summary: "GREEN-CODE's agent: a small network that learns by rewards (PPO)" },
    Named {
        name: "linear",
        summary: "a classifier after CALM: one logistic regression an exit, which tells whether the last block agrees",
    },
];

/// What an agent is paid for.
pub const REWARDS: &[Named] = &[
    Named {
        name: "alignment",
        summary: "right decisions earn 1, wrong ones cost their distance over the deepest exit's",
    },
    Named {
        name: "alignment-all-scaled",
        summary: "as `alignment`, with what right decisions earn divided too: the published example's code",
    },
    Named {
        name: "label",
        summary: "as `alignment`, with the document's own next token in place of the last block's",
    },
    Named {
        name: "energy",
        summary: "a token that agrees with the last block earns 1, one that does not costs `penalty`, every block its joules",
    },
];

/// Where the best depth of a token is looked for.
pub const SCOPES: &[Named] = &[
    Named { name: "blocks", summary: "the first of all blocks that agrees, as in the paper's code" },
    Named { name: "exits", summary: "the first of the exits and the last block that agrees" },
];

/// An exit agent to train for a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// Its name.
    pub name: String,
    /// Where the model runs: `cpu` or `cuda:N`. The agent learns on the CPU.
    pub device: String,
    /// Threads of the tensor library.
    pub threads: u32,
    /// Seeds contexts, weights, episodes and what the agent draws.
    pub seed: u64,
    /// File of [`TokenDocuments`] in JSON.
    pub documents: String,
    /// Folder that keeps what the model's blocks say about the documents between calls.
    pub work: String,
    /// Blocks after which the agent is asked, 1-based and rising, without the last one.
    pub exits: Vec<u32>,
    /// Bounds of the share of a document that is the prompt; drawn evenly.
    pub context: [f64; 2],
    /// Most tokens generated behind a prompt.
    pub new_tokens: u32,
    /// Prompts drawn from each document.
    pub draws: u32,
    /// A name of [`LEARNERS`].
    pub learner: String,
    /// What `ppo` is paid for.
    pub reward: RewardSpec,
    /// Settings of `ppo`.
    pub ppo: PpoSpec,
    /// Settings of `linear`.
    pub linear: LinearSpec,
    /// Thresholds at which the result is measured on held-out documents.
    pub thresholds: Vec<f64>,
}

/// Documents as the model's own tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenDocuments {
    /// To learn from.
    pub training: Vec<Vec<u32>>,
    /// To measure on.
    pub held_out: Vec<Vec<u32>>,
}

/// A reward with its parameters; those that a reward does not know are left alone.
///
/// Depths are 0-based blocks as published (exit after block *i*), so that the scale of negative rewards is
/// the published one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RewardSpec {
    /// A name of [`REWARDS`].
    pub name: String,
    /// A name of [`SCOPES`]; `energy` always looks at exits.
    pub scope: String,
    /// Cost of each block by which an agreeing exit comes too late.
    pub alpha: f64,
    /// Cost of each block by which a wrong exit comes too early.
    pub beta: f64,
    /// Cost of each block by which going on leads too far; negative rewards are divided by it, too.
    pub gamma: f64,
    /// Cost of an exit behind the best depth that does not agree.
    pub epsilon: f64,
    /// `energy`: what a token's whole energy at full depth costs, in agreeing tokens.
    pub price: f64,
    /// `energy`: what a token that does not agree costs, in agreeing tokens.
    pub penalty: f64,
    /// `energy`: joules of one block for one token.
    pub joules_per_block: f64,
    /// `energy`: joules of the final norm and the head for one token.
    pub joules_per_head: f64,
    /// `energy`: joules of asking the agent once.
    pub joules_per_check: f64,
}

impl Default for RewardSpec {
    fn default() -> Self {
        Self {
            name: "alignment".to_owned(),
            scope: "blocks".to_owned(),
            alpha: 1.0,
            beta: 1.0,
            gamma: 1.0,
            epsilon: 0.1,
            price: 1.0,
            penalty: 1.0,
            joules_per_block: 1.0,
            joules_per_head: 0.0,
            joules_per_check: 0.0,
        }
    }
}

/// Hyper-parameters of PPO: GREEN-CODE's, and Stable-Baselines3's where the paper names none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PpoSpec {
    /// Decisions to learn from.
    pub steps: u64,
    /// Learning rate of the first update; falls to 0 in a line.
    pub learning_rate: f64,
    /// Decisions between two updates.
    pub rollout: u32,
    /// Decisions of one gradient step.
    pub batch: u32,
    /// Passes over the decisions of an update.
    pub epochs: u32,
    /// Discount of later rewards.
    pub discount: f64,
    /// Decay of generalised advantage estimation.
    pub lambda: f64,
    /// Largest change of a decision's probability that still pays.
    pub clip: f64,
    /// Weight of the entropy.
    pub entropy: f64,
    /// Weight of the value's loss.
    pub value: f64,
    /// Largest norm of a gradient.
    pub clip_gradient: f64,
    /// Neurons of the hidden layers, of actor and critic alike.
    pub hidden: Vec<u32>,
    /// Whether each feature is brought to mean 0 and deviation 1 first; the scales end up in the first layer.
    pub normalise: bool,
}

impl Default for PpoSpec {
    fn default() -> Self {
        Self {
            steps: 500_000,
            learning_rate: 5e-5,
            rollout: 4096,
            batch: 512,
            epochs: 6,
            discount: 0.99,
            lambda: 0.95,
            clip: 0.2,
            entropy: 0.0,
            value: 0.5,
            clip_gradient: 0.5,
            hidden: vec![64, 64],
            normalise: false,
        }
    }
}

/// Settings of the linear classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinearSpec {
    /// Weight of half the squared norm of the weights, per token, on features of deviation 1.
    pub ridge: f64,
    /// Most Newton steps.
    pub iterations: u32,
}

impl Default for LinearSpec {
    fn default() -> Self {
        Self { ridge: 0.01, iterations: 25 }
    }
}
