//! What CodeBLEU keeps of one pair of texts, and the scores from sums of it.

use super::blank::is_blank;
use super::comments;
use super::dataflow::dataflow_match;
use super::ngrams::{self, LONGEST};
use super::syntax::syntax_match;
use super::tree::Tree;
use crate::language::Language;
use crate::scorer::{Drawn, Stats};

/// Numbers kept of a pair: four lists of n-gram counts, three lengths, two shares.
const SIZE: usize = 4 * LONGEST + 7;

/// Bytes of a text without comments that are parsed; the n-grams are those of the whole text. Recovering from errors
/// takes tree-sitter time that grows with the square of the length: seconds here, hours for 10 MB.
const MOST_PARSED: usize = 1 << 16;

/// The four scores that CodeBLEU is the mean of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parts {
    pub ngram: f64,
    pub weighted_ngram: f64,
    pub syntax: f64,
    /// 0 where no reference has an edge.
    pub dataflow: f64,
}

/// The counts of one pair; None where the parser cannot be made.
pub(super) fn of_pair(candidate: &str, reference: &str, language: Language) -> Option<Stats> {
    let (candidate, reference) = (candidate.trim_matches(is_blank), reference.trim_matches(is_blank));
    let counts = ngrams::count(candidate, reference, language);
    let code = |text| {
        let mut code = comments::remove(text, language);
        code.truncate(code.floor_char_boundary(MOST_PARSED));
        code
    };
    let (candidate, reference) = (code(candidate), code(reference));
    let theirs = Tree::parse(&reference, language)?;
    // Parsing is most of the work, and right answers are common.
    let other = if candidate == reference { None } else { Some(Tree::parse(&candidate, language)?) };
    let ours = other.as_ref().unwrap_or(&theirs);
    let syntax = syntax_match(ours, &theirs);
    let dataflow = dataflow_match((ours, &candidate), (&theirs, &reference));
    let mut numbers = Vec::with_capacity(SIZE);
    for list in [counts.matches, counts.candidate, counts.weighted_matches, counts.reference] {
        numbers.extend(list);
    }
    numbers.extend(counts.lengths);
    numbers.push(counts.weighted_length);
    for (matches, total) in [syntax, dataflow] {
        numbers.extend([matches as f64, total as f64]);
    }
    Some(Stats(numbers))
}

/// The scores of all items together; None for none, and for statistics of another size.
pub(super) fn aggregate(items: &[Drawn<'_>]) -> Option<Parts> {
    let mut sums = [0.0; SIZE];
    let mut count = 0.0;
    for item in items {
        if item.stats.0.len() != SIZE {
            return None;
        }
        for (sum, number) in sums.iter_mut().zip(&item.stats.0) {
            *sum += item.times * number;
        }
        count += item.times;
    }
    if count <= 0.0 {
        return None;
    }
    let list = |place: usize| &sums[place * LONGEST..(place + 1) * LONGEST];
    let [candidate, reference, weighted_reference, syntax, subtrees, dataflow, edges] = sums[4 * LONGEST..]
    else {
        return None;
    };
    Some(Parts {
        ngram: ngrams::score(list(0), list(1), [candidate, reference]),
        weighted_ngram: ngrams::score(list(2), list(3), [candidate, weighted_reference]),
        syntax: syntax / subtrees,
        dataflow: if edges > 0.0 { dataflow / edges } else { 0.0 },
    })
}
