//! The mean difference of two values that the same blocks gave, with Student's paired t.

use serde::{Deserialize, Serialize};

use crate::Estimate;

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
    Some(Estimate::of_mean(blocks)?.difference(level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::close;

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
