//! A token leaves where something that was trained on its states wants to: GREEN-CODE's agent, or a linear classifier.
//!
//! The check costs a small network instead of a head.

use std::path::Path;

use harness_protocol::Exit;

use super::{ExitPolicy, Seen, Target};
use crate::agent::Agent;
use crate::error::{EngineError, Result};
use crate::parameter;

struct Learned {
    agent: Agent,
    exits: Vec<usize>, // of the agent
    threshold: f64,    // that the probability must exceed
}

/// `agent`: its manifest; `threshold`: the probability of leaving that must be exceeded.
pub fn make(exit: &Exit, target: &Target) -> Result<Box<dyn ExitPolicy>> {
    let path = parameter::word(&exit.parameters, "agent")?
        .ok_or_else(|| EngineError::request(format!("policy `{}` needs `agent`", exit.policy)))?;
    let agent = Agent::load(Path::new(path), target.model.device())?;
    agent.check(target.model, target.weights_sha256)?;
    agent.manifest.serves(&exit.policy).map_err(|misfit| EngineError::request(misfit.to_string()))?;
    let exits = agent.manifest.exits.iter().map(|exit| *exit as usize).collect();
    let given = parameter::number(&exit.parameters, "threshold")?;
    // An agent leaves only where leaving is the likelier of its two actions.
    let threshold = if agent.manifest.kind == "ppo" { given.max(0.5) } else { given };
    Ok(Box::new(Learned { exits, threshold, agent }))
}

impl ExitPolicy for Learned {
    fn leaves(&mut self, seen: &Seen) -> bool {
        let exit = self.exits.iter().position(|exit| *exit == seen.blocks_run);
        exit.is_some_and(|exit| self.agent.exit_probability(seen.hidden, exit) > self.threshold)
    }
}
