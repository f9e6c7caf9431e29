//! GPT-NeoX and Pythia (Black et al. 2022, arXiv 2204.06745; Biderman et al. 2023, arXiv 2304.01373).

use serde::Deserialize;

use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order, Rows,
    Shape,
};
use crate::config::Config;
use crate::error::Result;
use crate::rope::{Turned, partial, rotation};

pub(super) const GPT_NEOX: Architecture = Architecture {
    model_type: "gpt_neox",
    summary: "Pythia, GPT-NeoX: attention beside the feed-forward layer with a norm each, partly rotated",
    blueprint,
};

#[derive(Deserialize)]
struct Keys {
    hidden_size: i64,
    intermediate_size: i64,
    num_hidden_layers: i64,
    num_attention_heads: i64,
    vocab_size: i64,
    max_position_embeddings: i64,
    layer_norm_eps: f64,
    rotary_pct: Option<f64>,
    use_parallel_residual: Option<bool>,
    attention_bias: Option<bool>,
    hidden_act: Option<String>,
    tie_word_embeddings: Option<bool>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let (width, heads) = (keys.hidden_size, keys.num_attention_heads);
    config.sizes(&[
        ("hidden_size", width),
        ("intermediate_size", keys.intermediate_size),
        ("num_hidden_layers", keys.num_hidden_layers),
        ("num_attention_heads", heads),
        ("vocab_size", keys.vocab_size),
        ("max_position_embeddings", keys.max_position_embeddings),
    ])?;
    config.epsilon("layer_norm_eps", keys.layer_norm_eps)?;
    config.heads(("hidden_size", width), ("num_attention_heads", heads))?;
    let head_dim = width / heads;
    let share = match partial(config)? {
        Some(share) => share,
        None => {
            let share = keys.rotary_pct.unwrap_or(0.25);
            config.share("rotary_pct", share)?;
            share
        }
    };
    let turned = Turned {
        features: (head_dim as f64 * share) as i64,
        theta: 10_000.0,
        context: keys.max_position_embeddings,
    };
    let rotation = rotation(config, None, turned)?;
    let shape = Shape {
        width,
        vocabulary: keys.vocab_size,
        context: rotation.context,
        exits: config.exits(keys.num_hidden_layers)?,
    };
    let act = activation(config, keys.hidden_act.as_deref().unwrap_or("gelu"))?;
    let bias = keys.attention_bias.unwrap_or(true);
    let parallel = keys.use_parallel_residual.unwrap_or(true);
    // Each head's query, key and value stand together.
    let rows = |place: i64| {
        (0..heads).flat_map(move |head| (0..head_dim).map(move |row| (head * 3 + place) * head_dim + row))
    };
    let order: Rows = rows(0).chain(rows(1)).chain(rows(2)).collect();
    let block = |index: i64| {
        let at = |part: &str| format!("gpt_neox.layers.{index}.{part}");
        BlockSpec {
            order: if parallel { Order::Parallel } else { Order::Sequential },
            attention_norm: Some(NormSpec::layer(&at("input_layernorm"), width, keys.layer_norm_eps)),
            attention: AttentionSpec {
                rotary: Some(0),
                ..AttentionSpec::plain(
                    LinearSpec::new(&at("attention.query_key_value"), 3 * width, width, bias)
                        .reordered(&order),
                    LinearSpec::new(&at("attention.dense"), width, width, bias),
                    heads,
                    head_dim,
                )
            },
            attention_post_norm: None,
            mlp_norm: Some(NormSpec::layer(&at("post_attention_layernorm"), width, keys.layer_norm_eps)),
            mlp: MlpSpec::Plain {
                up: LinearSpec::new(&at("mlp.dense_h_to_4h"), keys.intermediate_size, width, true),
                down: LinearSpec::new(&at("mlp.dense_4h_to_h"), width, keys.intermediate_size, true),
                activation: act,
            },
            mlp_post_norm: None,
        }
    };
    Ok(Blueprint {
        embedding: EmbeddingSpec::plain("gpt_neox.embed_in.weight", width),
        rotaries: vec![rotation.rotary],
        blocks: (0..keys.num_hidden_layers).map(block).collect(),
        norm: Some(NormSpec::layer("gpt_neox.final_layer_norm", width, keys.layer_norm_eps)),
        head: HeadSpec::plain("embed_out", &shape, keys.tie_word_embeddings.unwrap_or(false)),
        shape,
    })
}
