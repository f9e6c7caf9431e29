//! Llama 1 to 3.2 (Touvron et al. 2023, arXiv 2307.09288; Grattafiori et al. 2024, arXiv 2407.21783), SmolLM2.

use serde::Deserialize;

use super::Architecture;
use super::gated::Keys;
use crate::blueprint::{Blueprint, MlpSpec};
use crate::config::Config;
use crate::error::Result;

pub(super) const LLAMA: Architecture = Architecture {
    model_type: "llama",
    summary: "Llama 1 to 3.2, SmolLM2: RMS norms, rotary positions, grouped queries, gated layers",
    blueprint,
};

/// What Llama's configs can switch on.
#[derive(Deserialize)]
struct Biases {
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let mut model = Keys::read(config)?.decoder(config, 10_000.0)?;
    add_biases(config, &mut model)?;
    Ok(model)
}

/// Biases where `attention_bias` and `mlp_bias` say so.
pub(super) fn add_biases(config: &Config, model: &mut Blueprint) -> Result<()> {
    let Biases { attention_bias, mlp_bias } = config.read()?;
    for block in &mut model.blocks {
        if attention_bias {
            block.attention.query_key_value = block.attention.query_key_value.clone().with_bias();
            block.attention.output = block.attention.output.clone().with_bias();
        }
        if let (true, MlpSpec::Gated { gate_up, down, .. }) = (mlp_bias, &mut block.mlp) {
            *gate_up = gate_up.clone().with_bias();
            *down = down.clone().with_bias();
        }
    }
    Ok(())
}
