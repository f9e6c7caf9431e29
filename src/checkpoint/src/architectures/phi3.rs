//! Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024, arXiv 2404.14219, 2503.01743): Llama with joined projections.

use super::Architecture;
use super::gated::{Keys, windows};
use crate::blueprint::{Blueprint, LinearSpec, MlpSpec};
use crate::config::Config;
use crate::error::Result;

pub(super) const PHI3: Architecture = Architecture {
    model_type: "phi3",
    summary: "Phi-3 and 3.5 mini, Phi-4, Phi-4-mini: as Llama, joined projections, longrope",
    blueprint,
};

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = Keys::read(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    let window = config.whole("sliding_window")?;
    let windows = windows(config, keys.num_hidden_layers, window, |_| true)?;
    for (index, (block, window)) in model.blocks.iter_mut().zip(windows).enumerate() {
        let whole = |part: &str, spec: &LinearSpec| {
            LinearSpec::new(&format!("model.layers.{index}.{part}"), spec.outputs, spec.inputs, false)
        };
        block.attention.window = window;
        block.attention.query_key_value = whole("self_attn.qkv_proj", &block.attention.query_key_value);
        if let MlpSpec::Gated { gate_up, .. } = &mut block.mlp {
            *gate_up = whole("mlp.gate_up_proj", gate_up);
        }
    }
    Ok(model)
}
