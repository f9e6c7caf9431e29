//! What can go wrong with a table.

use std::path::PathBuf;

use harness_text::printable::Shown;

/// Why a table could not be written or read; its text ends with a `help:` line.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file could not be made.
    #[error("cannot write `{}`: {reason}\nhelp: check that its folder exists, is writable and has space left", path.shown())]
    Write {
        /// The table.
        path: PathBuf,
        /// What the system or the Parquet writer said.
        reason: String,
    },
    /// The file could not be opened.
    #[error("cannot read `{}`: {reason}\nhelp: is this a run folder? `harness runs` lists them", path.shown())]
    Read {
        /// The table.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is no table of a run folder, or not any more.
    #[error("`{}` is damaged or no table of a run folder: {reason}\nhelp: restore the file, or measure again", path.shown())]
    Damaged {
        /// The table.
        path: PathBuf,
        /// What did not fit.
        reason: String,
    },
    /// A record breaks a rule that every stored row keeps.
    #[error(
        "row {row} of table `{table}` {problem}\nhelp: this is a fault of the program that made the record; please report it"
    )]
    Rule {
        /// The table's name.
        table: &'static str,
        /// Number of the row, from 0.
        row: usize,
        /// Which rule, for example "has neither energy nor reason".
        problem: String,
    },
}

impl TableError {
    /// The file could not be made, for this reason.
    pub fn write(path: &std::path::Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Write { path: path.to_path_buf(), reason: reason.to_string() }
    }
}
