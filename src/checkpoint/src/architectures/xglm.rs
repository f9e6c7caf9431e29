//! XGLM (Lin et al. 2021, arXiv 2112.10668), whose architecture InCoder has (Fried et al. 2022, arXiv 2204.05999).

use serde::Deserialize;

use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order,
    Positions, Shape,
};
use crate::config::Config;
use crate::error::Result;

pub(super) const XGLM: Architecture = Architecture {
    model_type: "xglm",
    summary: "InCoder, XGLM: sinusoidal positions, scaled embeddings, layer norms, GELU",
    blueprint,
};

/// Numbers before position 0, as fairseq left them.
const OFFSET: i64 = 2;
const EPS: f64 = 1e-5;

#[derive(Deserialize)]
struct Keys {
    d_model: i64,
    ffn_dim: i64,
    num_layers: i64,
    attention_heads: i64,
    vocab_size: i64,
    max_position_embeddings: i64,
    activation_function: Option<String>,
    scale_embedding: Option<bool>,
    tie_word_embeddings: Option<bool>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let (width, heads) = (keys.d_model, keys.attention_heads);
    config.sizes(&[
        ("d_model", width),
        ("ffn_dim", keys.ffn_dim),
        ("num_layers", keys.num_layers),
        ("attention_heads", heads),
        ("vocab_size", keys.vocab_size),
        ("max_position_embeddings", keys.max_position_embeddings),
    ])?;
    config.heads(("d_model", width), ("attention_heads", heads))?;
    if width % 2 != 0 || width < 4 {
        return Err(config.unfit("d_model", &width.into(), "an even width above 2"));
    }
    let shape = Shape {
        width,
        vocabulary: keys.vocab_size,
        context: keys.max_position_embeddings,
        exits: config.exits(keys.num_layers)?,
    };
    let act = activation(config, keys.activation_function.as_deref().unwrap_or("gelu"))?;
    let block = |index: i64| {
        let at = |part: &str| format!("model.layers.{index}.{part}");
        let [q, k, v] = ["q_proj", "k_proj", "v_proj"].map(|part| at(&format!("self_attn.{part}")));
        BlockSpec {
            order: Order::Sequential,
            attention_norm: Some(NormSpec::layer(&at("self_attn_layer_norm"), width, EPS)),
            attention: AttentionSpec::plain(
                LinearSpec::joined(
                    &at("self_attn.qkv_proj"),
                    &[(&q, width), (&k, width), (&v, width)],
                    width,
                    true,
                ),
                LinearSpec::new(&at("self_attn.out_proj"), width, width, true),
                heads,
                width / heads,
            ),
            attention_post_norm: None,
            mlp_norm: Some(NormSpec::layer(&at("final_layer_norm"), width, EPS)),
            mlp: MlpSpec::Plain {
                up: LinearSpec::new(&at("fc1"), keys.ffn_dim, width, true),
                down: LinearSpec::new(&at("fc2"), width, keys.ffn_dim, true),
                activation: act,
            },
            mlp_post_norm: None,
        }
    };
    Ok(Blueprint {
        embedding: EmbeddingSpec {
            scale: keys.scale_embedding.unwrap_or(true).then(|| (width as f64).sqrt()),
            positions: Positions::Sinusoidal { offset: OFFSET },
            ..EmbeddingSpec::plain("model.embed_tokens.weight", width)
        },
        rotaries: Vec::new(),
        blocks: (0..keys.num_layers).map(block).collect(),
        norm: Some(NormSpec::layer("model.layer_norm", width, EPS)),
        head: HeadSpec::plain("lm_head", &shape, keys.tie_word_embeddings.unwrap_or(true)),
        shape,
    })
}
