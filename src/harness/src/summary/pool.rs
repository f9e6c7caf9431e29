//! Clusters of items that are drawn again and again.

use std::borrow::Borrow;

use harness_task::{Drawn, Scorer, Stats};
use rayon::prelude::*;

use super::scored::ScoredItem;

/// The clusters of one scorer's items.
pub(super) struct Pool<'s> {
    scorer: &'s dyn Scorer,
    clusters: Clusters,
}

enum Clusters {
    /// Sums over each cluster's items, one cluster after the other, and how many items it has: a draw then costs as much
    /// as there are clusters.
    Sums { width: usize, sums: Vec<f64>, counts: Vec<f64> },
    /// Every item's own statistics, for scores that do not add up.
    Items(Vec<Vec<Stats>>),
}

impl<'s> Pool<'s> {
    /// Clusters in their order, some of them perhaps without items.
    pub(super) fn new<'i, I: Borrow<ScoredItem> + 'i>(
        scorer: &'s dyn Scorer,
        clusters: impl Iterator<Item = &'i [I]> + Clone,
    ) -> Self {
        let first = clusters.clone().flatten().next();
        let width = first.map_or(0, |item| item.borrow().stats.0.len());
        // A draw that leaves an infinite number out would multiply it by 0.
        let fits = |item: &I| {
            let stats = &item.borrow().stats.0;
            stats.len() == width && stats.iter().all(|value| value.is_finite())
        };
        if !scorer.adds_up() || width == 0 || !clusters.clone().flatten().all(fits) {
            let own = |items: &[I]| items.iter().map(|item| item.borrow().stats.clone()).collect();
            return Self { scorer, clusters: Clusters::Items(clusters.map(own).collect()) };
        }
        let (mut sums, mut counts) = (Vec::new(), Vec::new());
        for items in clusters {
            let start = sums.len();
            sums.resize(start + width, 0.0);
            for item in items {
                let stats = &item.borrow().stats.0;
                sums[start..].iter_mut().zip(stats).for_each(|(sum, value)| *sum += value);
            }
            counts.push(items.len() as f64);
        }
        Self { scorer, clusters: Clusters::Sums { width, sums, counts } }
    }

    /// The score where each cluster was drawn so many times; None where nothing was drawn.
    pub(super) fn score(&self, times: &[u16]) -> Option<f64> {
        match &self.clusters {
            Clusters::Sums { width, sums, counts } => {
                let mut mean = Stats(vec![0.0; *width]);
                let mut count = 0.0;
                for ((own, items), times) in sums.chunks_exact(*width).zip(counts).zip(times) {
                    let times = f64::from(*times);
                    mean.0.iter_mut().zip(own).for_each(|(mean, sum)| *mean += times * sum);
                    count += times * items;
                }
                if count == 0.0 {
                    return None;
                }
                mean.0.iter_mut().for_each(|mean| *mean /= count);
                self.scorer.aggregate(&[Drawn { stats: &mean, times: count }])
            }
            Clusters::Items(clusters) => {
                let drawn = clusters.iter().zip(times).filter(|(_, times)| **times > 0);
                let items = drawn.flat_map(|(items, times)| {
                    items.iter().map(|stats| Drawn { stats, times: f64::from(*times) })
                });
                self.scorer.aggregate(&items.collect::<Vec<_>>())
            }
        }
    }

    /// How many clusters there are.
    pub(super) fn len(&self) -> usize {
        match &self.clusters {
            Clusters::Sums { counts, .. } => counts.len(),
            Clusters::Items(clusters) => clusters.len(),
        }
    }

    /// The score of all clusters.
    pub(super) fn whole(&self) -> Option<f64> {
        self.score(&vec![1; self.len()])
    }

    /// The score without each of the clusters in turn; None where nothing is left.
    pub(super) fn without_each(&self) -> Vec<Option<f64>> {
        self.without_groups(self.len())
    }

    /// The score without each of so many groups of clusters in turn, every cluster in one of them.
    pub(super) fn without_groups(&self, groups: usize) -> Vec<Option<f64>> {
        let left_out = |group: usize| {
            let times: Vec<u16> =
                (0..self.len()).map(|cluster| u16::from(cluster % groups != group)).collect();
            self.score(&times)
        };
        (0..groups).into_par_iter().map(left_out).collect()
    }
}
