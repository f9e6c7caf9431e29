//! What a stored baseline's own file `baseline.json` says.

use harness_meter::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Version of this format.
pub(super) const SCHEMA: u32 = 1;

/// The contents of `baseline.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Version of this format.
    pub schema: u32,
    /// The variant.
    pub variant: String,
    /// The suite's name.
    pub suite: String,
    /// SHA-256 of the suite's canonical form.
    pub suite_sha256: String,
    /// The machine that its sessions ran on.
    pub hardware_key: String,
    /// How its joules came about.
    pub class: Option<Class>,
    /// Name and version of the engine, as its `hello` said.
    pub engine: String,
    /// SHA-256 of the engine's program.
    pub engine_sha256: String,
    /// SHA-256 of the weights, as cells said; None: the variant has none on disk.
    pub weights_sha256: Option<String>,
    /// When it was added.
    pub added_utc: String,
    /// A resolved suite whose only variant is this one, its engine, weights and files those that were kept; paths start
    /// from the baseline's folder.
    pub suite_resolved: Json,
    /// Files that were kept.
    pub files: Vec<KeptFile>,
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// From the baseline's folder.
    pub path: String,
    /// SHA-256 of what it holds.
    pub sha256: String,
}
