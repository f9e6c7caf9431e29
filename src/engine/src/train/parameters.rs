//! The trained tensors of a Llama: as optimiser slots, and as the tensors of a checkpoint.

use tch::{Device, Kind, Tensor};

use super::adamw::Slot;
use crate::linear::Linear;
use crate::model::Llama;

/// Every tensor once, marked to receive gradients; a tied head is its embedding.
pub fn slots(model: &Llama) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut add = |name: String, tensor: &Tensor, decays: bool| {
        slots.push(Slot::new(name, tensor.set_requires_grad(true), decays));
    };
    add("embed_tokens".to_owned(), &model.embed_tokens, true);
    for (index, block) in model.blocks.iter().enumerate() {
        add(format!("{index}.input_layernorm"), &block.input_layernorm, false);
        add(format!("{index}.post_attention_layernorm"), &block.post_attention_layernorm, false);
        for (name, linear) in [
            ("qkv_proj", &block.qkv_proj),
            ("o_proj", &block.o_proj),
            ("gate_up_proj", &block.gate_up_proj),
            ("down_proj", &block.down_proj),
        ] {
            if let Linear::Dense { weight } = linear {
                add(format!("{index}.{name}"), weight, true);
            }
        }
    }
    add("norm".to_owned(), &model.norm, false);
    if let (false, Linear::Dense { weight }) = (model.config.tied, &model.lm_head) {
        add("lm_head".to_owned(), weight, true);
    }
    slots
}

/// The tensors of a Hugging Face checkpoint, on the CPU, in bf16: half the file, and what bf16 weights would
/// be anyway.
pub fn checkpoint(model: &Llama) -> Vec<(String, Tensor)> {
    let config = &model.config;
    let (query, shared) = (config.heads * config.head_dim, config.kv_heads * config.head_dim);
    let mut tensors = vec![
        ("model.embed_tokens.weight".to_owned(), model.embed_tokens.shallow_clone()),
        ("model.norm.weight".to_owned(), model.norm.shallow_clone()),
    ];
    let mut add = |name: String, tensor: Tensor| tensors.push((name, tensor));
    for (index, block) in model.blocks.iter().enumerate() {
        let name = |part: &str| format!("model.layers.{index}.{part}.weight");
        add(name("input_layernorm"), block.input_layernorm.shallow_clone());
        add(name("post_attention_layernorm"), block.post_attention_layernorm.shallow_clone());
        let rows = |linear: &Linear, start, rows| linear.rows(start, rows).dense().map(Tensor::shallow_clone);
        for (part, linear, start, count) in [
            ("self_attn.q_proj", &block.qkv_proj, 0, query),
            ("self_attn.k_proj", &block.qkv_proj, query, shared),
            ("self_attn.v_proj", &block.qkv_proj, query + shared, shared),
            ("self_attn.o_proj", &block.o_proj, 0, config.width),
            ("mlp.gate_proj", &block.gate_up_proj, 0, config.ffn),
            ("mlp.up_proj", &block.gate_up_proj, config.ffn, config.ffn),
            ("mlp.down_proj", &block.down_proj, 0, config.width),
        ] {
            if let Some(tensor) = rows(linear, start, count) {
                add(name(part), tensor);
            }
        }
    }
    if let (false, Some(weight)) = (config.tied, model.lm_head.dense()) {
        add("lm_head.weight".to_owned(), weight.shallow_clone());
    }
    tensors
        .into_iter()
        .map(|(name, tensor)| {
            (name, tensor.detach().to_device(Device::Cpu).to_kind(Kind::BFloat16).contiguous())
        })
        .collect()
}
