//! Distances between readings, and the one in the middle.

use crate::units::Seconds;

/// Seconds between neighbours.
pub(crate) fn gaps(times_ns: impl Iterator<Item = i64> + Clone) -> Vec<f64> {
    std::iter::zip(times_ns.clone(), times_ns.skip(1)).map(|(a, b)| Seconds::between(a, b).0).collect()
}

/// The middle value, of an even number the upper one of the two in the middle; None: there are none.
///
/// No mean is taken: windows that were stored are measured again and compared bit by bit.
pub(crate) fn upper_median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
