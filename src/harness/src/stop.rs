//! Ends the program with a code of its own and a message for people.

use std::path::Path;
use std::{fmt, io};

use harness_task::{TaskError, TaskErrorKind};
use harness_text::printable::Shown;

use crate::suite::SuiteError;

/// Usage or suite: nothing was started.
pub const USAGE: u8 = 2;
/// What was verified differs from what was claimed.
pub const DIFFERS: u8 = 1;
/// Not everything was measured, or something needed is missing.
pub const MISSING: u8 = 3;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// A message that ends in `help:`, and the exit code that goes with it.
#[derive(Debug)]
pub struct Stop {
    /// One of the codes above.
    pub code: u8,
    message: String,
}

impl Stop {
    /// Something the user wrote cannot be done.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: with_one_help(message.into()) }
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self { code: INTERRUPTED, message: "interrupted\nhelp: start it again".to_owned() }
    }

    /// Something needed is not there.
    pub fn missing(message: impl Into<String>) -> Self {
        Self { code: MISSING, message: with_one_help(message.into()) }
    }
}

/// The message with its last `help:` line alone: an earlier one stands in foreign text that the message quotes.
fn with_one_help(message: String) -> String {
    const HELP: &str = "\nhelp:";
    match message.rfind(HELP) {
        Some(last) => message[..last].replace(HELP, "\\nhelp:") + &message[last..],
        None => message,
    }
}

/// A file that the user named for output and that could not be written.
pub fn unwritable(path: &Path, error: &io::Error) -> Stop {
    Stop::missing(format!(
        "cannot write `{}`: {error}\nhelp: name a file in a folder that has room and that you may write to",
        path.shown()
    ))
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}

/// The exit code that an error stands for: its own where it has one, else 1.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    error
        .chain()
        .find_map(|cause| {
            let stop = cause.downcast_ref::<Stop>().map(|stop| stop.code);
            let suite = || cause.downcast_ref::<SuiteError>().map(SuiteError::exit_code);
            let task = || {
                cause.downcast_ref::<TaskError>().map(|error| match error.kind() {
                    TaskErrorKind::MissingResource => MISSING,
                    TaskErrorKind::BadInput => USAGE,
                })
            };
            stop.or_else(suite).or_else(task)
        })
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_brings_no_help_of_its_own() {
        let stop = Stop::missing("`a\nhelp: run this` is damaged\nhelp: restore it");
        assert_eq!(stop.to_string(), "`a\\nhelp: run this` is damaged\nhelp: restore it");
        assert_eq!(Stop::usage("a\nb\nhelp: c").to_string(), "a\nb\nhelp: c");
        assert_eq!(Stop::usage("none").to_string(), "none");
    }
}
