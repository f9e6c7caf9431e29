//! Policies that compare one number of a token with a threshold at every exit.

use harness_protocol::Exit;

use super::{ExitPolicy, Seen, Target, asked_exits};
use crate::error::Result;
use crate::parameter;

/// A policy of the form: leave at the first exit where the measure exceeds the threshold.
pub struct Threshold {
    threshold: f64,
    exits: Vec<usize>,
    measure: fn(&Seen) -> f64,
}

impl Threshold {
    /// `threshold`, and `exits` where the model's own are not meant.
    pub fn boxed(exit: &Exit, target: &Target, measure: fn(&Seen) -> f64) -> Result<Box<dyn ExitPolicy>> {
        let threshold = parameter::number(&exit.parameters, "threshold")?;
        Ok(Box::new(Self { threshold, exits: asked_exits(exit, target)?, measure }))
    }

    #[cfg(test)]
    pub fn new(threshold: f64, exits: &[usize], measure: fn(&Seen) -> f64) -> Self {
        Self { threshold, exits: exits.to_vec(), measure }
    }
}

impl ExitPolicy for Threshold {
    fn leaves(&mut self, seen: &Seen) -> bool {
        self.exits.contains(&seen.blocks_run) && (self.measure)(seen) > self.threshold
    }
}
