//! Exact match as GREEN-CODE computes it: the decoded texts are equal.

use super::{Scorer, Stats, mean};
use crate::item::Item;

pub(super) struct ExactMatch;

impl Scorer for ExactMatch {
    fn name(&self) -> &'static str {
        "exact-match"
    }

    fn stats(&self, item: &Item, completion: &str) -> Stats {
        Stats(vec![f64::from(completion == item.reference)])
    }

    fn aggregate(&self, stats: &[Stats]) -> Option<f64> {
        mean(stats)
    }

    fn value(&self, stats: &Stats) -> f64 {
        stats.0.first().copied().unwrap_or(f64::NAN)
    }

    fn is_proportion(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::item;
    use super::*;

    #[test]
    fn a_blank_makes_a_difference() {
        for (completion, expected) in [(" a ;", 1.0), ("a ;", 0.0), (" a ; ", 0.0), (" A ;", 0.0)] {
            assert_eq!(ExactMatch.stats(&item(" a ;"), completion), Stats(vec![expected]), "{completion:?}");
        }
    }
}
