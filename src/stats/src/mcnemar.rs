//! McNemar's exact test of two variants on the same items, each right or wrong.

use crate::beta;

/// Two-sided p from the number of items that only the first and that only the second variant got right:
/// twice the smaller tail of Binomial(b + c, ½), at most 1 (McNemar 1947, Psychometrika 12). Items that
/// both or neither got right tell nothing; without others p is 1. Items must be independent: where files
/// give several, see [`crate::clustered_difference`].
pub fn mcnemar(only_first: u64, only_second: u64) -> f64 {
    let (smaller, larger) = (only_first.min(only_second) as f64, only_first.max(only_second) as f64);
    if only_first == only_second {
        return 1.0;
    }
    // P(X ≤ k) of Binomial(n, ½) is I_½(n − k, k + 1).
    (2.0 * beta::regularized(larger, smaller + 1.0, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MCNEMARS: [(u64, u64, f64); 7] = [
        (1, 5, 0.21875),
        (0, 6, 0.03125),
        (3, 12, 0.03515625),
        (20, 45, 0.0026263768106840374),
        (400, 480, 0.007707305043339153),
        (199000, 201000, 0.001573891922914919),
        (999000, 1002000, 0.03399899652640642),
    ];

    // scripts/golden_stats.py: statsmodels mcnemar(exact=True), and scipy.stats.binomtest of many.
    #[test]
    fn p_agrees_with_statsmodels() {
        for (only_first, only_second, expected) in MCNEMARS {
            let found = mcnemar(only_first, only_second);
            assert!((found / expected - 1.0).abs() < 1e-8, "{only_first} {only_second}: {found}");
            assert_eq!(found, mcnemar(only_second, only_first));
        }
    }

    #[test]
    fn without_discordant_items_p_is_one() {
        assert_eq!(mcnemar(0, 0), 1.0);
        assert_eq!(mcnemar(4, 4), 1.0);
        assert_eq!(mcnemar(u64::MAX, u64::MAX), 1.0);
        assert!(mcnemar(0, u64::MAX) < 1e-9);
    }
}
