//! Why a cell has no measurement, and which other cells would have none for the same reason.

use harness_protocol::FaultKind;

use super::words;
use crate::record::Status;

/// Why a cell has no measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFailure {
    /// `failed`, `timeout` or, when the run was interrupted, `skipped`.
    pub status: Status,
    /// One sentence.
    pub reason: String,
    /// What the engine called it; None where it said nothing.
    pub fault: Option<FaultKind>,
    /// The item that the engine named.
    pub item: Option<u32>,
    /// Cells that would fail the same way.
    pub scope: Scope,
}

/// Cells that fail for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// This one; what the others do is not known.
    #[default]
    Cell,
    /// Every cell of the variant on this task.
    Task,
    /// Every cell of the variant.
    Variant,
}

impl CellFailure {
    /// The engine died, faulted or answered nonsense. A reason that is too long for a row is cut.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self {
            status: Status::Failed,
            reason: words::reason(reason.into()),
            fault: None,
            item: None,
            scope: Scope::Cell,
        }
    }

    /// The engine said that it cannot go on.
    pub(super) fn fault(kind: FaultKind, message: &str, item: Option<u32>) -> Self {
        let word = serde_json::to_value(kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        let message = if message.trim().is_empty() { "the engine says no more" } else { message };
        let told = item.map(|item| format!(" (item {item})")).unwrap_or_default();
        let reason = format!("{}: {message}{told}", word.unwrap_or_default());
        Self { fault: Some(kind), item, ..Self::failed(reason) }
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self { status: Status::Skipped, ..Self::failed("the run was interrupted") }
    }

    /// The same, of all these cells.
    pub fn of(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same, of all these cells where the engine has refused the request as a whole: that is no matter of chance.
    pub fn refused(self, scope: Scope) -> Self {
        let refusals = [FaultKind::Unsupported, FaultKind::BadRequest, FaultKind::BadWeights];
        match self.fault.filter(|_| self.item.is_none()) {
            Some(kind) if refusals.contains(&kind) => self.of(scope),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_of_the_whole_request_is_shared_by_other_cells() {
        let scope = |fault, item| {
            let failure = CellFailure { fault, item, ..CellFailure::failed("") };
            failure.refused(Scope::Variant).scope
        };
        assert_eq!(scope(Some(FaultKind::Unsupported), None), Scope::Variant);
        assert_eq!(scope(Some(FaultKind::BadWeights), None), Scope::Variant);
        assert_eq!(scope(Some(FaultKind::BadRequest), Some(0)), Scope::Cell);
        assert_eq!(scope(Some(FaultKind::OutOfMemory), None), Scope::Cell);
        assert_eq!(scope(Some(FaultKind::Internal), None), Scope::Cell);
        assert_eq!(scope(None, None), Scope::Cell);
    }
}
