//! Line-level exact match as CodeXGLUE's evaluator computes it: equal words, whatever the blanks between.

use super::mean::mean;
use super::{Drawn, Scorer, Stats, python};
use crate::answer::Answer;

pub(super) struct LineExactMatch;

impl Scorer for LineExactMatch {
    fn name(&self) -> &str {
        "line-exact-match"
    }

    fn is_proportion(&self) -> bool {
        true
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let equal = python::split(answer.text).eq(python::split(answer.reference?));
        Some(Stats(vec![f64::from(equal)]))
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
    fn blanks_make_no_difference_but_words_do() {
        for (text, expected) in [("a\t;\n", 1.0), (" a  ; ", 1.0), ("a;", 0.0), ("a ; b", 0.0), ("", 0.0)] {
            let answer = Answer { text, reference: Some("a ;"), ..Answer::default() };
            assert_eq!(LineExactMatch.stats(&answer), Some(Stats(vec![expected])), "{text:?}");
        }
    }
}
