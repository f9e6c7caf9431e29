//! Scores of classification: accuracy and macro-averaged F1, as scikit-learn defines them.
//!
//! The class predicted is the one that the raw answer names first. An answer that names none is wrong; it is no
//! class of its own.

use super::mean::mean;
use super::named_class::named_class;
use super::{Drawn, Need, Scorer, Stats};
use crate::answer::Answer;

pub(super) struct Accuracy;

impl Scorer for Accuracy {
    fn name(&self) -> &str {
        "accuracy"
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Label]
    }

    fn is_proportion(&self) -> bool {
        true
    }

    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let gold = gold(answer)?;
        Some(Stats(vec![f64::from(named_class(answer.raw, answer.classes) == Some(gold))]))
    }

    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        mean(items)
    }
}

pub(super) struct MacroF1;

impl Scorer for MacroF1 {
    fn name(&self) -> &str {
        "macro-f1"
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Label]
    }

    /// For each class: hits, predictions, golds. Unlike numbers of classes these may be averaged.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let gold = gold(answer)?;
        let predicted = named_class(answer.raw, answer.classes);
        let of_class = |class| {
            let (predicted, gold) = (predicted == Some(class), class == gold);
            [predicted && gold, predicted, gold].map(f64::from)
        };
        Some(Stats((0..answer.classes.len()).flat_map(of_class).collect()))
    }

    /// The mean over the classes that are gold or predicted anywhere.
    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let mut sums = vec![0.0; items.first()?.stats.0.len()];
        for item in items {
            if item.stats.0.len() != sums.len() {
                return None;
            }
            sums.iter_mut().zip(&item.stats.0).for_each(|(sum, stat)| *sum += item.times * stat);
        }
        let occurring = sums.chunks_exact(3).filter(|class| class[1] + class[2] > 0.0);
        let (sum, count) = occurring.fold((0.0, 0.0), |(sum, count), class| {
            (sum + 2.0 * class[0] / (class[1] + class[2]), count + 1.0)
        });
        (count > 0.0).then(|| sum / count)
    }
}

/// The number of the right class.
fn gold(answer: &Answer<'_>) -> Option<usize> {
    let label = answer.label?;
    answer.classes.iter().position(|class| class == label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aggregate(scorer: &dyn Scorer, answers: &[(&str, &str)]) -> Option<f64> {
        let classes = ["cat", "dog", "cow"].map(str::to_owned);
        let stats: Option<Vec<Stats>> = answers
            .iter()
            .map(|&(raw, label)| {
                scorer.stats(&Answer { raw, label: Some(label), classes: &classes, ..Answer::default() })
            })
            .collect();
        let stats = stats?;
        let drawn: Vec<_> = stats.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
        scorer.aggregate(&drawn)
    }

    #[test]
    fn an_answer_without_a_class_is_a_miss() {
        let answers = [("a dog", "dog"), ("Cat!", "cat"), ("hm", "cat"), ("dog", "cat")];
        assert_eq!(aggregate(&Accuracy, &answers), Some(0.5));
        // Cat: one of one predicted, one of three golds; dog: one of two predicted, one of one gold.
        let expected = (2.0 / 4.0 + 2.0 / 3.0) / 2.0;
        assert!((aggregate(&MacroF1, &answers).unwrap() - expected).abs() < 1e-15);
    }

    #[test]
    fn classes_that_do_not_occur_do_not_count() {
        assert_eq!(aggregate(&MacroF1, &[("dog", "dog")]), Some(1.0));
        assert_eq!(aggregate(&MacroF1, &[("cow", "dog")]), Some(0.0));
        assert_eq!(aggregate(&Accuracy, &[("horse", "horse")]), None);
    }
}
