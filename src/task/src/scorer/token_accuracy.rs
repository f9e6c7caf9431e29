//! Token accuracy as CodeXGLUE's evaluator of token completion computes it.

use super::sums::sums;
use super::{Drawn, Scorer, Stats, python};
use crate::answer::Answer;

/// Tokens of the reference that are not asked for.
const SKIPPED: [&str; 4] = ["<s>", "</s>", "<EOL>", "<pad>"];

pub(super) struct TokenAccuracy;

impl Scorer for TokenAccuracy {
    fn name(&self) -> &str {
        "token-accuracy"
    }

    /// Right tokens, and tokens that were asked for. The original refuses unequal lengths: here tokens that
    /// the completion lacks are wrong, and those it has too many do not count.
    fn stats(&self, answer: &Answer<'_>) -> Option<Stats> {
        let mut given = python::split(answer.text);
        let (mut right, mut asked) = (0.0, 0.0);
        for wanted in python::split(answer.reference?) {
            let given = given.next();
            if !SKIPPED.contains(&wanted) {
                asked += 1.0;
                right += f64::from(given == Some(wanted));
            }
        }
        Some(Stats(vec![right, asked]))
    }

    /// None where no token was asked for.
    fn adds_up(&self) -> bool {
        true
    }

    fn aggregate(&self, items: &[Drawn<'_>]) -> Option<f64> {
        let [right, asked] = sums(items)?;
        (asked > 0.0).then(|| right / asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_count_by_their_place() {
        let stats = |text, reference| {
            TokenAccuracy.stats(&Answer { text, reference: Some(reference), ..Answer::default() }).unwrap().0
        };
        assert_eq!(stats("<s> a x c </s>", "<s> a b c </s>"), [2.0, 3.0]);
        assert_eq!(stats("x a", "<EOL> a b"), [1.0, 2.0]);
        assert_eq!(stats("a b c", "a"), [1.0, 1.0]);
        assert_eq!(TokenAccuracy.value(&Stats(stats("a", "<pad>"))), None);
    }
}
