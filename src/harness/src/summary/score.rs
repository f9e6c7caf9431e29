//! Scores of many items, with intervals that respect their clusters.

use std::collections::BTreeMap;

use harness_task::{Drawn, Scorer};
use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::Score;
use super::pool::Pool;
use super::scored::ScoredItem;
use harness_stats::{bootstrap::RESAMPLES, effective_count, spread, wilson};

/// Resamples that are drawn before they are scored on all cores: few enough for large sets.
const AT_A_TIME: usize = 64;

/// The score of all items together; None without items.
pub(super) fn aggregate_all(scorer: &dyn Scorer, items: &[ScoredItem]) -> Option<f64> {
    let drawn: Vec<Drawn<'_>> = items.iter().map(|item| Drawn { stats: &item.stats, times: 1.0 }).collect();
    scorer.aggregate(&drawn)
}

/// The score with its interval: Wilson's for proportions, with the number of items that clustered ones
/// are worth; else a bootstrap of whole clusters. None without items.
pub(super) fn score(
    scorer: &dyn Scorer,
    items: &[ScoredItem],
    level: f64,
    generator: &mut impl Rng,
) -> Option<Score> {
    let value = aggregate_all(scorer, items)?;
    let mut clusters: BTreeMap<&str, Vec<&ScoredItem>> = BTreeMap::new();
    for item in items {
        clusters.entry(&item.cluster).or_default().push(item);
    }
    let clusters: Vec<Vec<&ScoredItem>> = clusters.into_values().collect();
    if scorer.is_proportion() {
        let right = |item: &&ScoredItem| scorer.value(&item.stats).unwrap_or(0.0);
        let counts: Vec<(f64, f64)> =
            clusters.iter().map(|cluster| (cluster.iter().map(right).sum(), cluster.len() as f64)).collect();
        let clustered = clusters.len() < items.len();
        let count = if clustered { effective_count(&counts) } else { items.len() as f64 };
        let interval = wilson(value, count, level)?;
        let method = if clustered {
            format!("wilson-clustered (effective items {count:.1})")
        } else {
            "wilson".to_string()
        };
        return Some(Score { value, lo: interval.lo, hi: interval.hi, method });
    }
    let method = "bootstrap-clustered".to_string();
    if clusters.len() < 2 {
        return Some(Score { value, lo: None, hi: None, method });
    }
    let pool = Pool::new(scorer, clusters.iter().map(|items| items.as_slice()));
    let mut draw = || {
        let mut times = vec![0_u16; clusters.len()];
        for _ in 0..clusters.len() {
            let drawn = &mut times[generator.random_range(0..clusters.len())];
            *drawn = drawn.saturating_add(1);
        }
        times
    };
    let mut resampled: Vec<Option<f64>> = Vec::with_capacity(RESAMPLES);
    while resampled.len() < RESAMPLES {
        let draws: Vec<Vec<u16>> = (0..AT_A_TIME.min(RESAMPLES - resampled.len())).map(|_| draw()).collect();
        resampled.par_extend(draws.par_iter().map(|times| pool.score(times)));
    }
    let resampled = resampled.into_iter().flatten().collect();
    let interval = spread(value, resampled, level)?.interval;
    Some(Score { value, lo: interval.lo, hi: interval.hi, method })
}

#[cfg(test)]
mod tests {
    use crate::report::example::summary;

    #[test]
    fn scores_come_from_different_items_with_clustered_intervals() {
        let summary = summary();
        let full = &summary.rows[0];
        let similarity = full.score.as_ref().unwrap();
        assert_eq!((similarity.value, similarity.method.as_str()), (0.875, "bootstrap-clustered"));
        // All three clusters can come out as the one that holds the wrong item, or as the right ones.
        assert_eq!((similarity.lo, similarity.hi), (Some(0.75), Some(1.0)));
        let exact = &full.scores["exact-match"];
        assert_eq!(exact.value, 0.75);
        assert!(exact.method.starts_with("wilson-clustered"), "{}", exact.method);
        assert_eq!(full.items, 4);
    }
}
