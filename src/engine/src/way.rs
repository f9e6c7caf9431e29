//! How a loaded model's tokens run: the policy that lets them leave, and the forward pass that they take.

use harness_protocol::{Exit, exit_misfit};

use crate::error::{EngineError, Result};
use crate::exit::{ExitPolicy, POLICIES, Target};
use crate::forward::{self, Forward, ORDERS, Propagate};

/// A policy with its forward pass.
pub struct Way {
    /// None: every token runs every block that the forward pass gives it.
    pub policy: Option<Box<dyn ExitPolicy>>,
    /// What runs blocks and keeps keys and values.
    pub forward: Box<dyn Forward>,
}

impl Way {
    /// Every token runs every block.
    pub fn full() -> Self {
        Self { policy: None, forward: Box::new(Propagate::lazy()) }
    }

    /// The way that a load request names; None: every token runs every block.
    ///
    /// # Errors
    /// The policy is not known, or a parameter does not fit the model.
    pub fn named(exit: Option<&Exit>, target: &Target) -> Result<Self> {
        let Some(exit) = exit else { return Ok(Self::full()) };
        let fits = exit_misfit(exit, target.model.layers() as i64, &target.model.shape().exits);
        if let Some(misfit) = fits {
            return Err(EngineError::request(misfit.message));
        }
        if let Some(entry) = POLICIES.iter().find(|entry| entry.name == exit.policy) {
            let forward = forward::of_cache(&exit.parameters)?;
            return Ok(Self { policy: Some((entry.make)(exit, target)?), forward });
        }
        let entry = ORDERS.iter().find(|entry| entry.name == exit.policy);
        let entry = entry
            .ok_or_else(|| EngineError::request(format!("exit policy `{}` is not known", exit.policy)))?;
        Ok(Self { policy: None, forward: (entry.make)(exit, target)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boards_match_the_one_that_suites_are_checked_against() {
        let policies = POLICIES.iter().map(|entry| entry.name);
        let ours: Vec<&str> = policies.chain(ORDERS.iter().map(|entry| entry.name)).collect();
        let theirs: Vec<&str> = harness_protocol::EXITS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
