//! Seeded random weights of a Llama, as a training starts with.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::config::ModelConfig;

/// Spread of a new matrix; the projections that write to the residual stream get less (below).
const SPREAD: f64 = 0.02;

/// Every tensor of a checkpoint by its name; norms are 1.
pub fn random(config: &ModelConfig, seed: u64) -> BTreeMap<String, Tensor> {
    tch::manual_seed(seed.cast_signed());
    let (width, ffn, head_dim) = (config.width, config.ffn, config.head_dim);
    let (query, shared) = (config.heads * head_dim, config.kv_heads * head_dim);
    // 2 · layers matrices add to the residual stream; its variance should not grow with depth
    // (Radford et al. 2019, section 2.3).
    let residual = SPREAD / (2.0 * config.layers as f64).sqrt();
    let options = (Kind::Float, Device::Cpu);
    let mut tensors = BTreeMap::new();
    let mut matrix = |name: String, size: [i64; 2], spread: f64| {
        tensors.insert(name, Tensor::randn(size, options) * spread);
    };
    matrix("model.embed_tokens.weight".to_owned(), [config.vocabulary, width], SPREAD);
    for layer in 0..config.layers {
        let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
        matrix(name("self_attn.q_proj"), [query, width], SPREAD);
        matrix(name("self_attn.k_proj"), [shared, width], SPREAD);
        matrix(name("self_attn.v_proj"), [shared, width], SPREAD);
        matrix(name("self_attn.o_proj"), [width, query], residual);
        matrix(name("mlp.gate_proj"), [ffn, width], SPREAD);
        matrix(name("mlp.up_proj"), [ffn, width], SPREAD);
        matrix(name("mlp.down_proj"), [width, ffn], residual);
    }
    if !config.tied {
        matrix("lm_head.weight".to_owned(), [config.vocabulary, width], SPREAD);
    }
    let norms = (0..config.layers).flat_map(|layer| {
        ["input_layernorm", "post_attention_layernorm"]
            .map(|part| format!("model.layers.{layer}.{part}.weight"))
    });
    for name in norms.chain(["model.norm.weight".to_owned()]) {
        tensors.insert(name, Tensor::ones([width], options));
    }
    tensors
}
