//! What goes wrong while reading a meter.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of trouble, as stored beside a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The source does not exist on this machine.
    NotFound,
    /// The source exists and may not be read.
    PermissionDenied,
    /// The source was there and has gone: a lost device, an ended process.
    Gone,
    /// The device says that it cannot do this.
    NotSupported,
    /// The driver's library lacks the function: it is too old.
    MissingSymbol,
    /// The source answered with nothing.
    Empty,
    /// The source answered with something that is no whole number.
    NotANumber,
    /// The source answered with another error.
    Unreadable,
    /// The meter itself failed; a fault in this program.
    Panicked,
    /// This program did not run when the source should have been read.
    Suspended,
}

impl FaultKind {
    /// The word used in tables: the name in kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::PermissionDenied => "permission-denied",
            Self::Gone => "gone",
            Self::NotSupported => "not-supported",
            Self::MissingSymbol => "missing-symbol",
            Self::Empty => "empty",
            Self::NotANumber => "not-a-number",
            Self::Unreadable => "unreadable",
            Self::Panicked => "panicked",
            Self::Suspended => "suspended",
        }
    }
}

/// All kinds, for reading tables back.
pub const FAULT_KINDS: [FaultKind; 10] = [
    FaultKind::NotFound,
    FaultKind::PermissionDenied,
    FaultKind::Gone,
    FaultKind::NotSupported,
    FaultKind::MissingSymbol,
    FaultKind::Empty,
    FaultKind::NotANumber,
    FaultKind::Unreadable,
    FaultKind::Panicked,
    FaultKind::Suspended,
];

impl FromStr for FaultKind {
    type Err = String;

    /// Reads the word used in tables; the error is a phrase that names the known ones.
    fn from_str(word: &str) -> Result<Self, String> {
        FAULT_KINDS.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
            let known = FAULT_KINDS.map(|kind| format!("`{kind}`")).join(", ");
            format!("`fault` is `{word}`, expected nothing or one of {known}")
        })
    }
}

impl From<io::ErrorKind> for FaultKind {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            _ => Self::Unreadable,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A meter that cannot be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}\nhelp: {help}")]
pub struct MeterFault {
    /// What kind of trouble.
    pub kind: FaultKind,
    /// One sentence that names the source.
    pub message: String,
    /// What to do next.
    pub help: String,
}

impl MeterFault {
    /// A fault of this kind, with a sentence and the next action.
    pub fn new(kind: FaultKind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: help.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_in_tables_are_the_serialised_ones() {
        for kind in FAULT_KINDS {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("Gone".parse::<FaultKind>().unwrap_err().contains("`gone`"));
    }

    #[test]
    fn a_fault_ends_with_the_next_action() {
        let fault = MeterFault::new(FaultKind::Gone, "process 7 has ended", "run it again");
        assert_eq!(fault.to_string(), "process 7 has ended\nhelp: run it again");
    }
}
