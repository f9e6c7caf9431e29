//! The mean difference of two values that the same blocks gave, with Student's paired t.

use serde::{Deserialize, Serialize};

use super::student;

/// A mean difference with its interval and p.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Mean of the blocks' differences.
    pub value: f64,
    /// Lower end; None below two blocks.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Two-sided, unadjusted; None below two blocks.
    pub p: Option<f64>,
}

/// The mean of differences, one a block; None without blocks.
pub fn difference(blocks: &[f64], level: f64) -> Option<Difference> {
    if blocks.is_empty() || !blocks.iter().all(|value| value.is_finite()) {
        return None;
    }
    let count = blocks.len();
    let value = blocks.iter().sum::<f64>() / count as f64;
    let squares: f64 = blocks.iter().map(|block| (block - value).powi(2)).sum();
    let error = (squares / (count * (count - 1).max(1)) as f64).sqrt();
    let half = student::reach(level, count - 1).map(|reach| reach * error);
    Some(Difference {
        value,
        lo: half.map(|half| value - half),
        hi: half.map(|half| value + half),
        p: student::two_sided_p(value / error, count - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::super::ratio::tests::close;
    use super::*;

    /// Value, lower and upper end, p.
    const GOLDEN: [f64; 4] =
        [-0.3641666666666667, -0.5993062208888937, -0.1290271124444397, 0.010518927578147309];

    // scripts/golden_stats.py: scipy.stats.ttest_rel.
    #[test]
    fn the_difference_its_interval_and_p_agree_with_scipy() {
        let found = difference(&[-0.5, -0.375, -0.375, 0.065, -0.425, -0.575], 0.95).unwrap();
        close(Some(found.value), GOLDEN[0]);
        close(found.lo, GOLDEN[1]);
        close(found.hi, GOLDEN[2]);
        close(found.p, GOLDEN[3]);
    }

    #[test]
    fn one_block_has_no_interval_and_none_no_difference() {
        let one = difference(&[2.0], 0.95).unwrap();
        assert_eq!((one.value, one.lo, one.p), (2.0, None, None));
        assert_eq!(difference(&[], 0.95), None);
        assert_eq!(difference(&[f64::NAN], 0.95), None);
        assert_eq!(difference(&[0.0, 0.0], 0.95).unwrap().p, Some(1.0));
    }
}
