//! BLEU over a corpus, as sacrebleu and as Hugging Face's `evaluate` compute it: up to four words of tokenizer
//! 13a, in sums over all items.
//!
//! The score of one item is that of a corpus of this item. Without four words it is 0, unlike sacrebleu's
//! `sentence_bleu`, which then leaves out the orders that have no words.

use super::sums::sums;
use super::words::Words;
use super::{Drawn, Scorer, Stats, grams, python, western};
use crate::answer::Answer;

const ORDERS: usize = 4;

/// The two definitions.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bleu {
    /// sacrebleu 2.6.0: 0 to 100; halves the precision of each order without a match once more.
    Sacre,
    /// `evaluate` 0.4.6, which is `compute_bleu` of TensorFlow's nmt: 0 to 1; 0 if an order has no match.
    ///
    /// The original divides by zero where all completions or all references are empty: 0 here.
    HuggingFace,
}

impl Scorer for Bleu {
    fn name(&self) -> &str {
        match self {
            Self::Sacre => "bleu",
            Self::HuggingFace => "bleu-hf",
        }
    }

    fn range(&self) -> (f64, f64) {
        match self {
            Self::Sacre => (0.0, 100.0),
            Self::HuggingFace => (0.0, 1.0),
        }
    }

    /// Lengths of completion and reference, matches of each order, n-grams of each order.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let reference = answer.reference?;
        let tokenize = |text: &str| match self {
            Self::Sacre => western::tokenize_13a(text.trim_end_matches(python::is_space)),
            Self::HuggingFace => western::tokenize_13a(text),
        };
        Some(Stats(counts(&tokenize(answer.text), &tokenize(reference))))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let sums = sums::<{ 2 + 2 * ORDERS }>(items)?;
        let (length, reference_length) = (sums[0], sums[1]);
        let (matches, totals) = sums[2..].split_at(ORDERS);
        if matches[0] == 0.0 {
            return Some(0.0);
        }
        let brevity = if length < reference_length { (1.0 - reference_length / length).exp() } else { 1.0 };
        let mut smoothing = 1.0;
        let mut logarithms = 0.0;
        for (&matches, &total) in matches.iter().zip(totals) {
            let precision = match self {
                _ if total == 0.0 => return Some(0.0),
                Self::Sacre if matches == 0.0 => {
                    smoothing *= 2.0;
                    1.0 / (smoothing * total)
                }
                Self::HuggingFace if matches == 0.0 => return Some(0.0),
                _ => matches / total,
            };
            logarithms += precision.ln();
        }
        // Rounding must not exceed the range.
        Some((brevity * (logarithms / ORDERS as f64).exp()).min(1.0) * self.range().1)
    }
}

/// Lengths of both texts, then matches and numbers of n-grams of each order.
pub(super) fn counts(text: &str, reference: &str) -> Vec<f64> {
    let mut numbers = Words::default();
    let text = numbers.number(western::tokens(text));
    let reference = numbers.number(western::tokens(reference));
    let mut counts = vec![text.len() as f64, reference.len() as f64];
    counts.extend((1..=ORDERS).map(|n| grams::common(&text, &reference, n)));
    counts.extend((1..=ORDERS).map(|n| grams::count(text.len(), n)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(bleu: Bleu, pairs: &[(&str, &str)]) -> f64 {
        let stats: Vec<Stats> = pairs
            .iter()
            .map(|(text, reference)| {
                bleu.stats(&Answer { text, reference: Some(reference), ..Answer::default() }).unwrap()
            })
            .collect();
        let drawn: Vec<Drawn<'_>> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
        bleu.aggregate(&drawn).unwrap()
    }

    #[test]
    fn an_order_without_matches_is_smoothed_or_ends_it() {
        let pairs = [("a b c d", "a b x d")];
        // 3 of 4, 1 of 3, a half of 2, a quarter of 1.
        let expected = 100.0 * (3.0 / 4.0 * 1.0 / 3.0 * 1.0 / 4.0 * 1.0 / 4.0_f64).powf(0.25);
        assert!((score(Bleu::Sacre, &pairs) - expected).abs() < 1e-12);
        assert_eq!(score(Bleu::HuggingFace, &pairs), 0.0);
    }

    #[test]
    fn a_corpus_is_more_than_the_mean_of_its_items() {
        let pairs = [("a b c d", "a b c d"), ("x", "y")];
        assert_eq!(score(Bleu::Sacre, &pairs[..1]), 100.0);
        assert_eq!(score(Bleu::Sacre, &pairs[1..]), 0.0);
        assert!((score(Bleu::Sacre, &pairs) - 100.0 * 0.8_f64.powf(0.25)).abs() < 1e-12);
    }

    #[test]
    fn empty_texts_score_nothing() {
        for pair in [("", ""), ("a", ""), ("", "a"), ("\n", " ")] {
            assert_eq!((score(Bleu::Sacre, &[pair]), score(Bleu::HuggingFace, &[pair])), (0.0, 0.0));
        }
    }
}
