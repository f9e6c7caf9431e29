//! GPT-2 (Radford et al. 2019) and its kin: learned positions, matrices stored the other way round.

use serde::Deserialize;

use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order,
    Positions, Shape,
};
use crate::config::Config;
use crate::error::Result;

pub(super) const GPT2: Architecture = Architecture {
    model_type: "gpt2",
    summary: "GPT-2, DistilGPT-2, CodeParrot, CodeGPT: learned positions, layer norms, GELU",
    blueprint,
};

#[derive(Deserialize)]
struct Keys {
    n_embd: i64,
    n_layer: i64,
    n_head: i64,
    n_positions: i64,
    n_inner: Option<i64>,
    vocab_size: i64,
    layer_norm_epsilon: f64,
    activation_function: Option<String>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
    tie_word_embeddings: Option<bool>,
}

pub(super) fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let (width, heads) = (keys.n_embd, keys.n_head);
    let neurons = keys.n_inner.unwrap_or_else(|| width.saturating_mul(4));
    config.sizes(&[
        ("n_embd", width),
        ("n_layer", keys.n_layer),
        ("n_head", heads),
        ("n_positions", keys.n_positions),
        ("n_inner", neurons),
        ("vocab_size", keys.vocab_size),
    ])?;
    config.epsilon("layer_norm_epsilon", keys.layer_norm_epsilon)?;
    config.heads(("n_embd", width), ("n_head", heads))?;
    let shape = Shape {
        width,
        vocabulary: keys.vocab_size,
        context: keys.n_positions,
        exits: config.exits(keys.n_layer)?,
    };
    let act = activation(config, keys.activation_function.as_deref().unwrap_or("gelu_new"))?;
    let block = |index: i64| {
        let at = |part: &str| format!("transformer.h.{index}.{part}");
        let linear =
            |part: &str, outputs, inputs| LinearSpec::new(&at(part), outputs, inputs, true).transposed();
        let norm = |part: &str| NormSpec::layer(&at(part), width, keys.layer_norm_epsilon);
        let plain = match keys.scale_attn_weights.unwrap_or(true) {
            true => 1.0 / ((width / heads) as f64).sqrt(),
            false => 1.0,
        };
        let by_layer = keys.scale_attn_by_inverse_layer_idx.unwrap_or(false);
        BlockSpec {
            order: Order::Sequential,
            attention_norm: Some(norm("ln_1")),
            attention: AttentionSpec {
                scale: if by_layer { plain / (index + 1) as f64 } else { plain },
                ..AttentionSpec::plain(
                    linear("attn.c_attn", 3 * width, width),
                    linear("attn.c_proj", width, width),
                    heads,
                    width / heads,
                )
            },
            attention_post_norm: None,
            mlp_norm: Some(norm("ln_2")),
            mlp: MlpSpec::Plain {
                up: linear("mlp.c_fc", neurons, width),
                down: linear("mlp.c_proj", width, neurons),
                activation: act,
            },
            mlp_post_norm: None,
        }
    };
    Ok(Blueprint {
        embedding: EmbeddingSpec {
            positions: Positions::Learned {
                tensor: "transformer.wpe.weight".to_owned(),
                rows: shape.context,
                offset: 0,
            },
            ..EmbeddingSpec::plain("transformer.wte.weight", width)
        },
        rotaries: Vec::new(),
        blocks: (0..keys.n_layer).map(block).collect(),
        norm: Some(NormSpec::layer("transformer.ln_f", width, keys.layer_norm_epsilon)),
        head: HeadSpec::plain("lm_head", &shape, keys.tie_word_embeddings.unwrap_or(true)),
        shape,
    })
}
