//! What Llama and its descendants share: the config's keys, the checkpoint's names, the order of the parts.

use serde::Deserialize;

use super::activation;
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order, Shape,
};
use crate::config::Config;
use crate::error::Result;
use crate::limits::MOST_FEATURES;
use crate::rope::{Rotary, Turned, partial, rotation};

/// The shared keys of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    pub hidden_size: i64,
    pub intermediate_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    pub num_key_value_heads: Option<i64>,
    pub head_dim: Option<i64>,
    pub vocab_size: i64,
    pub max_position_embeddings: i64,
    #[serde(alias = "layer_norm_eps")]
    pub rms_norm_eps: f64,
    pub hidden_act: Option<String>,
    pub tie_word_embeddings: Option<bool>,
    pub partial_rotary_factor: Option<f64>,
}

impl Keys {
    /// Reads and checks them.
    pub fn read(config: &Config) -> Result<Self> {
        let keys: Self = config.read()?;
        config.sizes(&[
            ("hidden_size", keys.hidden_size),
            ("intermediate_size", keys.intermediate_size),
            ("num_hidden_layers", keys.num_hidden_layers),
            ("num_attention_heads", keys.num_attention_heads),
            ("num_key_value_heads", keys.kv_heads()),
            ("head_dim", keys.head_dim()),
            ("vocab_size", keys.vocab_size),
            ("max_position_embeddings", keys.max_position_embeddings),
        ])?;
        let eps = ["rms_norm_eps", "layer_norm_eps"].into_iter().find(|key| config.value(key).is_some());
        config.epsilon(eps.unwrap_or("rms_norm_eps"), keys.rms_norm_eps)?;
        if keys.head_dim.is_none() {
            let heads = ("num_attention_heads", keys.num_attention_heads);
            config.heads(("hidden_size", keys.hidden_size), heads)?;
        }
        if keys.num_attention_heads * keys.head_dim() > MOST_FEATURES {
            let (heads, head_dim) = (keys.num_attention_heads, keys.head_dim());
            let message = format!("{heads} heads of {head_dim} features are more than {MOST_FEATURES}");
            return Err(config.damaged(message));
        }
        config.shared_heads(keys.num_attention_heads, keys.kv_heads())?;
        Ok(keys)
    }

    fn kv_heads(&self) -> i64 {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    /// Features of one head.
    pub fn head_dim(&self) -> i64 {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// What a rotation needs to know.
    pub fn turned(&self, config: &Config, theta: f64) -> Result<Turned> {
        let share = partial(config)?.or(self.partial_rotary_factor).unwrap_or(1.0);
        config.share("partial_rotary_factor", share)?;
        Ok(Turned {
            features: (self.head_dim() as f64 * share) as i64,
            theta,
            context: self.max_position_embeddings,
        })
    }

    /// The decoder as Llama has it: rotations by a base of `theta` where the config names none, head untied where it
    /// does not say so.
    pub fn decoder(&self, config: &Config, theta: f64) -> Result<Blueprint> {
        let rotation = rotation(config, None, self.turned(config, theta)?)?;
        self.with_rotaries(config, vec![rotation.rotary], rotation.context)
    }

    /// The same with rotations that are known; every block takes the first.
    pub fn with_rotaries(&self, config: &Config, rotaries: Vec<Rotary>, context: i64) -> Result<Blueprint> {
        let shape = Shape {
            width: self.hidden_size,
            vocabulary: self.vocab_size,
            context,
            exits: config.exits(self.num_hidden_layers)?,
        };
        let blocks =
            (0..self.num_hidden_layers).map(|index| self.block(config, index)).collect::<Result<_>>()?;
        Ok(Blueprint {
            embedding: EmbeddingSpec::plain("model.embed_tokens.weight", shape.width),
            rotaries,
            blocks,
            norm: Some(NormSpec::rms("model.norm", shape.width, self.rms_norm_eps)),
            head: HeadSpec::plain("lm_head", &shape, self.tie_word_embeddings.unwrap_or(false)),
            shape,
        })
    }

    fn block(&self, config: &Config, index: i64) -> Result<BlockSpec> {
        let at = |part: &str| format!("model.layers.{index}.{part}");
        let (width, neurons, head_dim) = (self.hidden_size, self.intermediate_size, self.head_dim());
        let (query, shared) = (self.num_attention_heads * head_dim, self.kv_heads() * head_dim);
        let (q, k, v) = (at("self_attn.q_proj"), at("self_attn.k_proj"), at("self_attn.v_proj"));
        let (gate, up) = (at("mlp.gate_proj"), at("mlp.up_proj"));
        Ok(BlockSpec {
            order: Order::Sequential,
            attention_norm: Some(NormSpec::rms(&at("input_layernorm"), width, self.rms_norm_eps)),
            attention: AttentionSpec {
                kv_heads: self.kv_heads(),
                rotary: Some(0),
                ..AttentionSpec::plain(
                    LinearSpec::joined(
                        &at("self_attn.qkv_proj"),
                        &[(&q, query), (&k, shared), (&v, shared)],
                        width,
                        false,
                    ),
                    LinearSpec::new(&at("self_attn.o_proj"), width, query, false),
                    self.num_attention_heads,
                    head_dim,
                )
            },
            attention_post_norm: None,
            mlp_norm: Some(NormSpec::rms(&at("post_attention_layernorm"), width, self.rms_norm_eps)),
            mlp: MlpSpec::Gated {
                gate_up: LinearSpec::joined(
                    &at("mlp.gate_up_proj"),
                    &[(&gate, neurons), (&up, neurons)],
                    width,
                    false,
                ),
                down: LinearSpec::new(&at("mlp.down_proj"), width, neurons, false),
                activation: activation(config, self.hidden_act.as_deref().unwrap_or("silu"))?,
            },
            mlp_post_norm: None,
        })
    }
}

/// Positions that each block's queries see: those that `layer_types` lets slide, else those for which `slides` holds.
pub(super) fn windows(
    config: &Config,
    layers: i64,
    window: Option<i64>,
    slides: impl Fn(i64) -> bool,
) -> Result<Vec<Option<i64>>> {
    if let Some(window) = window {
        config.sizes(&[("sliding_window", window)])?;
    }
    let slides = match config.layer_types(layers)? {
        Some(slides) => slides,
        None => (0..layers).map(slides).collect(),
    };
    Ok(slides.into_iter().map(|slides| window.filter(|_| slides)).collect())
}
