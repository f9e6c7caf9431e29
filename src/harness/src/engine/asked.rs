//! What a cell asks of an engine: its replies are held against it.

use std::collections::BTreeMap;

use harness_protocol::{Decode, Loaded, MAX_CLOCK_SKEW_NS, Prepare};

use super::failure::CellFailure;

/// What a cell asks of an engine that has loaded a model.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Tokens that each item forces, where it does.
    pub(super) items: BTreeMap<u32, Option<u32>>,
    pub(super) new_tokens: u32,
    pub(super) min_new_tokens: u32,
    /// Blocks of the model, as the engine says.
    pub(super) layers: u32,
    /// Entries of the model's vocabulary, where they are known.
    pub(super) vocabulary: Option<u32>,
}

impl Asked {
    /// The items of a request, of a model with so many blocks and, where it is known, such a vocabulary.
    pub fn of(request: &Prepare, loaded: &Loaded, vocabulary: Option<u32>) -> Self {
        let forces = request.decode == Decode::Forced;
        let forced = |ids: &Option<Vec<u32>>| ids.as_ref().filter(|_| forces).map(|ids| ids.len() as u32);
        Self {
            items: request.items.iter().map(|item| (item.id, forced(&item.forced_ids))).collect(),
            new_tokens: request.new_tokens,
            min_new_tokens: request.min_new_tokens.unwrap_or(0),
            layers: loaded.layers,
            vocabulary,
        }
    }

    /// Tokens that an item's answer has at most; None: nobody asked for the item.
    pub(super) fn most(&self, id: u32) -> Option<u32> {
        self.items.get(&id).map(|forced| forced.unwrap_or(self.new_tokens))
    }
}

/// Checks that a stretch of time that an engine tells of lies between the request for it and the answer.
///
/// # Errors
/// It ends before it begins, or lies outside.
pub(super) fn check_stretch(
    what: &str,
    (start_ns, end_ns): (i64, i64),
    (sent_ns, heard_ns): (i64, i64),
) -> Result<(), CellFailure> {
    let before = sent_ns.saturating_sub(MAX_CLOCK_SKEW_NS);
    let behind = heard_ns.saturating_add(MAX_CLOCK_SKEW_NS);
    if before <= start_ns && start_ns <= end_ns && end_ns <= behind {
        return Ok(());
    }
    Err(CellFailure::failed(format!(
        "the engine's times of {what} cannot be true: from {start_ns} to {end_ns} ns, asked at {sent_ns}, answered at {heard_ns}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_lies_between_question_and_answer() {
        let fits = |times| check_stretch("loading", times, (1_000_000_000, 2_000_000_000)).is_ok();
        assert!(fits((1_000_000_000, 2_000_000_000)) && fits((1_500_000_000, 1_500_000_000)));
        // The clock may be read on another core.
        assert!(fits((999_500_000, 2_000_500_000)));
        for times in [
            (1_500_000_000, 1_499_999_999),
            (900_000_000, 1_500_000_000),
            (1_500_000_000, 2_100_000_000),
            (i64::MIN, i64::MAX),
            (i64::MAX, i64::MIN),
            (0, 0),
        ] {
            assert!(!fits(times), "{times:?}");
        }
    }
}
