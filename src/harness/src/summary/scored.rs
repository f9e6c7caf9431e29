//! Different items as a scorer sees them.

use std::collections::BTreeMap;
use std::rc::Rc;

use harness_task::Stats;

use super::gather::ScoredRow;

/// One item as one scorer sees it, mean over the cells that generated it.
#[derive(Debug, Clone)]
pub(super) struct ScoredItem {
    pub(super) item: u32,
    pub(super) cluster: Rc<str>,
    pub(super) stats: Stats,
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
            (0.0, ScoredItem { item: row.item, cluster: Rc::clone(&row.cluster), stats })
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
