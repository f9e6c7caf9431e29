//! CodeBLEU (Ren et al. 2020, arXiv 2009.10297) as the package `codebleu` 0.7.0 computes it, and its four parts.

mod blank;
mod comments;
mod dataflow;
mod docstrings;
mod edge;
mod flow;
mod grammar;
mod keywords;
mod ngrams;
mod python_set;
mod python_tokens;
mod rules;
mod statistics;
mod syntax;
mod tokens;
mod tree;

use self::statistics::Parts;
use super::{Drawn, Need, Scorer, Stats};
use crate::answer::Answer;

/// What is reported; all come from the same statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeBleu {
    /// The mean of the four parts, where a dataflow match of 0 counts as 1.
    Package,
    /// The mean of the four parts.
    ZeroDataflow,
    /// BLEU with four n-grams.
    NGram,
    /// BLEU of the reference's n-grams, with keywords five times as heavy as other tokens.
    WeightedNGram,
    /// The reference's subtrees found.
    Syntax,
    /// The reference's dataflow edges found.
    Dataflow,
}

impl Scorer for CodeBleu {
    fn name(&self) -> &str {
        match self {
            Self::Package => "codebleu",
            Self::ZeroDataflow => "codebleu-zero-dataflow",
            Self::NGram => "codebleu-ngram",
            Self::WeightedNGram => "codebleu-weighted-ngram",
            Self::Syntax => "codebleu-syntax",
            Self::Dataflow => "codebleu-dataflow",
        }
    }

    fn family(&self) -> &str {
        "codebleu"
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Reference, Need::Language]
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        statistics::of_pair(answer.text, answer.reference?, answer.language?)
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let Parts { ngram, weighted_ngram, syntax, dataflow } = statistics::aggregate(items)?;
        let mean = |dataflow: f64| 0.25 * ngram + 0.25 * weighted_ngram + 0.25 * syntax + 0.25 * dataflow;
        Some(match self {
            Self::Package => mean(if dataflow == 0.0 { 1.0 } else { dataflow }),
            Self::ZeroDataflow => mean(dataflow),
            Self::NGram => ngram,
            Self::WeightedNGram => weighted_ngram,
            Self::Syntax => syntax,
            Self::Dataflow => dataflow,
        })
    }
}
