//! Scores of many items, with intervals that respect their clusters.

use std::collections::BTreeMap;
use std::rc::Rc;

use harness_task::{Drawn, Scorer, Stats};
use rand::{Rng, RngExt};

use super::Score;
use super::gather::ScoredRow;
use crate::stats::{bootstrap::RESAMPLES, effective_count, spread, wilson};

/// One item as one scorer sees it, mean over the cells that generated it.
#[derive(Debug, Clone)]
pub(super) struct ScoredItem {
    pub(super) cluster: Rc<str>,
    pub(super) stats: Stats,
    /// How many items it stands for.
    pub(super) weight: f64,
}

/// Different items with this scorer's statistics; an item without a cluster is its own. Sufficient
/// statistics are sums, so the mean over an item's repetitions keeps its weight at one.
pub(super) fn scored_items<'r>(
    rows: impl Iterator<Item = &'r ScoredRow>,
    scorer: Option<usize>,
) -> Vec<ScoredItem> {
    let mut by_item: BTreeMap<u32, (f64, ScoredItem)> = BTreeMap::new();
    for row in rows {
        let Some(stats) = scorer.and_then(|scorer| row.stats.get(scorer)?.as_ref()) else { continue };
        let blank = || {
            let stats = Stats(vec![0.0; stats.0.len()]);
            (0.0, ScoredItem { cluster: Rc::clone(&row.cluster), stats, weight: 1.0 })
        };
        let (count, sum) = by_item.entry(row.item).or_insert_with(blank);
        if stats.0.len() != sum.stats.0.len() {
            continue;
        }
        *count += 1.0;
        sum.stats.0.iter_mut().zip(&stats.0).for_each(|(sum, value)| *sum += value);
    }
    let mean = |(count, mut item): (f64, ScoredItem)| {
        item.stats.0.iter_mut().for_each(|value| *value /= count);
        item
    };
    by_item.into_values().map(mean).collect()
}

/// The score of items that were drawn so many times; None without items.
pub(super) fn aggregate<'s>(
    scorer: &dyn Scorer,
    items: impl Iterator<Item = (&'s ScoredItem, f64)>,
) -> Option<f64> {
    let drawn: Vec<Drawn<'_>> =
        items.map(|(item, times)| Drawn { stats: &item.stats, times: times * item.weight }).collect();
    scorer.aggregate(&drawn)
}

/// The score of all items together; None without items.
pub(super) fn aggregate_all(scorer: &dyn Scorer, items: &[ScoredItem]) -> Option<f64> {
    aggregate(scorer, items.iter().map(|item| (item, 1.0)))
}

/// Items that are always drawn together, as one where the scorer allows it: a resample then visits clusters, not items.
pub(super) fn joined(scorer: &dyn Scorer, items: Vec<ScoredItem>) -> Vec<ScoredItem> {
    let Some(first) = items.first().filter(|_| scorer.adds_up() && items.len() > 1) else { return items };
    let count = items.len() as f64;
    let mut stats = Stats(vec![0.0; first.stats.0.len()]);
    for item in &items {
        if item.stats.0.len() != stats.0.len() {
            return items;
        }
        stats.0.iter_mut().zip(&item.stats.0).for_each(|(sum, value)| *sum += value);
    }
    stats.0.iter_mut().for_each(|sum| *sum /= count);
    vec![ScoredItem { cluster: Rc::clone(&first.cluster), stats, weight: count }]
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
    let clusters: Vec<Vec<ScoredItem>> =
        clusters.into_iter().map(|cluster| joined(scorer, cluster.into_iter().cloned().collect())).collect();
    let resampled = (0..RESAMPLES).filter_map(|_| {
        let mut times = vec![0.0; clusters.len()];
        (0..clusters.len()).for_each(|_| times[generator.random_range(0..clusters.len())] += 1.0);
        let drawn = clusters.iter().zip(times).filter(|(_, times)| *times > 0.0);
        aggregate(scorer, drawn.flat_map(|(cluster, times)| cluster.iter().map(move |item| (item, times))))
    });
    let interval = spread(value, resampled.collect(), level)?.interval;
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
