//! What ends a run whose blocks go on until its gates are answered, and what was seen after each block.

use serde::{Deserialize, Serialize};

/// The manifest's `until`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Until {
    /// The most time that cells may take, minutes; None: no bound.
    pub max_minutes: Option<f64>,
    /// The most energy that the counted domains may measure, all phases of cells together, J; None: no bound.
    pub max_joules: Option<f64>,
    /// The most blocks.
    pub blocks: u16,
    /// What the gates answered, look by look.
    pub looks: Vec<Look>,
    /// Why the run ended; None: it goes on, or was interrupted.
    pub ended: Option<String>,
}

/// What the gates answered after a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Blocks that were over.
    pub blocks: u16,
    /// The answer of all together.
    pub verdict: String,
    /// Limits without a decision.
    pub open: usize,
}
