//! Scores of many items, with intervals that respect their clusters.

use std::collections::BTreeMap;

use harness_task::{Drawn, Scorer};
use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::Score;
use super::groups::MOST;
use super::pool::Pool;
use super::scored::ScoredItem;
use harness_stats::bootstrap::{FEWEST_FOR_BCA, RESAMPLES};
use harness_stats::{Interval, bca, effective_count, spread, wilson};

/// Resamples that are drawn before they are scored on all cores: few enough for large sets.
const AT_A_TIME: usize = 64;

/// The score of all items together; None without items.
pub(super) fn aggregate_all(scorer: &dyn Scorer, items: &[ScoredItem]) -> Option<f64> {
    let drawn: Vec<Drawn<'_>> = items.iter().map(|item| Drawn { stats: &item.stats, times: 1.0 }).collect();
    scorer.aggregate(&drawn)
}

/// The score with its interval: Wilson's for proportions, with the number of items that clustered ones
/// are worth; else a bootstrap of whole clusters, bias-corrected and accelerated from 30 of them on. None without items.
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
    let resampled: Vec<f64> = resampled.into_iter().flatten().collect();
    if let Some(interval) = accelerated(&pool, value, &resampled, level) {
        return Some(Score { value, lo: interval.lo, hi: interval.hi, method: "bca-clustered".to_string() });
    }
    let interval = spread(value, resampled, level)?.interval;
    Some(Score { value, lo: interval.lo, hi: interval.hi, method })
}

/// The skewness that groups of clusters show when they are left out in turn is that of single ones: both grow with the root of how
/// many there are. None of too few clusters, or where the interval has no end.
fn accelerated(pool: &Pool<'_>, value: f64, resampled: &[f64], level: f64) -> Option<Interval> {
    if pool.len() < FEWEST_FOR_BCA {
        return None;
    }
    let left_out: Option<Vec<f64>> = pool.without_groups(pool.len().min(MOST)).into_iter().collect();
    bca(value, resampled.to_vec(), &left_out?, level)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use harness_stats::generator;
    use harness_task::{ScorerSpec, Stats};

    use super::*;
    use crate::report::example::summary;

    /// So many files of one item each, most of which score little and some of which score much.
    fn skewed(clusters: u32) -> Vec<ScoredItem> {
        let item = |item: u32| ScoredItem {
            item,
            cluster: Arc::from(format!("file {item:03}")),
            stats: Stats(vec![if item.is_multiple_of(8) { 1.0 } else { 0.02 * f64::from(item % 8) }]),
        };
        (0..clusters).map(item).collect()
    }

    fn similarity(items: &[ScoredItem]) -> Score {
        let scorer = ScorerSpec::Board("edit-similarity".to_string()).make().unwrap();
        score(scorer.as_ref(), items, 0.95, &mut generator(7, 1)).unwrap()
    }

    #[test]
    fn many_clusters_have_an_accelerated_interval_and_few_have_percentiles() {
        let (few, many) = (similarity(&skewed(29)), similarity(&skewed(40)));
        assert_eq!((few.method.as_str(), many.method.as_str()), ("bootstrap-clustered", "bca-clustered"));
        // To the right of the value is the long tail: the interval reaches further there than percentiles do.
        let reach = |score: &Score| {
            let (lo, hi) = (score.lo.unwrap(), score.hi.unwrap());
            (hi - score.value) / (score.value - lo)
        };
        assert!(reach(&many) > 1.2 && reach(&many) > reach(&few), "{many:?} {few:?}");
    }

    #[test]
    fn above_four_hundred_clusters_groups_of_them_tell_the_skewness() {
        let found = similarity(&skewed(1000));
        assert_eq!(found.method, "bca-clustered");
        assert!(found.lo.unwrap() < found.value && found.hi.unwrap() > found.value, "{found:?}");
    }

    #[test]
    fn clusters_that_all_agree_have_an_interval_without_width() {
        let same: Vec<ScoredItem> =
            skewed(40).into_iter().map(|item| ScoredItem { stats: Stats(vec![0.5]), ..item }).collect();
        let found = similarity(&same);
        assert_eq!((found.value, found.lo, found.hi), (0.5, Some(0.5), Some(0.5)));
    }

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
