//! Llama: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
//!
//! Touvron et al. 2023, arXiv 2307.09288. Projections that read the same input are one matrix each
//! (query-key-value, gate-up), so that a token costs four products a block instead of seven.

use tch::{Device, Kind, Tensor};

use super::Model;
use super::cache::LayerCache;
use super::config::ModelConfig;
use super::rope::Rope;
use super::weights::Weights;
use crate::error::Result;
use crate::kernel::rows;
use crate::linear::Linear;

/// A Llama with its weights.
#[derive(Debug)]
pub struct Llama {
    pub(crate) config: ModelConfig,
    pub(crate) embed_tokens: Tensor, // [vocabulary, width]
    pub(crate) blocks: Vec<Block>,
    pub(crate) norm: Tensor, // [width]
    pub(crate) lm_head: Linear,
    pub(super) rope: Rope,
    activations: Kind, // of hidden states and norms
}

/// One block's weights.
#[derive(Debug)]
pub struct Block {
    pub(crate) input_layernorm: Tensor,          // [width]
    pub(crate) qkv_proj: Linear,                 // [(heads + 2 kv_heads) * head_dim, width]
    pub(crate) o_proj: Linear,                   // [width, heads * head_dim]
    pub(crate) post_attention_layernorm: Tensor, // [width]
    pub(crate) gate_up_proj: Linear,             // [2 ffn, width]
    pub(crate) down_proj: Linear,                // [width, ffn]
}

impl Llama {
    /// Takes the tensors of a checkpoint; every one must be there with the shape that the config asks for.
    pub fn new(config: ModelConfig, weights: &mut Weights, kind: Kind, device: Device) -> Result<Self> {
        let (width, ffn, head_dim) = (config.width, config.ffn, config.head_dim);
        let (query, shared) = (config.heads * head_dim, config.kv_heads * head_dim);
        // On the CPU bf16 and f16 are formats of weights: states, norms and caches stay f32, in which
        // every CPU computes; nothing is gained by rounding them.
        let activations = if device == Device::Cpu { Kind::Float } else { kind };
        let mut take = |name: &str, size: &[i64]| -> Result<Tensor> {
            let tensor = weights.take(name, size)?.to_kind(kind).to_device(device);
            Ok(if size.len() == 1 { tensor.to_kind(activations) } else { tensor })
        };
        let embed_tokens = take("model.embed_tokens.weight", &[config.vocabulary, width])?;
        let mut blocks = Vec::new();
        for index in 0..config.layers {
            let mut take =
                |name: &str, size: &[i64]| take(&format!("model.layers.{index}.{name}.weight"), size);
            let q_proj = take("self_attn.q_proj", &[query, width])?;
            let k_proj = take("self_attn.k_proj", &[shared, width])?;
            let v_proj = take("self_attn.v_proj", &[shared, width])?;
            let gate_proj = take("mlp.gate_proj", &[ffn, width])?;
            let up_proj = take("mlp.up_proj", &[ffn, width])?;
            blocks.push(Block {
                input_layernorm: take("input_layernorm", &[width])?,
                qkv_proj: Linear::Dense { weight: Tensor::cat(&[q_proj, k_proj, v_proj], 0) },
                o_proj: Linear::Dense { weight: take("self_attn.o_proj", &[width, query])?.contiguous() },
                post_attention_layernorm: take("post_attention_layernorm", &[width])?,
                gate_up_proj: Linear::Dense { weight: Tensor::cat(&[gate_proj, up_proj], 0) },
                down_proj: Linear::Dense { weight: take("mlp.down_proj", &[width, ffn])?.contiguous() },
            });
        }
        let norm = take("model.norm.weight", &[width])?;
        let head = if config.tied {
            embed_tokens.shallow_clone()
        } else {
            take("lm_head.weight", &[config.vocabulary, width])?
        };
        let rope = Rope::new(&config, activations, device);
        Ok(Self {
            config,
            embed_tokens,
            blocks,
            norm,
            lm_head: Linear::Dense { weight: head },
            rope,
            activations,
        })
    }

    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.norm.device()
    }

    /// Whether single positions run on slices: on the CPU, in f32.
    fn on_rows(&self) -> bool {
        self.activations == Kind::Float && self.device() == Device::Cpu
    }

    pub(super) fn normalize(&self, hidden: &Tensor, weight: &Tensor) -> Tensor {
        hidden.rms_norm([self.config.width], Some(weight), self.config.norm_eps)
    }

    /// `[.., width]` to queries `[.., heads, head_dim]`, keys and values `[.., kv_heads, head_dim]`; the product
    /// is computed in `kind`.
    pub(super) fn query_key_value(
        &self,
        block: &Block,
        normed: &Tensor,
        kind: Kind,
    ) -> (Tensor, Tensor, Tensor) {
        let ModelConfig { heads, kv_heads, head_dim, .. } = self.config;
        let mut size = normed.size();
        size.pop();
        size.extend([heads + 2 * kv_heads, head_dim]);
        let fused = block.qkv_proj.forward_in(normed, kind).reshape(size);
        (
            fused.narrow(-2, 0, heads),
            fused.narrow(-2, heads, kv_heads),
            fused.narrow(-2, heads + kv_heads, kv_heads),
        )
    }

    pub(super) fn feed_forward(&self, block: &Block, normed: &Tensor, kind: Kind) -> Tensor {
        let gate_up = block.gate_up_proj.forward_in(normed, kind);
        let half = gate_up.chunk(2, -1); // pruning makes this narrower than the config says
        block.down_proj.forward_in(&(half[0].silu() * &half[1]), kind)
    }
}

