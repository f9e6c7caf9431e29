//! GGUF's names for architectures and tensors, and what its converter changes on the way.

/// What the converter of an architecture does to weights.
#[derive(Debug, Clone, Copy, Default)]
pub struct Converter {
    /// Rows of queries and keys: rotated pairs are put beside one another.
    pub turns_pairs: bool,
    /// Norms get their one added.
    pub adds_one: bool,
    /// Joined queries, keys and values are put one after another.
    pub orders_heads: bool,
}

/// GGUF's name, Hugging Face's name, what was changed.
const ARCHITECTURES: &[(&str, &str, Converter)] = &[
    ("gemma", "gemma", Converter { adds_one: true, turns_pairs: false, orders_heads: false }),
    ("gemma2", "gemma2", Converter { adds_one: true, turns_pairs: false, orders_heads: false }),
    ("gemma3", "gemma3_text", Converter { adds_one: true, turns_pairs: false, orders_heads: false }),
    ("gpt2", "gpt2", PLAIN),
    ("gptneox", "gpt_neox", Converter { orders_heads: true, turns_pairs: false, adds_one: false }),
    ("llama", "llama", Converter { turns_pairs: true, adds_one: false, orders_heads: false }),
    ("phi3", "phi3", PLAIN),
    ("qwen2", "qwen2", PLAIN),
    ("qwen3", "qwen3", PLAIN),
    ("smollm3", "smollm3", Converter { turns_pairs: true, adds_one: false, orders_heads: false }),
    ("starcoder2", "starcoder2", PLAIN),
];

const PLAIN: Converter = Converter { turns_pairs: false, adds_one: false, orders_heads: false };

/// Parts of blocks: the ending of Hugging Face's name, GGUF's name.
const PARTS: &[(&str, &str)] = &[
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("self_attn.qkv_proj", "attn_qkv"),
    ("input_layernorm", "attn_norm"),
    ("pre_feedforward_layernorm", "ffn_norm"),
    ("post_feedforward_layernorm", "post_ffw_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
    ("mlp.gate_up_proj", "ffn_up"),
    ("mlp.c_fc", "ffn_up"),
    ("mlp.c_proj", "ffn_down"),
    ("attn.c_attn", "attn_qkv"),
    ("attn.c_proj", "attn_output"),
    ("ln_1", "attn_norm"),
    ("ln_2", "ffn_norm"),
    ("attention.query_key_value", "attn_qkv"),
    ("attention.dense", "attn_output"),
    ("mlp.dense_h_to_4h", "ffn_up"),
    ("mlp.dense_4h_to_h", "ffn_down"),
];

/// Parts outside of blocks.
const WHOLES: &[(&str, &str)] = &[
    ("model.embed_tokens", "token_embd"),
    ("model.norm", "output_norm"),
    ("lm_head", "output"),
    ("transformer.wte", "token_embd"),
    ("transformer.wpe", "position_embd"),
    ("transformer.ln_f", "output_norm"),
    ("gpt_neox.embed_in", "token_embd"),
    ("gpt_neox.final_layer_norm", "output_norm"),
    ("embed_out", "output"),
];

/// Hugging Face's name of an architecture.
pub fn model_type(name: &str) -> Option<&'static str> {
    ARCHITECTURES.iter().find(|(known, _, _)| *known == name).map(|(_, theirs, _)| *theirs)
}

/// What the converter of an architecture does.
pub fn converter(name: &str) -> Converter {
    ARCHITECTURES.iter().find(|(known, _, _)| *known == name).map_or(PLAIN, |(_, _, converter)| *converter)
}

/// GGUF's name of a tensor; one that it has no name for stays as it is.
pub fn gguf(architecture: &str, tensor: &str) -> String {
    let Some((path, kind)) = tensor.rsplit_once('.') else { return tensor.to_owned() };
    if let Some((_, name)) = WHOLES.iter().find(|(theirs, _)| *theirs == path) {
        return format!("{name}.{kind}");
    }
    let block = path.split('.').find_map(|part| part.parse::<u32>().ok());
    // Gemma 2 has a norm behind attention where others have the one before the feed-forward layer.
    let behind = matches!(architecture, "gemma2" | "gemma3") && path.ends_with("post_attention_layernorm");
    let part = match behind {
        true => Some("post_attention_norm"),
        false => {
            PARTS.iter().find(|(theirs, _)| path.ends_with(&format!(".{theirs}"))).map(|(_, name)| *name)
        }
    };
    match block.zip(part) {
        Some((block, part)) => format!("blk.{block}.{part}.{kind}"),
        None => tensor.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_have_the_names_that_the_converter_gives_them() {
        for (architecture, theirs, ours) in [
            ("llama", "model.layers.12.self_attn.q_proj.weight", "blk.12.attn_q.weight"),
            ("llama", "model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight"),
            ("gemma2", "model.layers.0.post_attention_layernorm.weight", "blk.0.post_attention_norm.weight"),
            ("gemma2", "model.layers.0.pre_feedforward_layernorm.weight", "blk.0.ffn_norm.weight"),
            ("gpt2", "transformer.h.3.mlp.c_proj.bias", "blk.3.ffn_down.bias"),
            ("gpt2", "transformer.h.3.attn.c_proj.weight", "blk.3.attn_output.weight"),
            ("gptneox", "gpt_neox.layers.1.attention.query_key_value.bias", "blk.1.attn_qkv.bias"),
            ("phi3", "model.layers.1.mlp.gate_up_proj.weight", "blk.1.ffn_up.weight"),
            ("qwen2", "lm_head.weight", "output.weight"),
            ("qwen2", "unheard.of", "unheard.of"),
        ] {
            assert_eq!(gguf(architecture, theirs), ours);
        }
    }
}
