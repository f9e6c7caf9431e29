//! OPT (Zhang et al. 2022, arXiv 2205.01068): learned positions, ReLU, layer norms with biases everywhere.

use serde::Deserialize;

use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order,
    Positions, Shape,
};
use crate::config::Config;
use crate::error::Result;

pub(super) const OPT: Architecture = Architecture {
    model_type: "opt",
    summary: "OPT 125M to 66B: learned positions from the third row on, layer norms, ReLU",
    blueprint,
};

/// Rows of the position table before position 0, as fairseq left them.
const OFFSET: i64 = 2;
const EPS: f64 = 1e-5;

#[derive(Deserialize)]
struct Keys {
    hidden_size: i64,
    ffn_dim: i64,
    num_hidden_layers: i64,
    num_attention_heads: i64,
    vocab_size: i64,
    max_position_embeddings: i64,
    word_embed_proj_dim: Option<i64>,
    #[serde(default = "yes")]
    do_layer_norm_before: bool,
    #[serde(default = "yes")]
    enable_bias: bool,
    #[serde(default = "yes")]
    layer_norm_elementwise_affine: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    #[serde(default, rename = "_remove_final_layer_norm")]
    remove_final_layer_norm: bool,
    activation_function: Option<String>,
}

fn yes() -> bool {
    true
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let (width, heads) = (keys.hidden_size, keys.num_attention_heads);
    let features = keys.word_embed_proj_dim.unwrap_or(width);
    config.sizes(&[
        ("hidden_size", width),
        ("ffn_dim", keys.ffn_dim),
        ("num_hidden_layers", keys.num_hidden_layers),
        ("num_attention_heads", heads),
        ("vocab_size", keys.vocab_size),
        ("max_position_embeddings", keys.max_position_embeddings),
        ("word_embed_proj_dim", features),
    ])?;
    config.heads(("hidden_size", width), ("num_attention_heads", heads))?;
    if !keys.layer_norm_elementwise_affine {
        return Err(config.refuse("norms without weights (`layer_norm_elementwise_affine`) are not run here"));
    }
    let shape = Shape {
        width,
        vocabulary: keys.vocab_size,
        context: keys.max_position_embeddings,
        exits: config.exits(keys.num_hidden_layers)?,
    };
    let act = activation(config, keys.activation_function.as_deref().unwrap_or("relu"))?;
    let block = |index: i64| {
        let at = |part: &str| format!("model.decoder.layers.{index}.{part}");
        let [q, k, v] = ["q_proj", "k_proj", "v_proj"].map(|part| at(&format!("self_attn.{part}")));
        let linear =
            |part: &str, outputs, inputs| LinearSpec::new(&at(part), outputs, inputs, keys.enable_bias);
        BlockSpec {
            order: if keys.do_layer_norm_before { Order::Sequential } else { Order::NormAfterSum },
            attention_norm: Some(NormSpec::layer(&at("self_attn_layer_norm"), width, EPS)),
            attention: AttentionSpec::plain(
                LinearSpec::joined(
                    &at("self_attn.qkv_proj"),
                    &[(&q, width), (&k, width), (&v, width)],
                    width,
                    keys.enable_bias,
                ),
                linear("self_attn.out_proj", width, width),
                heads,
                width / heads,
            ),
            attention_post_norm: None,
            mlp_norm: Some(NormSpec::layer(&at("final_layer_norm"), width, EPS)),
            mlp: MlpSpec::Plain {
                up: linear("fc1", keys.ffn_dim, width),
                down: linear("fc2", width, keys.ffn_dim),
                activation: act,
            },
            mlp_post_norm: None,
        }
    };
    let project = |name: &str, outputs, inputs| {
        let linear = LinearSpec::new(&format!("model.decoder.{name}"), outputs, inputs, false);
        (features != width).then_some(linear)
    };
    let last_norm = keys.do_layer_norm_before && !keys.remove_final_layer_norm;
    Ok(Blueprint {
        embedding: EmbeddingSpec {
            features,
            positions: Positions::Learned {
                tensor: "model.decoder.embed_positions.weight".to_owned(),
                rows: shape.context + OFFSET,
                offset: OFFSET,
            },
            projection: project("project_in", width, features),
            ..EmbeddingSpec::plain("model.decoder.embed_tokens.weight", width)
        },
        rotaries: Vec::new(),
        blocks: (0..keys.num_hidden_layers).map(block).collect(),
        norm: last_norm.then(|| NormSpec::layer("model.decoder.final_layer_norm", width, EPS)),
        head: HeadSpec {
            projection: project("project_out", features, width),
            linear: LinearSpec::new("lm_head", shape.vocabulary, features, false),
            tied: keys.tie_word_embeddings,
            softcap: None,
        },
        shape,
    })
}
