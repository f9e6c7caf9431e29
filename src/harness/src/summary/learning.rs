//! How an exit agent learned, as its training stored it.

use serde::{Deserialize, Serialize};

/// The learning curve of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    /// The agent's manifest.
    pub agent: String,
    /// Variants that it decides for.
    pub variants: Vec<String>,
    /// In the order of training.
    pub points: Vec<LearningPoint>,
}

/// One moment of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// Decisions made so far.
    pub step: u64,
    /// Episodes finished so far.
    pub episodes: u64,
    /// Mean reward of a decision.
    pub reward: f64,
    /// Mean blocks of a token.
    pub depth: f64,
    /// Share of tokens that equal the last block's.
    pub agreement: f64,
}
