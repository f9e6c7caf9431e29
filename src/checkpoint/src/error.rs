//! What can be wrong with a checkpoint, sorted by who can mend it.

use std::fmt::Display;
use std::path::Path;

use harness_text::printable;

/// A checkpoint that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}\nhelp: {}", printable::short(message), printable::short(help))]
pub struct CheckpointError {
    /// How it is sorted.
    pub kind: CheckpointFault,
    /// One sentence that names the thing and what was expected.
    pub message: String,
    /// The next action.
    pub help: String,
}

/// Kinds of trouble with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointFault {
    /// A file is not there or cannot be read.
    Missing,
    /// A file was read and is not what it should be.
    Damaged,
    /// The checkpoint is whole, and no part of this project runs it.
    Unsupported,
}

/// Result of reading a checkpoint.
pub type Result<T> = std::result::Result<T, CheckpointError>;

/// Characters of a message: parsers quote what they have read, which may be all of a file.
const MOST: usize = 2000;

const TAKE_AGAIN: &str = "fetch the model again, or take the files that belong together";

impl CheckpointError {
    /// A file that is not there or cannot be read.
    pub fn missing(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind: CheckpointFault::Missing, message: bounded(message.into()), help: help.into() }
    }

    /// A file that cannot be read.
    pub fn unreadable(path: &Path, error: impl Display) -> Self {
        Self::missing(
            format!("cannot read `{}`: {error}", path.display()),
            "point the model's path at a folder with config.json, safetensors and tokenizer.json, or at a .gguf file",
        )
    }

    /// A file that is not what it should be.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self { kind: CheckpointFault::Damaged, message: bounded(message.into()), help: TAKE_AGAIN.to_owned() }
    }

    /// Something whole that cannot be run here.
    pub fn unsupported(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind: CheckpointFault::Unsupported, message: bounded(message.into()), help: help.into() }
    }
}

fn bounded(message: String) -> String {
    match message.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… [{} characters, cut]", &message[..end], message.chars().count()),
        None => message,
    }
}
