//! A token leaves where its state hardly changes from one block to the next: CALM's hidden-state saturation.
//!
//! The check needs no head.

use harness_protocol::Exit;
use tch::{Kind, Tensor};

use super::{ExitPolicy, Item, Seen, Target, asked_exits};
use crate::error::Result;
use crate::parameter;

struct Saturation {
    threshold: f64,
    exits: Vec<usize>,
    before: Option<(usize, Tensor)>, // the block that ran last and the state after it
}

/// `threshold`: the cosine that must be exceeded.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    let threshold = parameter::number(&exit.parameters, "threshold")?;
    Ok(Box::new(Saturation { threshold, exits: asked_exits(exit, target)?, before: None }))
}

/// The cosine of the angle between two states.
fn cosine(one: &Tensor, other: &Tensor) -> f64 {
    let (one, other) = (one.to_kind(Kind::Float).flatten(0, -1), other.to_kind(Kind::Float).flatten(0, -1));
    Tensor::cosine_similarity(&one, &other, 0, 1e-8).double_value(&[])
}

impl ExitPolicy for Saturation {
    fn begin(&mut self, _item: &Item) {
        self.before = None;
    }

    fn leaves(&mut self, seen: &Seen) -> bool {
        let before = self.before.replace((seen.blocks_run, seen.hidden.shallow_clone()));
        let before = before.filter(|(block, _)| block + 1 == seen.blocks_run);
        self.exits.contains(&seen.blocks_run)
            && before.is_some_and(|(_, state)| cosine(&state, seen.hidden) > self.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_turns_stays_and_one_that_only_grows_leaves() {
        let head = || -> Tensor { panic!("saturation needs no head") };
        let mut policy = Saturation { threshold: 0.9, exits: vec![2, 3], before: None };
        let mut ask =
            |block, state: [f32; 2]| policy.leaves(&Seen::new(block, 0, &Tensor::from_slice(&state), &head));
        assert!(!ask(1, [1.0, 0.0]));
        assert!(!ask(2, [1.0, 1.0])); // 45 degrees
        assert!(ask(3, [5.0, 5.0]));
        assert!(!ask(2, [5.0, 5.0]), "the block before it was another token's");
    }
}
