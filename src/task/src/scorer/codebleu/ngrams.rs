//! N-gram counts: what BLEU and CodeBLEU's weighted n-gram match are made of.

use std::collections::HashMap;

use super::blank::is_blank;
use super::keywords::is_keyword;
use crate::language::Language;

/// The longest n-grams that count.
pub(super) const LONGEST: usize = 4;
/// What a token counts that is no keyword, where a keyword counts 1.
const OTHER_WEIGHT: f64 = 0.2;

/// Counts of one pair of texts; lists are by length of the n-grams, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NGrams {
    /// N-grams of the candidate that the reference has too, each at most as often as there.
    pub matches: [f64; LONGEST],
    /// N-grams of the candidate, at least 1.
    pub candidate: [f64; LONGEST],
    /// As `matches`, single tokens by their weights.
    pub weighted_matches: [f64; LONGEST],
    /// N-grams of the reference, single tokens by their weights, at least 1.
    pub reference: [f64; LONGEST],
    /// Tokens of both texts.
    pub lengths: [f64; 2],
    /// What the weighted match takes for the reference's length. The package measures a list of the tokens and
    /// their weights there, thus 2 whatever the text: only candidates of one token or none are penalised.
    pub weighted_length: f64,
}

/// Counts the n-grams of tokens between blanks.
pub(super) fn count(candidate: &str, reference: &str, language: Language) -> NGrams {
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let mut weights = Vec::new();
    let mut number = |text| -> Vec<u32> {
        let tokens = str::split(text, is_blank).filter(|token| !token.is_empty());
        tokens
            .map(|token| {
                *ids.entry(token).or_insert_with(|| {
                    weights.push(if is_keyword(token, language) { 1.0 } else { OTHER_WEIGHT });
                    weights.len() as u32 - 1
                })
            })
            .collect()
    };
    let (candidate, reference) = (number(candidate), number(reference));
    let mut counts = NGrams {
        matches: [0.0; LONGEST],
        candidate: [0.0; LONGEST],
        weighted_matches: [0.0; LONGEST],
        reference: [0.0; LONGEST],
        lengths: [candidate.len() as f64, reference.len() as f64],
        weighted_length: 2.0,
    };
    for n in 1..=LONGEST {
        let (ours, theirs) = (sorted_ngrams(&candidate, n), sorted_ngrams(&reference, n));
        counts.candidate[n - 1] = ours.len().max(1) as f64;
        let common = common(&ours, &theirs);
        counts.matches[n - 1] = common.len() as f64;
        let weigh = |ngrams: &[[u32; LONGEST]]| -> f64 {
            if n > 1 {
                return ngrams.len() as f64;
            }
            let keywords = ngrams.iter().filter(|ngram| weights[ngram[0] as usize] == 1.0).count();
            keywords as f64 + OTHER_WEIGHT * (ngrams.len() - keywords) as f64
        };
        counts.weighted_matches[n - 1] = weigh(&common);
        counts.reference[n - 1] = weigh(&theirs).max(1.0);
    }
    counts
}

fn sorted_ngrams(tokens: &[u32], n: usize) -> Vec<[u32; LONGEST]> {
    let ngrams = tokens.windows(n).map(|window| {
        let mut ngram = [0; LONGEST];
        ngram[..n].copy_from_slice(window);
        ngram
    });
    let mut ngrams: Vec<_> = ngrams.collect();
    ngrams.sort_unstable();
    ngrams
}

/// What two sorted lists have in common, each as often as in the list that has it less often.
fn common(a: &[[u32; LONGEST]], b: &[[u32; LONGEST]]) -> Vec<[u32; LONGEST]> {
    let (mut at_a, mut at_b, mut common) = (0, 0, Vec::new());
    while at_a < a.len() && at_b < b.len() {
        let order = a[at_a].cmp(&b[at_b]);
        if order.is_eq() {
            common.push(a[at_a]);
        }
        at_a += usize::from(order.is_le());
        at_b += usize::from(order.is_ge());
    }
    common
}

/// The geometric mean of the shares, times the penalty for candidates shorter than the references.
///
/// 0 where not a single token matches; longer n-grams without a match count a tenth of one (`method1` of Chen and
/// Cherry 2014, `lengths` and the rest summed over the corpus).
pub(super) fn score(matches: &[f64], totals: &[f64], lengths: [f64; 2]) -> f64 {
    if matches[0] == 0.0 {
        return 0.0;
    }
    let share = |(matches, total): (&f64, &f64)| (if *matches == 0.0 { 0.1 } else { *matches } / total).ln();
    let mean = matches.iter().zip(totals).map(share).sum::<f64>() / LONGEST as f64;
    let [candidate, reference] = lengths;
    let penalty = if candidate > reference { 1.0 } else { (1.0 - reference / candidate).exp() };
    penalty * mean.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_clipped_and_keywords_weigh_more() {
        let counts = count("int a int a", "int a ; a a", Language::Java);
        assert_eq!(counts.matches, [3.0, 1.0, 0.0, 0.0]);
        assert_eq!(counts.candidate, [4.0, 3.0, 2.0, 1.0]);
        assert_eq!(counts.weighted_matches, [1.4, 1.0, 0.0, 0.0]);
        assert_eq!(counts.reference, [1.8, 4.0, 3.0, 2.0]);
        assert_eq!(counts.lengths, [4.0, 5.0]);
    }

    #[test]
    fn empty_texts_count_one_ngram_of_each_length() {
        let counts = count("", "", Language::C);
        assert_eq!((counts.candidate, counts.reference), ([1.0; 4], [1.0; 4]));
        assert_eq!(score(&counts.matches, &counts.candidate, counts.lengths), 0.0);
    }

    #[test]
    fn short_candidates_are_penalised_and_missing_ngrams_smoothed() {
        // 3/4 · 1/3 · 0.1/2 · 0.1/1, the fourth root, times exp(1 - 5/4).
        let counts = count("int a int a", "int a ; a a", Language::Java);
        let score = score(&counts.matches, &counts.candidate, counts.lengths);
        assert!((score - (0.75 / 3.0 * 0.05 * 0.1_f64).powf(0.25) * (-0.25_f64).exp()).abs() < 1e-15);
    }
}
