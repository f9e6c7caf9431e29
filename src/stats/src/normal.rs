//! The normal distribution, for what is known well or of many.

use statrs::distribution::{ContinuousCDF, Normal};

/// How many standard errors a two-sided interval of confidence `level` (0 to 1) reaches on each side; not
/// a number for another level.
pub fn reach(level: f64) -> f64 {
    quantile(0.5 + level / 2.0)
}

/// The value below which a `share` (0 to 1) of the standard normal distribution lies; not a number for
/// another share.
pub fn quantile(share: f64) -> f64 {
    if (0.0..=1.0).contains(&share) { Normal::standard().inverse_cdf(share) } else { f64::NAN }
}

/// Share of the standard normal distribution above `z`.
pub fn upper_tail(z: f64) -> f64 {
    Normal::standard().sf(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAILS: [(f64, f64); 5] = [
        (-1.5, 0.9331927987311419),
        (0.0, 0.5),
        (1.0, 0.15865525393145707),
        (5.0, 2.866515718791933e-07),
        (20.0, 2.7536241186061556e-89),
    ];

    // scripts/golden_stats.py: scipy.stats.norm.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (level, expected) in
            [(0.95, 1.959963984540054), (0.9, 1.6448536269514722), (0.999, 3.2905267314918945)]
        {
            assert!((reach(level) - expected).abs() < 1e-9, "{level}");
        }
    }

    // scripts/golden_stats.py: scipy.stats.norm.
    #[test]
    fn tails_agree_with_scipy_far_out_too() {
        for (z, expected) in TAILS {
            assert!((upper_tail(z) / expected - 1.0).abs() < 1e-9, "{z}");
        }
    }

    #[test]
    fn levels_outside_their_range_are_no_numbers() {
        assert!(reach(f64::NAN).is_nan());
        assert!(reach(1.5).is_nan());
        assert_eq!(reach(1.0), f64::INFINITY);
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert!(upper_tail(f64::NAN).is_nan());
    }
}
