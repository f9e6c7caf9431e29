//! Levenshtein distance as GREEN-CODE reports it: `distance` of python-Levenshtein, over characters.

use rapidfuzz::distance::levenshtein;

use super::mean::mean;
use super::{Direction, Drawn, Scorer, Stats};
use crate::answer::Answer;

pub(super) struct Levenshtein;

impl Scorer for Levenshtein {
    fn name(&self) -> &str {
        "levenshtein"
    }

    fn range(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    fn direction(&self) -> Direction {
        Direction::Lower
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let reference = answer.reference?;
        Some(Stats(vec![levenshtein::distance(answer.text.chars(), reference.chars()) as f64]))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_of_any_kind_costs_one() {
        for (text, reference, expected) in [
            ("", "", 0.0),
            ("abc", "abc", 0.0),
            ("abc", "abd", 1.0),
            ("abc", "ab", 1.0),
            ("abc", "xabc", 1.0),
            // Two substitutions, and no swap.
            ("ab", "ba", 2.0),
            ("kitten", "sitting", 3.0),
            // Characters, not bytes.
            ("日本", "日x", 1.0),
            ("", "e\u{301}", 2.0),
        ] {
            let answer = Answer { text, reference: Some(reference), ..Answer::default() };
            assert_eq!(Levenshtein.stats(&answer), Some(Stats(vec![expected])), "{text:?} {reference:?}");
        }
    }
}
