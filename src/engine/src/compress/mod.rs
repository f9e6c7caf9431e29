//! The board of compressions: each replaces a model's projections by smaller ones.

mod ffn_neurons;
mod int8_weight;

use harness_protocol::Compression;
use serde_json::{Map, Value};

use crate::error::{EngineError, Result};
use crate::model::Model;

/// One compression: its name on harness's board and how it is applied.
pub struct Compressor {
    /// As in [`harness_protocol::COMPRESSIONS`].
    pub name: &'static str,
    apply: fn(&mut Model, &Map<String, Value>) -> Result<()>,
}

/// Every compression, in the order of [`harness_protocol::COMPRESSIONS`].
pub const COMPRESSORS: &[Compressor] = &[
    Compressor { name: "int8-weight", apply: int8_weight::apply },
    Compressor { name: "ffn-neurons", apply: ffn_neurons::apply },
];

/// Applies a chain in order.
pub fn apply(model: &mut Model, chain: &[Compression]) -> Result<()> {
    let _guard = tch::no_grad_guard();
    for step in chain {
        let entry = COMPRESSORS.iter().find(|entry| entry.name == step.name);
        let entry =
            entry.ok_or_else(|| EngineError::request(format!("compression `{}` is not known", step.name)))?;
        (entry.apply)(model, &step.parameters)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = COMPRESSORS.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::COMPRESSIONS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
