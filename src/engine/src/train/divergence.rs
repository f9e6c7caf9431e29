//! Notices a training that diverges, before it spends hours on it.

use crate::error::{EngineError, Result};

const NEXT: &str = "lower `learning-rate`, lengthen `warm-up` or lower `clip`, then begin anew";

/// Watches the loss of every step.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// Loss of the first step, nats a token; None: no step was seen.
    pub first: Option<f64>,
    /// Loss of a model that finds all tokens equally probable, nats a token.
    blind: f64,
}

impl Watch {
    /// For a model of so many tokens; `first` as an earlier call noted it.
    pub fn new(vocabulary: i64, first: Option<f64>) -> Self {
        Self { first, blind: (vocabulary.max(2) as f64).ln() }
    }

    /// Ends the training where the loss or the gradient's norm is not finite, or where the loss exceeds that of the
    /// first step (or of knowing nothing, if that is more) by as much as knowing nothing costs.
    ///
    /// # Errors
    /// It diverges; the message names the step and what to change.
    pub fn step(&mut self, step: u64, loss: f64, norm: f64) -> Result<()> {
        let first = *self.first.get_or_insert(loss);
        if !loss.is_finite() {
            return diverged(format!("the loss is not finite at step {step}"));
        }
        if !norm.is_finite() {
            return diverged(format!("the gradient is not finite at step {step}"));
        }
        let most = first.max(self.blind) + self.blind;
        if loss > most {
            return diverged(format!(
                "the training diverges: the loss is {loss:.3} at step {step} and was {first:.3} at the first"
            ));
        }
        Ok(())
    }
}

fn diverged(what: String) -> Result<()> {
    Err(EngineError::request(format!("{what}; {NEXT}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loss_far_above_that_of_the_beginning_is_divergence() {
        let blind = 16_f64.ln();
        let mut watch = Watch::new(16, None);
        for loss in [blind, 1.9 * blind, 0.1] {
            watch.step(1, loss, 1.0).unwrap();
        }
        let told = |watch: &mut Watch, loss, norm| watch.step(7, loss, norm).unwrap_err().message;
        let message = told(&mut watch, 2.1 * blind, 1.0);
        assert!(message.contains("at step 7 and was 2.773 at the first; lower `learning-rate`"), "{message}");
        assert!(told(&mut watch, f64::NAN, 1.0).starts_with("the loss is not finite at step 7"));
        assert!(told(&mut watch, 1.0, f64::INFINITY).starts_with("the gradient is not finite at step 7"));
        // Exits that were never trained may begin worse than knowing nothing.
        Watch::new(16, Some(5.0 * blind)).step(1, 5.5 * blind, 1.0).unwrap();
    }
}
