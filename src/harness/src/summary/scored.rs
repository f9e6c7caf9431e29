//! Different items as a scorer sees them.

use std::sync::Arc;

use harness_task::Stats;

use super::gather::ScoredRow;

/// One item as one scorer sees it, mean over the cells that generated it.
#[derive(Debug, Clone)]
pub(super) struct ScoredItem {
    pub(super) item: u32,
    pub(super) cluster: Arc<str>,
    pub(super) stats: Stats,
}

/// Different items with this scorer's statistics, in the order of their numbers; an item without a cluster is its own.
/// Sufficient statistics are sums, so the mean over an item's repetitions keeps its weight at one.
pub(super) fn scored_items<'r>(
    rows: impl Iterator<Item = &'r ScoredRow>,
    scorer: Option<usize>,
) -> Vec<ScoredItem> {
    let of = |row: &'r ScoredRow| Some((row, scorer.and_then(|scorer| row.stats.get(scorer)?.as_ref())?));
    let mut rows: Vec<(&ScoredRow, &Stats)> = rows.filter_map(of).collect();
    // Stable: repetitions stay in their order.
    rows.sort_by_key(|(row, _)| row.item);
    let mean = |rows: &[(&ScoredRow, &Stats)]| {
        let (row, first) = rows.first()?;
        let mut stats = Stats(vec![0.0; first.0.len()]);
        let mut count = 0.0;
        for (_, own) in rows.iter().filter(|(_, own)| own.0.len() == first.0.len()) {
            count += 1.0;
            stats.0.iter_mut().zip(&own.0).for_each(|(sum, value)| *sum += value);
        }
        stats.0.iter_mut().for_each(|value| *value /= count);
        Some(ScoredItem { item: row.item, cluster: Arc::clone(&row.cluster), stats })
    };
    rows.chunk_by(|(a, _), (b, _)| a.item == b.item).filter_map(mean).collect()
}

/// Different items that are found by their numbers.
pub(super) struct Items(Vec<ScoredItem>);

impl Items {
    /// Those that a scorer has statistics of.
    pub(super) fn of<'r>(rows: impl Iterator<Item = &'r ScoredRow>, scorer: Option<usize>) -> Self {
        Self(scored_items(rows, scorer))
    }

    /// The item of this number.
    pub(super) fn get(&self, number: u32) -> Option<&ScoredItem> {
        // Where all items are there, a number is a place.
        let guess = self.0.get(number as usize).filter(|item| item.item == number);
        guess.or_else(|| self.0.get(self.0.binary_search_by_key(&number, |item| item.item).ok()?))
    }

    /// All numbers, rising.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|item| item.item)
    }

    #[cfg(test)]
    pub(super) fn all(items: Vec<ScoredItem>) -> Self {
        Self(items)
    }
}