impl Model for Llama {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn activations(&self) -> Kind {
        self.activations
    }

    fn embed(&self, tokens: &Tensor) -> Tensor {
        Tensor::embedding(&self.embed_tokens, tokens, -1, false, false).to_kind(self.activations)
    }

    fn block(&self, index: usize, hidden: &Tensor, cache: &mut LayerCache) -> Tensor {
        let block = &self.blocks[index];
        let time = hidden.size()[0];
        if time == 1 && self.on_rows() {
            return Tensor::from_slice(&self.block_row(block, rows::elements(hidden), cache)).unsqueeze(0);
        }
        let kind = self.activations;
        let (query, keys, values) =
            self.query_key_value(block, &self.normalize(hidden, &block.input_layernorm), kind);
        let position = cache.length();
        let (query, keys) = (self.rope.rotate(&query, position), self.rope.rotate(&keys, position));
        cache.append(&keys, &values);
        let mixed = if time == 1 {
            one_row_attention(&query, cache)
        } else {
            assert_eq!(position, 0, "a prompt starts an empty cache");
            causal_attention(&query.unsqueeze(0), &keys.unsqueeze(0), &values.unsqueeze(0))
                .reshape([time, -1])
        };
        let hidden = hidden + block.o_proj.forward(&mixed);
        &hidden + self.feed_forward(block, &self.normalize(&hidden, &block.post_attention_layernorm), kind)
    }

    fn fill_cache(&self, index: usize, hidden: &Tensor, cache: &mut LayerCache) {
        let block = &self.blocks[index];
        let ModelConfig { heads, kv_heads, head_dim, .. } = self.config;
        let normed = self.normalize(hidden, &block.input_layernorm);
        let key_value = block.qkv_proj.rows(heads * head_dim, 2 * kv_heads * head_dim);
        let fused = key_value.forward(&normed).reshape([-1, 2 * kv_heads, head_dim]);
        let keys = self.rope.rotate(&fused.narrow(1, 0, kv_heads), cache.length());
        cache.append(&keys, &fused.narrow(1, kv_heads, kv_heads));
    }

    fn head(&self, hidden: &Tensor) -> Tensor {
        if hidden.numel() as i64 == self.config.width && self.on_rows() && !self.norm.requires_grad() {
            let hidden = hidden.contiguous();
            let normed = self.normalize_row(rows::elements(&hidden), &self.norm);
            return Tensor::from_slice(&self.lm_head.row(&normed)).unsqueeze(0);
        }
        self.lm_head.forward(&self.normalize(hidden, &self.norm))
    }

    fn linears_mut(&mut self) -> Vec<(String, &mut Linear)> {
        let mut linears = Vec::new();
        for (index, block) in self.blocks.iter_mut().enumerate() {
            linears.push((format!("model.layers.{index}.self_attn.qkv_proj"), &mut block.qkv_proj));
            linears.push((format!("model.layers.{index}.self_attn.o_proj"), &mut block.o_proj));
            linears.push((format!("model.layers.{index}.mlp.gate_up_proj"), &mut block.gate_up_proj));
            linears.push((format!("model.layers.{index}.mlp.down_proj"), &mut block.down_proj));
        }
        linears.push(("lm_head".to_owned(), &mut self.lm_head));
        linears
    }

    fn linears(&self) -> Vec<(String, &Linear)> {
        let mut linears = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            linears.push((format!("model.layers.{index}.self_attn.qkv_proj"), &block.qkv_proj));
            linears.push((format!("model.layers.{index}.self_attn.o_proj"), &block.o_proj));
            linears.push((format!("model.layers.{index}.mlp.gate_up_proj"), &block.gate_up_proj));
            linears.push((format!("model.layers.{index}.mlp.down_proj"), &block.down_proj));
        }
        linears.push(("lm_head".to_owned(), &self.lm_head));
        linears
    }

    fn others(&self) -> Vec<&Tensor> {
        let norms =
            self.blocks.iter().flat_map(|block| [&block.input_layernorm, &block.post_attention_layernorm]);
        [&self.embed_tokens, &self.norm].into_iter().chain(norms).collect()
    }
}

/// Causal attention of whole sequences: `[batch, time, heads, head_dim]`, keys and values with fewer heads.
pub(super) fn causal_attention(query: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
    let heads = |x: &Tensor| x.transpose(1, 2); // [batch, heads, time, head_dim]
    Tensor::scaled_dot_product_attention(
        &heads(query),
        &heads(keys),
        &heads(values),
        None::<Tensor>,
        0.0,
        true,
        None,
        true,
    )
    .transpose(1, 2)
}

/// Attention of one position `[1, heads, head_dim]` over the whole cache: `[1, heads * head_dim]`.
fn one_row_attention(query: &Tensor, cache: &LayerCache) -> Tensor {
    let (keys, values) = (cache.keys(), cache.values());
    let [kv_heads, _, head_dim] = size3(&keys);
    let scale = 1.0 / (head_dim as f64).sqrt();
    let query = query.reshape([kv_heads, -1, head_dim]); // [kv_heads, heads / kv_heads, head_dim]
    let weights = (query.bmm(&keys.transpose(1, 2)) * scale).softmax(-1, None);
    weights.bmm(&values).reshape([1, -1])
}

pub(super) fn size3(tensor: &Tensor) -> [i64; 3] {
    tensor.size().try_into().expect("three dimensions")
}
