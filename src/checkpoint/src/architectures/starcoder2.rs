//! StarCoder2 (Lozhkov et al. 2024, arXiv 2402.19173): Llama's names with layer norms, biases, a plain layer.

use serde::Deserialize;

use super::gated::windows;
use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order, Shape,
};
use crate::config::Config;
use crate::error::Result;
use crate::rope::{Turned, rotation};

pub(super) const STARCODER2: Architecture = Architecture {
    model_type: "starcoder2",
    summary: "StarCoder2 3B to 15B: layer norms, biases, rotary positions, grouped queries, a window",
    blueprint,
};

#[derive(Deserialize)]
struct Keys {
    hidden_size: i64,
    intermediate_size: i64,
    num_hidden_layers: i64,
    num_attention_heads: i64,
    num_key_value_heads: i64,
    vocab_size: i64,
    max_position_embeddings: i64,
    norm_epsilon: f64,
    use_bias: Option<bool>,
    hidden_act: Option<String>,
    sliding_window: Option<i64>,
    tie_word_embeddings: Option<bool>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let (width, heads, kv_heads) = (keys.hidden_size, keys.num_attention_heads, keys.num_key_value_heads);
    config.sizes(&[
        ("hidden_size", width),
        ("intermediate_size", keys.intermediate_size),
        ("num_hidden_layers", keys.num_hidden_layers),
        ("num_attention_heads", heads),
        ("num_key_value_heads", kv_heads),
        ("vocab_size", keys.vocab_size),
        ("max_position_embeddings", keys.max_position_embeddings),
    ])?;
    config.epsilon("norm_epsilon", keys.norm_epsilon)?;
    config.heads(("hidden_size", width), ("num_attention_heads", heads))?;
    config.shared_heads(heads, kv_heads)?;
    let head_dim = width / heads;
    let turned = Turned { features: head_dim, theta: 10_000.0, context: keys.max_position_embeddings };
    let rotation = rotation(config, None, turned)?;
    let shape = Shape {
        width,
        vocabulary: keys.vocab_size,
        context: rotation.context,
        exits: config.exits(keys.num_hidden_layers)?,
    };
    let act = activation(config, keys.hidden_act.as_deref().unwrap_or("gelu_pytorch_tanh"))?;
    let bias = keys.use_bias.unwrap_or(true);
    let windows = windows(config, keys.num_hidden_layers, keys.sliding_window, |_| true)?;
    let block = |(index, window): (usize, Option<i64>)| {
        let at = |part: &str| format!("model.layers.{index}.{part}");
        let [q, k, v] = ["q_proj", "k_proj", "v_proj"].map(|part| at(&format!("self_attn.{part}")));
        let shared = kv_heads * head_dim;
        BlockSpec {
            order: Order::Sequential,
            attention_norm: Some(NormSpec::layer(&at("input_layernorm"), width, keys.norm_epsilon)),
            attention: AttentionSpec {
                kv_heads,
                rotary: Some(0),
                window,
                ..AttentionSpec::plain(
                    LinearSpec::joined(
                        &at("self_attn.qkv_proj"),
                        &[(&q, width), (&k, shared), (&v, shared)],
                        width,
                        bias,
                    ),
                    LinearSpec::new(&at("self_attn.o_proj"), width, width, bias),
                    heads,
                    head_dim,
                )
            },
            attention_post_norm: None,
            mlp_norm: Some(NormSpec::layer(&at("post_attention_layernorm"), width, keys.norm_epsilon)),
            mlp: MlpSpec::Plain {
                up: LinearSpec::new(&at("mlp.c_fc"), keys.intermediate_size, width, bias),
                down: LinearSpec::new(&at("mlp.c_proj"), width, keys.intermediate_size, bias),
                activation: act,
            },
            mlp_post_norm: None,
        }
    };
    Ok(Blueprint {
        embedding: EmbeddingSpec::plain("model.embed_tokens.weight", width),
        rotaries: vec![rotation.rotary],
        blocks: windows.into_iter().enumerate().map(block).collect(),
        norm: Some(NormSpec::layer("model.norm", width, keys.norm_epsilon)),
        head: HeadSpec::plain("lm_head", &shape, keys.tie_word_embeddings.unwrap_or(true)),
        shape,
    })
}
