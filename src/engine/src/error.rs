//! What can go wrong in the engine, sorted the way the protocol reports it.

use harness_checkpoint::{CheckpointError, CheckpointFault};
use harness_protocol::FaultKind;

/// A failed request: its kind and one sentence.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// How harness sorts it.
    pub kind: FaultKind,
    /// Names the thing, says what was expected.
    pub message: String,
    /// The item that was being generated.
    pub item: Option<u32>,
}

impl EngineError {
    /// The engine cannot do what was asked.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Unsupported, message: message.into(), item: None }
    }

    /// Weights or their config are damaged or do not fit one another.
    pub fn weights(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::BadWeights, message: message.into(), item: None }
    }

    /// The request makes no sense.
    pub fn request(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::BadRequest, message: message.into(), item: None }
    }

    /// Anything else.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Internal, message: message.into(), item: None }
    }

    /// Sorts a panic or library message: libtorch reports a failed allocation only in words.
    pub fn from_message(message: String) -> Self {
        let out_of_memory = ["out of memory", "can't allocate memory", "not enough memory"]
            .iter()
            .any(|words| message.contains(words));
        let kind = if out_of_memory { FaultKind::OutOfMemory } else { FaultKind::Internal };
        // libtorch appends its own backtrace after the first line.
        let message = message.lines().next().unwrap_or_default().to_owned();
        Self { kind, message, item: None }
    }
}

impl From<CheckpointError> for EngineError {
    fn from(error: CheckpointError) -> Self {
        match error.kind {
            CheckpointFault::Unsupported => Self::unsupported(error.message),
            CheckpointFault::Missing | CheckpointFault::Damaged => Self::weights(error.message),
        }
    }
}

impl From<tch::TchError> for EngineError {
    fn from(error: tch::TchError) -> Self {
        Self::from_message(error.to_string())
    }
}

/// Result of engine work.
pub type Result<T> = std::result::Result<T, EngineError>;
