//! How a loaded model's tokens run: the policy that lets them leave, and the forward pass that they take.

use harness_protocol::{Exit, misfit};

use super::{ExitPolicy, Make, entry};
use crate::error::{EngineError, Result};
use crate::forward::{self, Forward, Propagate};
use crate::model::Model;

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
}

/// What a way is made for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The model, compressed if it is to be.
    pub model: &'a Model,
    /// SHA-256 of the weights that it was made from.
    pub weights_sha256: &'a str,
}

/// The way that a load request names; None: every token runs every block.
///
/// # Errors
/// The policy is not known, or a parameter does not fit the model.
pub fn way(exit: Option<&Exit>, target: &Target) -> Result<Way> {
    let Some(exit) = exit else { return Ok(Way::full()) };
    let entry = entry(exit)?;
    if let Some(message) = misfit(exit, target.model.layers() as i64, &target.model.shape().exits) {
        return Err(EngineError::request(message));
    }
    match entry.make {
        Make::Policy(make) => {
            Ok(Way { policy: Some(make(exit, target)?), forward: forward::of_cache(&exit.parameters)? })
        }
        Make::Forward(make) => Ok(Way { policy: None, forward: make(exit, target)? }),
    }
}
