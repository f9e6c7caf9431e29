//! The board of compressions: each replaces a model's projections by smaller ones.

mod ffn_neurons;
mod int8_weight;

use harness_protocol::{ChainMisfit, Compression, chain_misfit, neurons_misfit};
use harness_text::hash;
use serde_json::{Map, Value};

use crate::error::{EngineError, Result};
use crate::model::Model;

/// One compression: its name on harness's board and how it is applied.
pub struct Compressor {
    /// As in [`harness_protocol::COMPRESSIONS`].
    pub name: &'static str,
    /// Raised when the same parameters begin to give other weights: hashes of compressed weights hold it.
    pub revision: u32,
    apply: fn(&mut Model, &Map<String, Value>) -> Result<()>,
}

/// Every compression, in the order of [`harness_protocol::COMPRESSIONS`].
pub const COMPRESSORS: &[Compressor] = &[
    Compressor { name: "int8-weight", revision: 1, apply: int8_weight::apply },
    Compressor { name: "ffn-neurons", revision: 1, apply: ffn_neurons::apply },
];

/// Refuses a chain that cannot be applied to weights in a dtype, before anything is loaded.
///
/// # Errors
/// A step is not known, or needs other weights than those before it leave.
pub fn check(dtype: &str, chain: &[Compression]) -> Result<()> {
    chain.iter().try_for_each(|step| find(step).map(drop))?;
    fits(chain_misfit(dtype, chain), EngineError::unsupported)
}

/// Applies a chain in order.
///
/// # Errors
/// As [`check`]; a parameter makes no sense, or a step would change nothing.
pub fn apply(model: &mut Model, chain: &[Compression]) -> Result<()> {
    let _guard = tch::no_grad_guard();
    let neurons: Vec<i64> = model.blueprint.blocks.iter().map(|block| block.mlp.linears().1.inputs).collect();
    fits(neurons_misfit(chain, &neurons), EngineError::request)?;
    for step in chain {
        (find(step)?.apply)(model, &step.parameters)?;
    }
    Ok(())
}

/// SHA-256 of what runs, given that of the weights before compression: the same without a chain; else of that hash and
/// of every step with its parameters and its revision.
pub fn sha256(weights_sha256: &str, chain: &[Compression]) -> String {
    if chain.is_empty() {
        return weights_sha256.to_owned();
    }
    let mut text = weights_sha256.to_owned();
    for step in chain {
        let revision = find(step).map_or(0, |entry| entry.revision);
        // In the order of their names, whatever order they were sent in.
        let mut parameters: Vec<String> =
            step.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        parameters.sort();
        text += &format!("\n{} {revision} {}", step.name, parameters.join(" "));
    }
    hash::text(&text)
}

fn find(step: &Compression) -> Result<&'static Compressor> {
    let entry = COMPRESSORS.iter().find(|entry| entry.name == step.name);
    entry.ok_or_else(|| EngineError::request(format!("compression `{}` is not known", step.name)))
}

fn fits(misfit: Option<ChainMisfit>, refuse: fn(String) -> EngineError) -> Result<()> {
    misfit.map_or(Ok(()), |found| Err(refuse(found.misfit.message)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = COMPRESSORS.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::COMPRESSIONS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_hash_of_compressed_weights_follows_the_steps_and_their_order() {
        let step = |name: &str, parameters: Value| Compression {
            name: name.to_owned(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
        };
        let int8 = |head: bool| step("int8-weight", json!({ "head": head }));
        let prune = |ratio: f64| step("ffn-neurons", json!({ "ratio": ratio, "by": "magnitude" }));
        let turned = step("ffn-neurons", json!({ "by": "magnitude", "ratio": 0.5 }));
        assert_eq!(sha256("source", &[]), "source");
        assert_eq!(sha256("source", &[prune(0.5)]), sha256("source", &[turned]));
        let all = [
            sha256("source", &[]),
            sha256("source", &[int8(false)]),
            sha256("source", &[int8(true)]),
            sha256("other", &[int8(true)]),
            sha256("source", &[prune(0.5)]),
            sha256("source", &[prune(0.25)]),
            sha256("source", &[prune(0.5), int8(true)]),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
