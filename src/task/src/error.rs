//! What can go wrong with task sets, tokenizers and corpora.

use std::io;
use std::path::{Path, PathBuf};

use harness_text::TextError;
use harness_text::printable::{self, Shown};

/// Source that the rules of its language cannot split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", printable::short(problem))]
pub struct LexError {
    /// Counted from 1.
    pub line: usize,
    /// What was found there.
    pub problem: String,
}

/// An error of this crate. Its text ends in a line `help: …` with the next action.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A file or folder that could not be read.
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
    /// A line of a task set that is not what it should be.
    #[error("`{}`, line {line}: {}\nhelp: {}", path.shown(), printable::short(problem), printable::short(help))]
    Line {
        /// The task set's file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what was expected.
        problem: String,
        /// The next action.
        help: String,
    },
    /// A tokenizer or a file that is written whole.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Source that cannot be split into tokens.
    #[error("{0}\nhelp: leave the file out, or correct the line")]
    Lex(#[from] LexError),
    /// Something that could not be had from the network, or came and is not what it should be.
    #[error(
        "cannot fetch `{}`: {}\nhelp: {}",
        printable::short(url),
        printable::short(problem),
        printable::short(help)
    )]
    Fetch {
        /// What was asked for, without credentials.
        url: String,
        /// What went wrong.
        problem: String,
        /// The next action.
        help: String,
    },
    /// Something of the machine that is needed and not there: an interpreter, a layer of the sandbox.
    #[error("{}\nhelp: {}", printable::short(problem), printable::short(help))]
    Missing {
        /// What is missing, and what for.
        problem: String,
        /// The next action.
        help: String,
    },
    /// A wish that cannot be met.
    #[error("{}\nhelp: {}", printable::short(problem), printable::short(help))]
    Refused {
        /// What is wrong, and what was expected.
        problem: String,
        /// The next action.
        help: String,
    },
}

/// What an error means for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskErrorKind {
    /// The suite or a task set says something wrong (exit code 2).
    BadInput,
    /// A model, corpus, data file or part of the machine is absent, damaged or cannot be written (exit code 3).
    MissingResource,
}

impl TaskError {
    /// Whether the input is at fault or something is missing.
    pub fn kind(&self) -> TaskErrorKind {
        match self {
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Damaged { .. }
            | Self::Fetch { .. }
            | Self::Missing { .. } => TaskErrorKind::MissingResource,
            Self::Text(TextError::Tokenizer(_)) => TaskErrorKind::BadInput,
            Self::Text(_) => TaskErrorKind::MissingResource,
            Self::Line { .. } | Self::Lex(_) | Self::Refused { .. } => TaskErrorKind::BadInput,
        }
    }

    pub(crate) fn read(path: &Path, source: io::Error, help: &str) -> Self {
        Self::Read { path: path.to_owned(), source, help: help.to_owned() }
    }

    pub(crate) fn damaged(path: &Path, problem: impl Into<String>, help: &str) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.into(), help: help.to_owned() }
    }

    pub(crate) fn fetch(url: &str, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Fetch { url: url.to_owned(), problem: problem.into(), help: help.into() }
    }

    pub(crate) fn line(path: &Path, line: usize, problem: impl Into<String>, help: &str) -> Self {
        Self::Line { path: path.to_owned(), line, problem: problem.into(), help: help.to_owned() }
    }

    pub(crate) fn missing(problem: impl Into<String>, help: &str) -> Self {
        Self::Missing { problem: problem.into(), help: help.to_owned() }
    }

    pub(crate) fn refused(problem: impl Into<String>, help: &str) -> Self {
        Self::Refused { problem: problem.into(), help: help.to_owned() }
    }
}
