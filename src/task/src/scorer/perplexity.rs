//! Perplexity of the references: e to the power of the mean negative logarithm of a token's probability.

use super::sums::sums;
use super::{Direction, Drawn, Need, Scorer, Stats};
use crate::answer::Answer;

/// How far rounding may lift the logarithm of a probability above 0.
const ROUNDING: f64 = 1e-3;

pub(super) struct Perplexity;

impl Scorer for Perplexity {
    fn name(&self) -> &str {
        "perplexity"
    }

    fn range(&self) -> (f64, f64) {
        (1.0, f64::INFINITY)
    }

    fn direction(&self) -> Direction {
        Direction::Lower
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Logprobs]
    }

    /// Sum of the logarithms and number of tokens; None for no token, and for what cannot be a probability.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let logprobs = answer.logprobs?;
        // Not so for NaN either.
        let possible = logprobs.iter().all(|logprob| *logprob <= ROUNDING);
        (possible && !logprobs.is_empty()).then(|| {
            Stats(vec![logprobs.iter().map(|logprob| logprob.min(0.0)).sum(), logprobs.len() as f64])
        })
    }

    /// Over the tokens of all items, so that long references weigh more; infinite where a token is impossible.
    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let [sum, tokens] = sums(items)?;
        (tokens > 0.0).then(|| (-sum / tokens).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(logprobs: &[f64]) -> Option<Stats> {
        Perplexity.stats(&Answer { logprobs: Some(logprobs), ..Answer::default() })
    }

    #[test]
    fn tokens_weigh_alike_over_the_corpus() {
        let (half, eighth) = (0.5_f64.ln(), 0.125_f64.ln());
        let (one, two) = (stats(&[half]).unwrap(), stats(&[eighth, half]).unwrap());
        let drawn = [Drawn { stats: &one, times: 1.0 }, Drawn { stats: &two, times: 1.0 }];
        // The fifth power of 2 over three tokens.
        assert!((Perplexity.aggregate(&drawn).unwrap() - 2.0_f64.powf(5.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_probability_is_not_judged() {
        assert_eq!(stats(&[]), None);
        assert_eq!(stats(&[f64::NAN]), None);
        assert_eq!(stats(&[0.7]), None);
        assert_eq!(Perplexity.value(&stats(&[1e-9]).unwrap()), Some(1.0));
        assert_eq!(Perplexity.value(&stats(&[f64::NEG_INFINITY]).unwrap()), Some(f64::INFINITY));
    }
}
