//! Qwen3's dense models (Yang et al. 2025, arXiv 2505.09388): norms on queries and keys instead of biases.

use super::Architecture;
use super::gated::Keys;
use super::llama::add_biases;
use super::qwen2::add_windows;
use crate::blueprint::{Blueprint, NormSpec};
use crate::config::Config;
use crate::error::Result;

pub(super) const QWEN3: Architecture = Architecture {
    model_type: "qwen3",
    summary: "Qwen3 (dense): as Llama, with an RMS norm on each query and key head",
    blueprint,
};

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys = Keys::read(config)?;
    let mut model = keys.decoder(config, 10_000.0)?;
    add_biases(config, &mut model)?;
    add_windows(config, &keys, &mut model)?;
    for (index, block) in model.blocks.iter_mut().enumerate() {
        let norm = |name: &str| {
            NormSpec::rms(
                &format!("model.layers.{index}.self_attn.{name}"),
                keys.head_dim(),
                keys.rms_norm_eps,
            )
        };
        block.attention.query_norm = Some(norm("q_norm"));
        block.attention.key_norm = Some(norm("k_norm"));
    }
    Ok(model)
}
