//! What a suite's `[meter.replay]` table says.

use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SettingsError;
use crate::recording::Recording;

/// Settings of the `replay` meter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ReplaySettings {
    /// A recording of raw readings: `samples.parquet` of a run, or a CSV file with the same columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What stands in that file, where somebody has read it already; this crate reads CSV only.
    #[serde(skip)]
    pub recording: Option<Arc<Recording>>,
}

impl ReplaySettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        match &self.path {
            Some(path) if path.as_os_str().is_empty() => Err(SettingsError {
                key: "meter.replay.path",
                found: "empty".to_owned(),
                expected: "a path",
                help: "name `samples.parquet` of a run, or a CSV file with the same columns",
            }),
            _ => Ok(()),
        }
    }
}
