//! `origin.json`: where the files of a folder come from, written beside them.

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use harness_text::{atomic, regular};
use serde::{Deserialize, Serialize};

use super::entry::Form;
use super::hub::is_inside;
use super::spec::Checked;
use crate::error::TaskError;

const NAME: &str = "origin.json";

/// The origin of a folder's files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The name on the board.
    pub(super) dataset: String,
    pub(super) repo: String,
    /// The commit.
    pub(super) revision: String,
    pub(super) licence: String,
    /// Whether all files are there; false while they are being fetched.
    pub(super) complete: bool,
    pub(super) files: Vec<FileOrigin>,
}

/// The origin of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FileOrigin {
    /// Its path in the folder.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) form: Form,
    pub(super) checked: Checked,
    /// When it came, UTC; null where it lay there before, and where the clock cannot be right.
    pub(super) fetched: Option<String>,
}

impl Origin {
    /// None where there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, TaskError> {
        let path = folder.join(NAME);
        let help = "remove the folder and fetch again, or fetch into another one";
        let text = match regular::read(&path, regular::WRITTEN) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(TaskError::read(&path, error, help)),
        };
        let origin: Self = serde_json::from_slice(&text).map_err(|error| {
            TaskError::damaged(&path, format!("is not what a fetch writes: {error}"), help)
        })?;
        match origin.files.iter().find(|file| !is_inside(&file.name)) {
            Some(file) => {
                let problem = format!("names `{}`, which leads out of the folder", file.name);
                Err(TaskError::damaged(&path, problem, help))
            }
            None => Ok(Some(origin)),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), TaskError> {
        let path = folder.join(NAME);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| TaskError::Write { path: path.clone(), source: error.into() })?;
        text.push(b'\n');
        Ok(atomic::write(&path, &text)?)
    }

    pub(super) fn file(&self, name: &str) -> Option<&FileOrigin> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// The time in UTC; None where the clock stands before 1970.
pub(super) fn now() -> Option<String> {
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).ok()?;
    Some(humantime::format_rfc3339_seconds(now).to_string())
}
