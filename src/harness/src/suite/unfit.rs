//! Whether what a variant asks for fits its model, told by config, list of tensors and manifests: `harness-engine` asks
//! the same functions.

use std::path::Path;

use harness_checkpoint::{Blueprint, Checkpoint, agent_weights};
use harness_protocol::{AgentManifest, Exit, Misfit, exit_misfit, neurons_misfit};

use super::checked::{Suite, Variant};
use super::error::SuiteError;
use super::place::{Key, Step};

/// Looks at a variant whose model is there; other engines know themselves what they run.
///
/// # Errors
/// The first key that does not fit, with its place.
pub(super) fn fits(suite: &Suite, variant: &Variant) -> Result<(), SuiteError> {
    let asks = variant.exit.is_some() || !variant.compress.is_empty();
    if !asks || !variant.engine.is_own() {
        return Ok(());
    }
    // What is wrong with the model itself was told before.
    let Ok(checkpoint) = Checkpoint::open(&variant.model) else { return Ok(()) };
    let Ok(blueprint) = checkpoint.blueprint() else { return Ok(()) };
    let neurons: Vec<i64> = blueprint.blocks.iter().map(|block| block.mlp.linears().1.inputs).collect();
    if let Some(found) = neurons_misfit(&variant.compress, &neurons) {
        let way = [Step::Key("compress"), Step::Element(found.step), Step::Key(found.misfit.key)];
        return Err(suite.wrong(&key(variant, &way), found.misfit.message, found.misfit.help));
    }
    let Some(exit) = &variant.exit else { return Ok(()) };
    if let Some(misfit) = exit_misfit(exit, blueprint.blocks.len() as i64, &blueprint.shape.exits) {
        let way = [Step::Key("exit"), Step::Key(misfit.key)];
        return Err(suite.wrong(&key(variant, &way), misfit.message, misfit.help));
    }
    agent(exit, &checkpoint, &blueprint).map_err(|misfit| {
        let way = [Step::Key("exit"), Step::Key(misfit.key)];
        suite.unfit(&key(variant, &way), misfit.message, misfit.help)
    })
}

/// A key of a variant.
fn key<'k>(variant: &'k Variant, way: &'k [Step<'k>]) -> Key<'k> {
    Key { table: "variant", name: &variant.name, way }
}

/// Whether the agent that a policy names can serve the model.
fn agent(exit: &Exit, checkpoint: &Checkpoint, blueprint: &Blueprint) -> Result<(), Misfit> {
    let Some(path) = exit.parameters.get("agent").and_then(|path| path.as_str()).map(Path::new) else {
        return Ok(());
    };
    let agent = AgentManifest::read(path)?;
    agent.serves(&exit.policy)?;
    agent_weights(&agent, path)?;
    // A model that is made in memory has no hash before it runs: the engine judges it.
    let sha256 = match checkpoint.weight_files() {
        Ok(files) if !files.is_empty() => checkpoint.weights_sha256().ok(),
        _ => None,
    };
    let sha256 = sha256.unwrap_or_else(|| agent.model_sha256.clone());
    agent.fits(&sha256, blueprint.shape.width as u32, blueprint.blocks.len() as u32)
}
