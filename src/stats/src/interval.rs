//! A value with the interval that it probably lies in.

use serde::{Deserialize, Serialize};

/// A value with the ends of its interval; the ends are None where there were too few blocks or clusters
/// to tell (fewer than two).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The best estimate.
    pub value: f64,
    /// Lower end.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
}

impl Interval {
    /// A value about whose spread nothing is known.
    pub fn bare(value: f64) -> Self {
        Interval { value, lo: None, hi: None }
    }

    /// `value` times and divided by e^`half_width`; bare without a half width.
    pub fn around_log(value: f64, half_width: Option<f64>) -> Self {
        Interval {
            value,
            lo: half_width.map(|half| value * (-half).exp()),
            hi: half_width.map(|half| value * half.exp()),
        }
    }
}
