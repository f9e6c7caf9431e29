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

/// The way that a load request names; None: every token runs every block.
///
/// # Errors
/// The policy is not known, or a parameter does not fit the model.
pub fn way(exit: Option<&Exit>, model: &Model) -> Result<Way> {
    let Some(exit) = exit else { return Ok(Way::full()) };
    let entry = entry(exit)?;
    if let Some(message) = misfit(exit, model.layers() as i64, &model.shape().exits) {
        return Err(EngineError::request(message));
    }
    match entry.make {
        Make::Policy(make) => {
            Ok(Way { policy: Some(make(exit, model)?), forward: forward::of_cache(&exit.parameters)? })
        }
        Make::Forward(make) => Ok(Way { policy: None, forward: make(exit, model)? }),
    }
}
