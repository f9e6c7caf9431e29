//! Why something cannot be served, with the key that says it and the next action.

use std::fmt;

/// Why something does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The key that says it, as in the suite's table of the thing.
    pub key: &'static str,
    /// One sentence.
    pub message: String,
    /// The next action.
    pub help: String,
}

impl Misfit {
    /// A misfit of a key.
    pub fn new(key: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key, message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\nhelp: {}", self.message, self.help)
    }
}

impl std::error::Error for Misfit {}
