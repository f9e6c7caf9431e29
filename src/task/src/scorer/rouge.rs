//! ROUGE as the package rouge-score 0.1.2 computes it, without stemming.
//!
//! The score over items is their mean. Hugging Face's `evaluate` gives the median of bootstrap resamples of
//! that mean instead, which depends on random draws and is not reproduced.

use std::collections::HashSet;

use super::mean::mean;
use super::words::Words;
use super::{Drawn, Scorer, Stats, grams, lcs};
use crate::answer::Answer;

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rouge {
    /// Sequences of so many words.
    N(usize),
    /// The longest common subsequence of words.
    L,
    /// For each line of the reference, the union of its longest common subsequences with the other lines.
    Lsum,
}

impl Scorer for Rouge {
    fn name(&self) -> &str {
        match self {
            Self::N(1) => "rouge-1",
            Self::N(_) => "rouge-2",
            Self::L => "rouge-l",
            Self::Lsum => "rouge-lsum",
        }
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let (text, reference) = (plain(answer.text), plain(answer.reference?));
        let f1 = match self {
            Self::N(n) => of_grams(&text, &reference, *n),
            Self::L => of_subsequence(&text, &reference),
            Self::Lsum => of_lines(&text, &reference),
        };
        Some(Stats(vec![f1]))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }
}

/// The text in lower case with blanks for all but a to z, 0 to 9 and line ends.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'a'..='z' | '0'..='9' | '\n' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        // The Kelvin sign's lower case is `k`, that of the dotted capital I an `i` with a mark behind.
        '\u{212a}' => 'k',
        '\u{130}' => 'i',
        _ => ' ',
    };
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        plain.push(letter(c));
        if c == '\u{130}' {
            plain.push(' ');
        }
    }
    plain
}

fn words(plain: &str) -> impl Iterator<Item = &str> {
    plain.split([' ', '\n']).filter(|word| !word.is_empty())
}

fn f1(hits: f64, count: f64, reference_count: f64) -> f64 {
    let precision = hits / count.max(1.0);
    let recall = hits / reference_count.max(1.0);
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}

fn of_grams(text: &str, reference: &str, n: usize) -> f64 {
    let mut numbers = Words::default();
    let (text, reference) = (numbers.number(words(text)), numbers.number(words(reference)));
    let hits = grams::common(&text, &reference, n);
    f1(hits, grams::count(text.len(), n), grams::count(reference.len(), n))
}

fn of_subsequence(text: &str, reference: &str) -> f64 {
    let mut numbers = Words::default();
    let (text, reference) = (numbers.number(words(text)), numbers.number(words(reference)));
    let hits = lcs::length(&text, &reference);
    f1(hits as f64, text.len() as f64, reference.len() as f64)
}

fn of_lines(text: &str, reference: &str) -> f64 {
    let mut numbers = Words::default();
    let mut lines = |text| -> Vec<Vec<u32>> {
        str::split(text, '\n')
            .map(|line| numbers.number(words(line)))
            .filter(|line| !line.is_empty())
            .collect()
    };
    let (text, reference) = (lines(text), lines(reference));
    let vocabulary = numbers.count();
    let count = |lines: &[Vec<u32>]| lines.iter().map(Vec::len).sum::<usize>() as f64;
    // A word hits at most as often as either side has it.
    let mut left = [vec![0_u32; vocabulary], vec![0_u32; vocabulary]];
    for (left, lines) in left.iter_mut().zip([&text, &reference]) {
        lines.iter().flatten().for_each(|&word| left[word as usize] += 1);
    }
    let total = [count(&text), count(&reference)];
    // Equal lines add nothing to a union, nor do lines without a word in common.
    let different: Vec<&Vec<u32>> = text.iter().collect::<HashSet<_>>().into_iter().collect();
    let mut lines_with = vec![Vec::new(); vocabulary];
    for (number, line) in different.iter().enumerate() {
        for &word in *line {
            lines_with[word as usize].push(number);
        }
    }
    let mut compared_with = vec![usize::MAX; different.len()];
    let mut hits = 0.0;
    for (number, line) in reference.iter().enumerate() {
        let mut union = vec![false; line.len()];
        for &other in line.iter().flat_map(|&word| &lines_with[word as usize]) {
            if std::mem::replace(&mut compared_with[other], number) != number {
                lcs::places(line, different[other]).into_iter().for_each(|place| union[place] = true);
            }
        }
        for (&word, _) in line.iter().zip(union).filter(|(_, in_union)| *in_union) {
            let word = word as usize;
            if left[0][word] > 0 && left[1][word] > 0 {
                left[0][word] -= 1;
                left[1][word] -= 1;
                hits += 1.0;
            }
        }
    }
    f1(hits, total[0], total[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(rouge: Rouge, text: &str, reference: &str) -> f64 {
        rouge.stats(&Answer { text, reference: Some(reference), ..Answer::default() }).unwrap().0[0]
    }

    #[test]
    fn only_ascii_letters_and_digits_make_words() {
        assert_eq!(score(Rouge::N(1), "Été_2", "t 2"), 1.0);
        assert_eq!(score(Rouge::N(1), "\u{212a}ELVIN \u{130}a", "kelvin i a"), 1.0);
        assert_eq!(score(Rouge::N(1), "日本", "日本"), 0.0);
    }

    #[test]
    fn order_counts_for_subsequences_and_lines_for_sums() {
        let (text, reference) = ("the cat\nsat on a mat", "sat the cat\non a mat");
        assert_eq!(score(Rouge::N(1), text, reference), 1.0);
        assert_eq!(score(Rouge::N(2), text, reference), 0.6);
        assert_eq!(score(Rouge::L, text, reference), 5.0 / 6.0);
        assert_eq!(score(Rouge::Lsum, text, reference), 1.0);
    }
}
