//! Logarithms of block ratios: their geometric mean, Student's paired t, and exact sign flips.

use crate::{BlockTotal, Interval, student};

/// Above this many blocks the 2^n sign flips take longer than they are worth; the t test stands alone.
const MOST_FLIPPED: usize = 20;

/// What the ratios of the blocks say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Geometric mean of the block ratios, with a t interval on their logarithms.
    pub geometric_mean: Interval,
    /// Two-sided p of Student's paired t on the logarithms; None below two blocks.
    pub p: Option<f64>,
    /// Two-sided p of all sign flips of the logarithms, a check that needs no normal distribution; None
    /// below two and above 20 blocks.
    pub p_sign_flip: Option<f64>,
}

/// Compares energy per work block by block; both slices hold the same blocks in the same order. None if
/// they differ in length, are empty, or hold a block without positive energy and work.
pub fn paired(variant: &[BlockTotal], baseline: &[BlockTotal], level: f64) -> Option<Paired> {
    if variant.len() != baseline.len() || variant.is_empty() {
        return None;
    }
    let ratios = variant.iter().zip(baseline).map(|(v, b)| v.energy / v.work / (b.energy / b.work));
    let logs: Vec<f64> = ratios.map(|ratio| without_rounding(ratio.ln())).collect();
    if logs.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let count = logs.len();
    let mean = logs.iter().sum::<f64>() / count as f64;
    let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
    let error = (squares / (count * (count - 1).max(1)) as f64).sqrt();
    let half = student::reach(level, count - 1).map(|reach| reach * error);
    Some(Paired {
        geometric_mean: Interval::around_log(mean.exp(), half),
        p: student::two_sided_p(mean / error, count - 1),
        p_sign_flip: (2..=MOST_FLIPPED).contains(&count).then(|| sign_flip_p(&logs)),
    })
}

/// Ratios that differ from 1 by rounding alone must not become a finding where no block has any spread.
fn without_rounding(log: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    if log.abs() < ROUNDING { 0.0 } else { log }
}

/// Share of all sign patterns whose sum is at least as far from zero as the one seen.
fn sign_flip_p(values: &[f64]) -> f64 {
    let seen = values.iter().sum::<f64>().abs();
    // Patterns that differ by rounding alone must count as equal.
    let slack = 1e-12 * values.iter().map(|value| value.abs()).sum::<f64>();
    let patterns = 1u32 << values.len();
    let as_far = (0..patterns).filter(|pattern| {
        let signed = values.iter().enumerate();
        let sum: f64 = signed.map(|(bit, value)| if pattern >> bit & 1 == 1 { -value } else { *value }).sum();
        sum.abs() >= seen - slack
    });
    as_far.count() as f64 / f64::from(patterns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::tests::{baseline, close, variant};

    // scripts/golden_stats.py: scipy.stats.ttest_1samp on the logarithms.
    #[test]
    fn the_geometric_mean_its_interval_and_p_agree_with_scipy() {
        let found = paired(&variant(), &baseline(), 0.95).unwrap();
        close(Some(found.geometric_mean.value), 0.8759413813414814);
        close(found.geometric_mean.lo, 0.8034915272141593);
        close(found.geometric_mean.hi, 0.9549239507312398);
        close(found.p, 0.010916872081417065);
        assert_eq!(found.p_sign_flip, Some(0.0625));
    }

    // scripts/golden_stats.py: scipy.stats.permutation_test with permutation_type="samples".
    #[test]
    fn sign_flips_agree_with_scipy() {
        assert_eq!(sign_flip_p(&[0.1, -0.02, 0.05, 0.03, -0.04, 0.06, 0.01]), 0.21875);
    }

    #[test]
    fn blocks_that_all_agree_reach_the_smallest_p_that_their_number_allows() {
        let half: Vec<BlockTotal> =
            variant().iter().map(|b| BlockTotal { energy: b.energy / 2.0, ..*b }).collect();
        let found = paired(&half, &variant(), 0.95).unwrap();
        assert!((found.geometric_mean.value - 0.5).abs() < 1e-12);
        assert_eq!(found.p_sign_flip, Some(2.0 / 64.0));
        assert!(found.p.unwrap() < 1e-12);
    }

    #[test]
    fn a_variant_equal_to_its_baseline_is_no_finding() {
        let found = paired(&variant(), &variant(), 0.95).unwrap();
        assert_eq!((found.geometric_mean.value, found.p, found.p_sign_flip), (1.0, Some(1.0), Some(1.0)));
    }

    #[test]
    fn one_block_gives_a_ratio_without_interval_or_p() {
        let found = paired(&variant()[..1], &baseline()[..1], 0.95).unwrap();
        assert_eq!((found.geometric_mean.lo, found.p, found.p_sign_flip), (None, None, None));
        assert_eq!(paired(&[], &[], 0.95), None);
    }
}
