//! GPT-J (Wang and Komatsuzaki 2021): attention and feed-forward layer side by side, neighbours rotated.

use serde::Deserialize;

use super::{Architecture, activation};
use crate::blueprint::{
    AttentionSpec, BlockSpec, Blueprint, EmbeddingSpec, HeadSpec, LinearSpec, MlpSpec, NormSpec, Order, Shape,
};
use crate::config::Config;
use crate::error::Result;
use crate::rope::Rotary;

pub(super) const GPTJ: Architecture = Architecture {
    model_type: "gptj",
    summary: "GPT-J 6B: attention beside the feed-forward layer, neighbouring features rotated in part",
    blueprint,
};

/// Keys that GPT-J and CodeGen share.
#[derive(Deserialize)]
pub(super) struct Keys {
    pub n_embd: i64,
    n_layer: i64,
    pub n_head: i64,
    n_positions: i64,
    n_inner: Option<i64>,
    rotary_dim: Option<i64>,
    vocab_size: i64,
    layer_norm_epsilon: f64,
    activation_function: Option<String>,
    tie_word_embeddings: Option<bool>,
}

fn blueprint(config: &Config) -> Result<Blueprint> {
    let keys: Keys = config.read()?;
    let width = keys.n_embd;
    keys.decoder(config, |index| {
        let [q, k, v] =
            ["q_proj", "k_proj", "v_proj"].map(|part| format!("transformer.h.{index}.attn.{part}"));
        let name = format!("transformer.h.{index}.attn.qkv_proj");
        LinearSpec::joined(&name, &[(&q, width), (&k, width), (&v, width)], width, false)
    })
}

impl Keys {
    /// Neurons of a feed-forward layer.
    fn neurons(&self) -> i64 {
        self.n_inner.unwrap_or_else(|| self.n_embd.saturating_mul(4))
    }

    /// Features of a head that are rotated.
    fn rotated(&self) -> i64 {
        self.rotary_dim.unwrap_or(self.n_embd / self.n_head.max(1))
    }

    /// Refuses numbers that no model has.
    pub fn check(&self, config: &Config) -> Result<()> {
        config.sizes(&[
            ("n_embd", self.n_embd),
            ("n_layer", self.n_layer),
            ("n_head", self.n_head),
            ("n_positions", self.n_positions),
            ("n_inner", self.neurons()),
            ("rotary_dim", self.rotated()),
            ("vocab_size", self.vocab_size),
        ])?;
        config.epsilon("layer_norm_epsilon", self.layer_norm_epsilon)?;
        config.heads(("n_embd", self.n_embd), ("n_head", self.n_head))?;
        let head_dim = self.n_embd / self.n_head;
        if self.rotated() % 2 != 0 || self.rotated() > head_dim {
            let expected = format!("an even number of at most {head_dim}, which a head has");
            return Err(config.unfit("rotary_dim", &self.rotated().into(), &expected));
        }
        Ok(())
    }

    /// The decoder, with each block's projection to queries, keys and values.
    pub fn decoder(&self, config: &Config, query_key_value: impl Fn(i64) -> LinearSpec) -> Result<Blueprint> {
        self.check(config)?;
        let (width, heads, neurons, rotated) = (self.n_embd, self.n_head, self.neurons(), self.rotated());
        let shape = Shape {
            width,
            vocabulary: self.vocab_size,
            context: self.n_positions,
            exits: config.exits(self.n_layer)?,
        };
        let act = activation(config, self.activation_function.as_deref().unwrap_or("gelu_new"))?;
        let block = |index: i64| {
            let at = |part: &str| format!("transformer.h.{index}.{part}");
            BlockSpec {
                order: Order::Parallel,
                attention_norm: Some(NormSpec::layer(&at("ln_1"), width, self.layer_norm_epsilon)),
                attention: AttentionSpec {
                    rotary: Some(0),
                    ..AttentionSpec::plain(
                        query_key_value(index),
                        LinearSpec::new(&at("attn.out_proj"), width, width, false),
                        heads,
                        width / heads,
                    )
                },
                attention_post_norm: None,
                mlp_norm: None,
                mlp: MlpSpec::Plain {
                    up: LinearSpec::new(&at("mlp.fc_in"), neurons, width, true),
                    down: LinearSpec::new(&at("mlp.fc_out"), width, neurons, true),
                    activation: act,
                },
                mlp_post_norm: None,
            }
        };
        let plain = HeadSpec::plain("lm_head", &shape, self.tie_word_embeddings.unwrap_or(false));
        Ok(Blueprint {
            embedding: EmbeddingSpec::plain("transformer.wte.weight", width),
            rotaries: vec![Rotary { interleaved: true, ..Rotary::plain(rotated, 10_000.0) }],
            blocks: (0..self.n_layer).map(block).collect(),
            norm: Some(NormSpec::layer("transformer.ln_f", width, self.layer_norm_epsilon)),
            head: HeadSpec { linear: plain.linear.clone().with_bias(), ..plain },
            shape,
        })
    }
}
