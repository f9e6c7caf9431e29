//! The board of scorers: what a completion is worth.

mod bleu;
mod chrf;
mod classes;
mod codebleu;
mod command;
#[cfg(test)]
mod contract;

mod edit_similarity;
mod exact_match;
mod grams;
mod lcs;
mod levenshtein;
mod line_exact_match;
mod mean;
mod named_class;
mod pass_at_k;
mod perplexity;
mod python;
mod robust;
mod rouge;
mod spec;
mod summary_bleu;
mod sums;
mod token_accuracy;
mod western;
mod words;

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::error::TaskError;

pub use command::CommandScorer;
pub use spec::ScorerSpec;

/// What a scorer keeps of one completion: its sufficient statistics, always as many numbers.
///
/// Statistics of several generations of the same item may be averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats(pub Vec<f64>);

/// One item's statistics, and how often a resample drew it (1 where nothing is resampled).
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// The item's.
    pub stats: &'a Stats,
    /// At least 0; the same for all items of one cluster, thus of one problem.
    pub times: f64,
}

/// What an answer must have for a scorer to judge it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `reference`.
    Reference,
    /// `language`.
    Language,
    /// `label` and `classes`.
    Label,
    /// `verdict`: the task runs programs.
    Verdict,
    /// `logprobs` of the reference.
    Logprobs,
    /// `version`: the task asks perturbed versions of its problems.
    Version,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "a reference",
            Self::Language => "the programming language",
            Self::Label => "the right class",
            Self::Verdict => "a verdict of running the completion",
            Self::Logprobs => "the probabilities of the reference",
            Self::Version => "versions of problems",
        })
    }
}

/// Which scores are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The higher.
    Higher,
    /// The lower.
    Lower,
}

/// Judges completions.
///
/// `stats` and `aggregate` together are the definition: corpus-level scores, pass@k and the bootstrap all
/// aggregate the same statistics again.
pub trait Scorer: Send + Sync {
    /// The name used in suites and columns.
    fn name(&self) -> &str;

    /// Scorers of one family keep the same statistics: `stats` of one serves all.
    fn family(&self) -> &str {
        self.name()
    }

    /// Lowest and highest score.
    fn range(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    /// Which scores are better.
    fn direction(&self) -> Direction {
        Direction::Higher
    }

    /// What an answer must have.
    fn needs(&self) -> &'static [Need] {
        &[Need::Reference]
    }

    /// Whether every item scores 0 or 1 and the score is their mean, so that intervals for proportions hold.
    fn is_proportion(&self) -> bool {
        false
    }

    /// Whether the score is made of sums over items, each as often as it was drawn, and of their number: then items
    /// that are always drawn together may be replaced by their mean, drawn as often as all of them.
    fn adds_up(&self) -> bool {
        false
    }

    /// What to keep of one completion; None where the answer lacks what is needed.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats>;

    /// The score over several items; None for none, and for statistics that are not this scorer's.
    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64>;

    /// Why statistics that are all there may give no score; goes on after the scorer's name.
    fn no_value(&self) -> String {
        "is not defined for these completions".to_owned()
    }

    /// The score of one completion by itself.
    fn value(&self, stats: &Stats) -> Option<f64> {
        self.aggregate(&[Drawn { stats, times: 1.0 }])
    }

