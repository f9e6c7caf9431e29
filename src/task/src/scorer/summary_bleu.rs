//! Smoothed BLEU-4 of CodeXGLUE's code summarisation: mean over sentences, times 100.

use std::sync::LazyLock;

use regex::Regex;

use super::mean::mean;
use super::{Drawn, Scorer, Stats, bleu, python, western};
use crate::answer::Answer;

pub(super) struct SummaryBleu;

impl Scorer for SummaryBleu {
    fn name(&self) -> &str {
        "bleu-codexglue"
    }

    fn range(&self) -> (f64, f64) {
        (0.0, 100.0)
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        // The pattern is fixed: it compiles always or never.
        let words = WORDS.as_ref().ok()?;
        Some(Stats(vec![score(&tokenize(answer.text, words), &tokenize(answer.reference?, words))]))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }
}

/// Python's `\w` is letters, numbers and `_`, without the marks that Rust's has.
static WORDS: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+|[^\p{L}\p{N}_]"));

/// Lower case, words and signs apart, then the NIST tokenizer, which also separates `_`.
fn tokenize(text: &str, words: &Regex) -> String {
    let lower = text.to_lowercase();
    let parts = words.find_iter(&lower).map(|part| part.as_str());
    let parts: Vec<&str> = parts.filter(|part| !part.chars().all(python::is_space)).collect();
    western::separate(&parts.join(" "))
}

/// The score of tokenized texts.
///
/// 1 is added to matches and totals of all orders but the first, and to both lengths.
/// A first order without matches counts as the smallest normal number over its total; an empty completion
/// thus scores e to the power of minus the reference's length.
fn score(text: &str, reference: &str) -> f64 {
    let counts = bleu::counts(text, reference);
    let (lengths, orders) = counts.split_at(2);
    let (matches, totals) = orders.split_at(orders.len() / 2);
    let log = |count: f64, added: f64| (count + added + f64::MIN_POSITIVE).ln();
    let added = |order: usize| if order == 0 { 0.0 } else { 1.0 };
    let logarithms: f64 = (0..matches.len())
        .map(|order| log(matches[order], added(order)) - log(totals[order], added(order)))
        .sum();
    let brevity = (1.0 - (lengths[1] + 1.0) / (lengths[0] + 1.0)).min(0.0);
    100.0 * (logarithms / matches.len() as f64 + brevity).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, reference: &str) -> f64 {
        SummaryBleu.stats(&Answer { text, reference: Some(reference), ..Answer::default() }).unwrap().0[0]
    }

    #[test]
    fn higher_orders_are_smoothed_and_short_answers_punished() {
        assert_eq!(of("Returns the sum.", "returns THE sum ."), 100.0);
        // Two of two words, two of two pairs, one of one and one of one smoothed, one word short.
        assert!((of("the sum", "the sum .") - 100.0 * (1.0 - 4.0 / 3.0_f64).exp()).abs() < 1e-12);
        assert!((of("", "a b") - 100.0 * (-2.0_f64).exp()).abs() < 1e-12);
        assert!(of("x", "y") < 1e-70);
    }

    #[test]
    fn underscores_and_marks_separate_words() {
        assert_eq!(of("get_name", "get _ name"), 100.0);
        assert_eq!(of("e\u{301}a", "e \u{301} a"), 100.0);
    }
}
