//! The board of scorers: what a completion is worth.

mod edit_similarity;
mod exact_match;

use crate::item::Item;

/// What a scorer keeps of one item; several items' make a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats(pub Vec<f64>);

/// Judges completions against an item's reference.
///
/// Both are compared as decoded: special tokens kept, nothing stripped or replaced.
pub trait Scorer: Sync {
    /// The name used in suites and columns.
    fn name(&self) -> &'static str;

    /// What to keep of one item's completion.
    fn stats(&self, item: &Item, completion: &str) -> Stats;

    /// The score over several items, from 0 to 1; None for no items or broken stats.
    fn aggregate(&self, stats: &[Stats]) -> Option<f64>;

    /// The score of one item, from 0 to 1; NaN for broken stats.
    fn value(&self, stats: &Stats) -> f64;

    /// Whether every item scores 0 or 1, so that intervals for proportions hold.
    fn is_proportion(&self) -> bool;
}

/// One scorer with its explanation.
pub struct ScorerEntry {
    /// The scorer.
    pub scorer: &'static dyn Scorer,
    /// What it says, in one sentence.
    pub summary: &'static str,
}

/// Every scorer.
pub const SCORERS: &[ScorerEntry] = &[
    ScorerEntry {
        scorer: &edit_similarity::EditSimilarity,
        summary: "share of characters that completion and reference have in common, in order (CodeXGLUE)",
    },
    ScorerEntry {
        scorer: &exact_match::ExactMatch,
        summary: "whether completion and reference are the same text (GREEN-CODE)",
    },
];

/// The scorer of that name.
pub fn find_scorer(name: &str) -> Option<&'static dyn Scorer> {
    SCORERS.iter().map(|entry| entry.scorer).find(|scorer| scorer.name() == name)
}

/// The mean of scores that are kept as single numbers.
fn mean(stats: &[Stats]) -> Option<f64> {
    let values: Option<Vec<f64>> = stats.iter().map(|stats| stats.0.first().copied()).collect();
    let values = values.filter(|values| !values.is_empty())?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn item(reference: &str) -> Item {
        Item {
            id: 0,
            name: "a@0.5".into(),
            cluster: "a".into(),
            prompt: String::new(),
            prompt_ids: vec![],
            reference: reference.into(),
            reference_ids: vec![],
        }
    }

    #[test]
    fn every_scorer_keeps_the_contract() {
        for ScorerEntry { scorer, summary } in SCORERS {
            assert!(!summary.is_empty());
            assert_eq!(find_scorer(scorer.name()).map(|found| found.name()), Some(scorer.name()));
            assert_eq!(scorer.aggregate(&[]), None);
            assert_eq!(scorer.aggregate(&[Stats(vec![])]), None);
            assert!(scorer.value(&Stats(vec![])).is_nan());
            let same = scorer.stats(&item("a ;"), "a ;");
            let other = scorer.stats(&item("a ;"), "x");
            assert_eq!((scorer.value(&same), scorer.value(&other)), (1.0, 0.0), "{}", scorer.name());
            assert_eq!(scorer.aggregate(&[same, other]), Some(0.5), "{}", scorer.name());
        }
        assert!(find_scorer("edit-similarty").is_none());
    }
}
