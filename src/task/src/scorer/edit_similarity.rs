//! Edit similarity as CodeXGLUE computes it: `fuzz.ratio` of fuzzywuzzy with python-Levenshtein, over characters.

use rapidfuzz::distance::indel;

use super::mean::mean;
use super::{Drawn, Scorer, Stats};
use crate::answer::Answer;

pub(super) struct EditSimilarity;

impl Scorer for EditSimilarity {
    fn name(&self) -> &str {
        "edit-similarity"
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        Some(Stats(vec![ratio(answer.text, answer.reference?)]))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }
}

/// Twice the longest common subsequence over both lengths, in whole percent.
///
/// The original rounds with Python's `round`, which takes ties to the even neighbour. Whether a quotient is a
/// tie depends on how it is computed: as python-Levenshtein does from 0.13 on, 1 minus a quotient. Older ones
/// give another percent for one in some thousand lengths, all of them multiples of 80.
fn ratio(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let length = (a.chars().count() + b.chars().count()) as f64;
    let distance = indel::distance(a.chars(), b.chars()) as f64;
    (100.0 * (1.0 - distance / length)).round_ties_even() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_reference_implementation() {
        let cases = [
            ("", "", 1.0),
            ("", "a", 0.0),
            ("a", "", 0.0),
            ("abc", "abc", 1.0),
            ("abc", "xyz", 0.0),
            // A substitution costs two: 2 of 3 characters in common.
            ("abc", "abd", 0.67),
            ("this is a test", "this is a test!", 0.97),
            // Exactly 12.5 and 37.5 percent: to the even neighbour.
            ("abcdefgh", "aijklmno", 0.12),
            ("abcdefgh", "abcijklm", 0.38),
            // Characters, not bytes.
            ("日本", "日x", 0.5),
            ("( a , b ) ;", "( a ) ;", 0.78),
        ];
        for (a, b, expected) in cases {
            assert_eq!(ratio(a, b), expected, "{a:?} {b:?}");
            assert_eq!(ratio(b, a), expected, "{b:?} {a:?}");
        }
        // 2.5 percent by fractions, a little more as a difference of floating-point numbers.
        assert_eq!(ratio(&"ab".repeat(20), &("a".to_owned() + &"c".repeat(39))), 0.03);
    }
}