    /// What to keep of many completions, in their order.
    fn stats_of_all(&self, answers: &[Answer<'_>]) -> Result<Vec<Option<Stats>>, TaskError> {
        Ok(answers.par_iter().map(|answer| self.stats(answer)).collect())
    }
}

/// One scorer, or one with a number behind `@`, with its explanation.
pub struct ScorerEntry {
    /// The name in suites; `pass@k` stands for `pass@1`, `pass@10` and so on.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// Makes it; k is 1 for names without `@k`.
    pub make: fn(k: u32) -> Box<dyn Scorer>,
}

/// Every scorer.
pub const SCORERS: &[ScorerEntry] = &[
    ScorerEntry {
        name: "accuracy",
        summary: "share of answers whose first named class is right",
        make: |_| Box::new(classes::Accuracy),
    },
    ScorerEntry {
        name: "bleu",
        summary: "n-grams in common over the corpus, 0 to 100 (sacrebleu)",
        make: |_| Box::new(bleu::Bleu::Sacre),
    },
    ScorerEntry {
        name: "bleu-codexglue",
        summary: "smoothed BLEU-4 of code summaries, mean over items, 0 to 100 (CodeXGLUE)",
        make: |_| Box::new(summary_bleu::SummaryBleu),
    },
    ScorerEntry {
        name: "bleu-hf",
        summary: "n-grams in common over the corpus without smoothing, 0 to 1 (Hugging Face evaluate)",
        make: |_| Box::new(bleu::Bleu::HuggingFace),
    },
    ScorerEntry {
        name: "chrf",
        summary: "character n-grams in common over the corpus, 0 to 100 (sacrebleu)",
        make: |_| Box::new(chrf::Chrf::Plain),
    },
    ScorerEntry {
        name: "chrf++",
        summary: "character and word n-grams in common over the corpus, 0 to 100 (sacrebleu)",
        make: |_| Box::new(chrf::Chrf::Plus),
    },
    ScorerEntry {
        name: "codebleu",
        summary: "mean of its four parts; without any dataflow match that part counts 1 (codebleu 0.7.0)",
        make: |_| Box::new(codebleu::CodeBleu::Package),
    },
    ScorerEntry {
        name: "codebleu-dataflow",
        summary: "share of the reference's edges between variables that the completion has (part of CodeBLEU)",
        make: |_| Box::new(codebleu::CodeBleu::Dataflow),
    },
    ScorerEntry {
        name: "codebleu-ngram",
        summary: "BLEU over tokens between blanks, smoothed (part of CodeBLEU)",
        make: |_| Box::new(codebleu::CodeBleu::NGram),
    },
    ScorerEntry {
        name: "codebleu-syntax",
        summary: "share of the reference's subtrees that the completion has (part of CodeBLEU)",
        make: |_| Box::new(codebleu::CodeBleu::Syntax),
    },
    ScorerEntry {
        name: "codebleu-weighted-ngram",
        summary: "BLEU's recall with keywords five times as heavy (part of CodeBLEU)",
        make: |_| Box::new(codebleu::CodeBleu::WeightedNGram),
    },
    ScorerEntry {
        name: "codebleu-zero-dataflow",
        summary: "mean of CodeBLEU's four parts; without any dataflow match that part counts 0",
        make: |_| Box::new(codebleu::CodeBleu::ZeroDataflow),
    },
    ScorerEntry {
        name: "edit-similarity",
        summary: "share of characters that completion and reference have in common, in order (CodeXGLUE)",
        make: |_| Box::new(edit_similarity::EditSimilarity),
    },
    ScorerEntry {
        name: "exact-match",
        summary: "whether completion and reference are the same text (GREEN-CODE)",
        make: |_| Box::new(exact_match::ExactMatch),
    },
    ScorerEntry {
        name: "levenshtein",
        summary: "characters to insert, delete or replace until completion and reference are the same (GREEN-CODE)",
        make: |_| Box::new(levenshtein::Levenshtein),
    },
    ScorerEntry {
        name: "line-exact-match",
        summary: "whether completion and reference are the same words (CodeXGLUE)",
        make: |_| Box::new(line_exact_match::LineExactMatch),
    },
    ScorerEntry {
        name: "macro-f1",
        summary: "mean F1 of the classes, by the class that an answer names first (scikit-learn)",
        make: |_| Box::new(classes::MacroF1),
    },
    ScorerEntry {
        name: "pass@k",
        summary: "chance that one of k completions passes its tests (human-eval)",
        make: |k| Box::new(pass_at_k::PassAtK::new(k)),
    },
    ScorerEntry {
        name: "perplexity",
        summary: "how many tokens the model chooses among, on average, where the reference stands",
        make: |_| Box::new(perplexity::Perplexity),
    },
    ScorerEntry {
        name: "robust-drop@k",
        summary: "share of the nominal pass@k that is lost in the worst perturbed version (ReCode)",
        make: |k| Box::new(robust::Robust::new(robust::Measure::Drop, k)),
    },
    ScorerEntry {
        name: "robust-pass@k",
        summary: "pass@k in the worst perturbed version (ReCode)",
        make: |k| Box::new(robust::Robust::new(robust::Measure::Pass, k)),
    },
    ScorerEntry {
        name: "robust-relative@k",
        summary: "share of completions that any perturbation turns from pass to fail or back (ReCode)",
        make: |k| Box::new(robust::Robust::new(robust::Measure::Relative, k)),
    },
    ScorerEntry {
        name: "rouge-1",
        summary: "F1 of words in common (rouge-score)",
        make: |_| Box::new(rouge::Rouge::N(1)),
    },
    ScorerEntry {
        name: "rouge-2",
        summary: "F1 of word pairs in common (rouge-score)",
        make: |_| Box::new(rouge::Rouge::N(2)),
    },
    ScorerEntry {
        name: "rouge-l",
        summary: "F1 of the longest common subsequence of words (rouge-score)",
        make: |_| Box::new(rouge::Rouge::L),
    },
    ScorerEntry {
        name: "rouge-lsum",
        summary: "F1 of longest common subsequences line by line (rouge-score)",
        make: |_| Box::new(rouge::Rouge::Lsum),
    },
    ScorerEntry {
        name: "token-accuracy",
        summary: "share of the reference's tokens that the completion has at the same place (CodeXGLUE)",
        make: |_| Box::new(token_accuracy::TokenAccuracy),
    },
];

/// The scorer of that name.
pub fn find_scorer(name: &str) -> Option<Box<dyn Scorer>> {
    let (family, k) = match name.split_once('@') {
        Some((family, k)) => (format!("{family}@k"), k.parse().ok().filter(|k| *k > 0)?),
        None => (name.to_owned(), 1),
    };
    let entry = SCORERS.iter().find(|entry| entry.name == family)?;
    Some((entry.make)(k)).filter(|scorer| scorer.name() == name)
}
