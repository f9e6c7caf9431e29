//! Where a model comes from.

use serde::{Deserialize, Serialize};

/// Where the weights come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelSource {
    /// A name of [`MODELS`](crate::MODELS): `hugging-face-folder`, `gguf-file`, `hub`, `tiny-random`.
    pub kind: String,
    /// The folder or file, for kinds that read one.
    #[serde(default)]
    pub path: Option<String>,
    /// The name on a hub, `org/name`, of a model that was fetched to this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Its branch, tag or commit; None: `main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// A name of [`DTYPES`](crate::DTYPES).
    pub dtype: String,
}
