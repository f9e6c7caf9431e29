//! A value, or the reason why there is none.

use serde::{Deserialize, Serialize};

/// A value, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told<T> {
    /// The value.
    Value(T),
    /// Not told.
    Refused {
        /// Why.
        refused: String,
    },
}

impl<T> Told<T> {
    /// No value, for this reason.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused { refused: why.into() }
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Refused { .. } => None,
        }
    }

    /// Why there is none.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Value(_) => None,
            Self::Refused { refused } => Some(refused),
        }
    }
}

/// What summaries of earlier versions hold.
impl<T> Default for Told<T> {
    fn default() -> Self {
        Self::refused("the version that made this summary did not compute it")
    }
}

impl<T> From<Result<T, String>> for Told<T> {
    fn from(result: Result<T, String>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(refused) => Self::Refused { refused },
        }
    }
}
