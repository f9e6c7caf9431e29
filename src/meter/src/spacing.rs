//! Distances between readings, and the middle one.

use crate::units::Seconds;

/// Seconds between neighbours.
pub(crate) fn gaps(times_ns: impl Iterator<Item = i64> + Clone) -> Vec<f64> {
    std::iter::zip(times_ns.clone(), times_ns.skip(1)).map(|(a, b)| Seconds::between(a, b).0).collect()
}

/// The middle value; None: there are none.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
