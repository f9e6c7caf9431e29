//! What a register holds.

use serde::{Deserialize, Serialize};

use crate::target::TargetReport;

/// What runs have said of one paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Register {
    pub(super) schema: u32,
    pub(super) paper: String,
    /// In the order in which they were made.
    pub(super) entries: Vec<Entry>,
}

/// What one run said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) created_utc: String,
    pub(super) harness_version: String,
    pub(super) git: Option<String>,
    pub(super) suite_sha256: String,
    /// Weights of the variants, by path, with their hashes.
    pub(super) weights: Vec<(String, String)>,
    pub(super) verdicts: TargetReport,
}
