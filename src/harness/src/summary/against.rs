//! Every ratio of a variant to a baseline: of metrics, and of joules per correct task.

use std::collections::BTreeMap;

use harness_stats::Confidence;
use harness_task::Scorer;

use super::Comparison;
use super::comparison::ratios;
use super::correct;
use super::gather::{Measured, Repetition};
use crate::metric::PER_CORRECT;

/// By name; those that one of the two lacks are absent. `correct` says what is right.
pub(super) fn all_ratios(
    variant: &Measured<'_>,
    baseline: &Measured<'_>,
    correct: Option<&dyn Scorer>,
    repetition: Repetition,
    sure: Confidence,
) -> BTreeMap<String, Comparison> {
    let mut found = ratios(variant, baseline, sure);
    let per_correct = correct.and_then(|scorer| correct::ratio(variant, baseline, scorer, repetition, sure));
    found.extend(per_correct.map(|ratio| (PER_CORRECT.to_owned(), ratio)));
    found
}
