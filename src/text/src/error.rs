//! What can go wrong with tokenizers and files.

use std::io;
use std::path::{Path, PathBuf};

use crate::printable::{self, Shown};

/// An error of this crate. Its text ends in a line `help: …` with the next action.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A file that could not be read.
    #[error("cannot read `{}`: {source}\nhelp: {}", path.shown(), printable::short(help))]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// The next action.
        help: String,
    },
    /// A file that could not be written.
    #[error("cannot write `{}`: {source}\nhelp: check that the folder is writable and the disk has room", path.shown())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that was read and is not what it should be.
    #[error("`{}` {}\nhelp: {}", path.shown(), printable::short(problem), printable::short(help))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what was expected.
        problem: String,
        /// The next action.
        help: String,
    },
    /// The tokenizer library refuses a text or a tokenizer.
    #[error("the tokenizer failed: {}\nhelp: check that `tokenizer.json` belongs to the model", printable::short(.0))]
    Tokenizer(String),
}

impl TextError {
    pub(crate) fn read(path: &Path, source: io::Error, help: &str) -> Self {
        Self::Read { path: path.to_owned(), source, help: help.to_owned() }
    }

    pub(crate) fn damaged(path: &Path, problem: impl Into<String>, help: &str) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.into(), help: help.to_owned() }
    }
}
