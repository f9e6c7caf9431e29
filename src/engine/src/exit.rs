//! The board of exit policies: after which block a token leaves.

use harness_protocol::Exit;
use serde_json::{Map, Value};
use tch::Tensor;

use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::parameter;

/// Decides, block by block, whether the token being generated leaves.
pub trait ExitPolicy {
    /// Called after each block but the last; `head` computes the logits of the state reached.
    /// Some(logits): the token leaves here with them.
    fn leave(&self, blocks_run: usize, head: &dyn Fn() -> Tensor) -> Option<Tensor>;
}

type Make = fn(&Map<String, Value>, &Model) -> Result<Box<dyn ExitPolicy>>;

/// One policy: its name on harness's board and how it is made.
pub struct PolicyEntry {
    /// As in [`harness_protocol::EXITS`].
    pub name: &'static str,
    make: Make,
}

/// Every policy, in the order of [`harness_protocol::EXITS`].
pub const POLICIES: &[PolicyEntry] = &[
    PolicyEntry { name: "fixed", make: Fixed::make },
    PolicyEntry { name: "max-probability", make: MaxProbability::make },
];

/// The policy that a load request names.
pub fn policy(exit: &Exit, model: &Model) -> Result<Box<dyn ExitPolicy>> {
    let entry = POLICIES.iter().find(|entry| entry.name == exit.policy);
    let entry =
        entry.ok_or_else(|| EngineError::request(format!("exit policy `{}` is not known", exit.policy)))?;
    for (key, only) in [("cache", "propagate"), ("head", "last")] {
        let value = parameter::word(&exit.parameters, key)?.unwrap_or(only);
        if value != only {
            return Err(EngineError::unsupported(format!(
                "exit `{key} = \"{value}\"` is not known, `{only}` is"
            )));
        }
    }
    (entry.make)(&exit.parameters, model)
}

/// Every token leaves after the same block.
struct Fixed {
    layer: usize,
}

impl Fixed {
    fn make(parameters: &Map<String, Value>, model: &Model) -> Result<Box<dyn ExitPolicy>> {
        let layer = parameter::number(parameters, "layer")?;
        if layer < 1.0 || layer > model.layers() as f64 || layer.fract() != 0.0 {
            let message =
                format!("exit `layer = {layer}` is no block of a model with {} blocks", model.layers());
            return Err(EngineError::request(message));
        }
        Ok(Box::new(Self { layer: layer as usize }))
    }
}

impl ExitPolicy for Fixed {
    fn leave(&self, blocks_run: usize, head: &dyn Fn() -> Tensor) -> Option<Tensor> {
        (blocks_run == self.layer).then(head)
    }
}

/// A token leaves at the first exit whose most probable token exceeds the threshold.
///
/// LITE and CALM call this confidence; each check costs one head.
struct MaxProbability {
    threshold: f64,
    exits: Vec<usize>,
}

impl MaxProbability {
    fn make(parameters: &Map<String, Value>, model: &Model) -> Result<Box<dyn ExitPolicy>> {
        let threshold = parameter::number(parameters, "threshold")?;
        let exits = model.shape().exits.iter().map(|exit| *exit as usize).collect();
        Ok(Box::new(Self { threshold, exits }))
    }
}

impl ExitPolicy for MaxProbability {
    fn leave(&self, blocks_run: usize, head: &dyn Fn() -> Tensor) -> Option<Tensor> {
        if !self.exits.contains(&blocks_run) {
            return None;
        }
        let logits = head();
        // The largest softmax value, without writing the whole softmax: exp(max - logsumexp).
        let confidence = (logits.max() - logits.logsumexp(-1, false)).exp().double_value(&[]);
        (confidence > self.threshold).then_some(logits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = POLICIES.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::EXITS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn max_probability_asks_at_exits_only_and_never_leaves_at_threshold_one() {
        let policy = |threshold| MaxProbability { threshold, exits: vec![2, 4] };
        let sure = || Tensor::from_slice(&[100.0_f32, 0.0, 0.0]);
        let even = || Tensor::from_slice(&[0.0_f32, 0.0, 0.0, 0.0]); // each 0.25
        assert!(policy(0.9).leave(1, &|| panic!("block 1 is no exit")).is_none());
        assert!(policy(0.9).leave(2, &sure).is_some());
        assert!(policy(1.0).leave(2, &sure).is_none());
        assert!(policy(0.2).leave(4, &even).is_some());
        assert!(policy(0.3).leave(4, &even).is_none());
    }
}
