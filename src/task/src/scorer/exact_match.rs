//! Exact match as GREEN-CODE computes it: the decoded texts are equal.

use super::mean::mean;
use super::{Drawn, Scorer, Stats};
use crate::answer::Answer;

pub(super) struct ExactMatch;

impl Scorer for ExactMatch {
    fn name(&self) -> &str {
        "exact-match"
    }

    fn is_proportion(&self) -> bool {
        true
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        Some(Stats(vec![f64::from(answer.text == answer.reference?)]))
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
    fn a_blank_makes_a_difference() {
        for (text, expected) in [(" a ;", 1.0), ("a ;", 0.0), (" a ; ", 0.0), (" A ;", 0.0)] {
            let answer = Answer { text, reference: Some(" a ;"), ..Answer::default() };
            assert_eq!(ExactMatch.stats(&answer), Some(Stats(vec![expected])), "{text:?}");
        }
    }
}
