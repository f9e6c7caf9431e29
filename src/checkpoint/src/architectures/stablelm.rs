//! StableLM and Stable Code (Bellagente et al. 2024, arXiv 2402.17834): Llama with layer norms, partly rotated.

use serde::Deserialize;

use super::Architecture;
use super::gated::Keys;
use crate::blueprint::{Blueprint, NormSpec, Order};
use crate::config::Config;
use crate::error::Result;

pub(super) const STABLELM: Architecture = Architecture {
    model_type: "stablelm",
    summary: "StableLM 3B and 2, Stable Code 3B: as Llama with layer norms, a quarter of each head rotated",
    blueprint,
};

/// What StableLM has beyond Llama's keys.
#[derive(Deserialize)]
struct More {
    #[serde(default)]
    use_qkv_bias: bool,
    #[serde(default)]
    use_parallel_residual: bool,
    #[serde(default)]
    qk_layernorm: bool,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let mut keys = Keys::read(config)?;
    keys.partial_rotary_factor.get_or_insert(0.25);
    let more: More = config.read()?;
    if more.qk_layernorm {
        return Err(config.refuse("norms of queries and keys head by head (`qk_layernorm`) are not run here"));
    }
    let mut model = keys.decoder(config, 10_000.0)?;
    let (width, eps) = (keys.hidden_size, keys.rms_norm_eps);
    for (index, block) in model.blocks.iter_mut().enumerate() {
        let norm = |name: &str| Some(NormSpec::layer(&format!("model.layers.{index}.{name}"), width, eps));
        block.attention_norm = norm("input_layernorm");
        block.mlp_norm = norm("post_attention_layernorm");
        if more.use_parallel_residual {
            (block.order, block.mlp_norm) = (Order::Parallel, None);
        }
        if more.use_qkv_bias {
            block.attention.query_key_value = block.attention.query_key_value.clone().with_bias();
        }
    }
    model.norm = Some(NormSpec::layer("model.norm", width, eps));
    Ok(model)
}
