//! Wilson's interval for proportions, of independent or clustered items.

use crate::{Interval, normal};

/// The interval of confidence `level` for a share of successes among `count` trials; None without trials.
/// Both may be fractions, as an effective count is. Wilson's interval stays inside 0..1 and is honest at
/// both ends, where the usual one has no width.
pub fn wilson(share: f64, count: f64, level: f64) -> Option<Interval> {
    if !(count > 0.0 && (0.0..=1.0).contains(&share)) {
        return None;
    }
    let z = normal::reach(level);
    let spread = z * z / count;
    let centre = (share + spread / 2.0) / (1.0 + spread);
    let half = z / (1.0 + spread) * (share * (1.0 - share) / count + spread / (4.0 * count)).sqrt();
    // At the ends centre and half width cancel only up to rounding.
    let lo = if share == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let hi = if share == 1.0 { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { value: share, lo: Some(lo), hi: Some(hi) })
}

/// How many independent trials clustered ones are worth: their number over the design effect (variance
/// between clusters over that of independent trials), at most their number. `clusters` holds (successes,
/// trials) of each. Where all trials agree nothing tells the design effect, and every cluster counts as
/// one trial.
pub fn effective_count(clusters: &[(f64, f64)]) -> f64 {
    let trials: f64 = clusters.iter().map(|(_, trials)| trials).sum();
    let groups = clusters.len() as f64;
    let share = clusters.iter().map(|(successes, _)| successes).sum::<f64>() / trials;
    let independent = share * (1.0 - share) / (trials - 1.0);
    if groups < 2.0 || independent.is_nan() || independent <= 0.0 {
        return groups.min(trials);
    }
    let squares: f64 = clusters.iter().map(|(successes, trials)| (successes - share * trials).powi(2)).sum();
    let clustered = groups / (groups - 1.0) * squares / (trials * trials);
    (trials * independent / clustered).min(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    // scripts/golden_stats.py: scipy.stats.binomtest(...).proportion_ci(method="wilson").
    #[test]
    fn wilson_intervals_agree_with_scipy() {
        for (successes, count, lo, hi) in [
            (0.0, 10.0, 0.0, 0.27753279986288926),
            (5.0, 10.0, 0.236593090512564, 0.7634069094874361),
            (10.0, 10.0, 0.7224672001371109, 1.0),
            (18.0, 180.0, 0.06419425113081785, 0.1525221472064726),
            (1.0, 3.0, 0.06149194472039626, 0.7923403991979523),
        ] {
            let found = wilson(successes / count, count, 0.95).unwrap();
            assert!((found.lo.unwrap() - lo).abs() < 1e-9, "{found:?}");
            assert!((found.hi.unwrap() - hi).abs() < 1e-9, "{found:?}");
        }
        assert_eq!(wilson(0.5, 0.0, 0.95), None);
    }

    #[test]
    fn clustered_items_are_worth_fewer_than_they_are() {
        let clusters = [(3.0, 3.0), (0.0, 3.0), (2.0, 3.0), (0.0, 3.0), (3.0, 3.0), (1.0, 3.0)];
        assert!((effective_count(&clusters) - 7.523219814241485).abs() < 1e-9);
    }

    #[test]
    fn single_items_count_in_full_and_unanimous_clusters_once_each() {
        assert!((effective_count(&[(1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (0.0, 1.0)]) - 4.0).abs() < 1e-12);
        assert_eq!(effective_count(&[(0.0, 3.0); 20]), 20.0);
        assert_eq!(effective_count(&[(2.0, 3.0)]), 1.0);
    }
}
