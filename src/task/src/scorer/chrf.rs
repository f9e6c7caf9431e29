//! chrF and chrF++ as sacrebleu 2.6.0 computes them: characters up to six, words up to two, recall counts
//! twice, in sums over all items.

use super::sums::sums;
use super::words::Words;
use super::{Drawn, Scorer, Stats, grams, python};
use crate::answer::Answer;

const CHARS: usize = 6;
const WORDS: usize = 2;

/// With or without words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chrf {
    /// Characters only.
    Plain,
    /// Characters and words.
    Plus,
}

impl Scorer for Chrf {
    fn name(&self) -> &str {
        match self {
            Self::Plain => "chrf",
            Self::Plus => "chrf++",
        }
    }

    fn range(&self) -> (f64, f64) {
        (0.0, 100.0)
    }

    /// For each order: n-grams of the completion, of the reference, and matches.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let (text, reference) = (answer.text, answer.reference?);
        let mut stats = Vec::new();
        orders(&mut stats, &characters(text), &characters(reference), CHARS);
        if let Self::Plus = self {
            let mut numbers = Words::default();
            let text = numbers.number(words(text));
            orders(&mut stats, &text, &numbers.number(words(reference)), WORDS);
        }
        Some(Stats(stats))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        match self {
            Self::Plain => sums::<{ 3 * CHARS }>(items).map(|sums| score(&sums)),
            Self::Plus => sums::<{ 3 * (CHARS + WORDS) }>(items).map(|sums| score(&sums)),
        }
    }
}

fn characters(text: &str) -> Vec<u32> {
    text.chars().filter(|&c| !python::is_space(c)).map(u32::from).collect()
}

/// Words, and apart from them one ASCII punctuation mark at the end or else at the start.
fn words(text: &str) -> impl Iterator<Item = &str> {
    python::split(text).flat_map(|word| {
        let mark = |c: char| c.is_ascii_punctuation();
        let (head, tail) = if word.chars().nth(1).is_none() {
            (word, "")
        } else if word.ends_with(mark) {
            word.split_at(word.len() - 1)
        } else if word.starts_with(mark) {
            word.split_at(1)
        } else {
            (word, "")
        };
        [head, tail].into_iter().filter(|part| !part.is_empty())
    })
}

fn orders(stats: &mut Vec<f64>, text: &[u32], reference: &[u32], orders: usize) {
    for n in 1..=orders {
        let wanted = grams::count(reference.len(), n);
        // Orders that the reference lacks are not held against the completion.
        let given = if wanted > 0.0 { grams::count(text.len(), n) } else { 0.0 };
        stats.extend([given, wanted, grams::common(text, reference, n)]);
    }
}

/// Precision and recall are averaged over the orders that both sides have.
fn score(sums: &[f64]) -> f64 {
    let (mut precision, mut recall) = (0.0, 0.0);
    for order in sums.chunks_exact(3).filter(|order| order[0] > 0.0 && order[1] > 0.0) {
        precision += order[2] / order[0];
        recall += order[2] / order[1];
    }
    let orders = sums.chunks_exact(3).filter(|order| order[0] > 0.0 && order[1] > 0.0).count() as f64;
    if precision + recall == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (precision / orders, recall / orders);
    (100.0 * (5.0 * precision * recall / (4.0 * precision + recall))).min(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_is_separated_from_a_word() {
        let split = |text| words(text).collect::<Vec<_>>();
        assert_eq!(
            split("(hi) f(x); - ,a é! 。a"),
            ["(hi", ")", "f(x)", ";", "-", ",", "a", "é", "!", "。a"]
        );
    }

    #[test]
    fn short_texts_are_judged_by_the_orders_they_have() {
        let score = |chrf: Chrf, text, reference| {
            let stats = chrf.stats(&Answer { text, reference: Some(reference), ..Answer::default() });
            chrf.value(&stats.unwrap()).unwrap()
        };
        assert_eq!(score(Chrf::Plain, "a b", "ab"), 100.0);
        // Two orders of characters match fully, one of words not.
        assert!((score(Chrf::Plus, "a b", "ab") - 200.0 / 3.0).abs() < 1e-12);
        assert_eq!((score(Chrf::Plain, "", ""), score(Chrf::Plus, "a", "")), (0.0, 0.0));
    }
}
