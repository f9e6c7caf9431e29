//! GGUF files against the folders that they are converted from: the same logits, whatever the converter did.
//!
//! The converter here follows llama.cpp's rules, apart from the reader's code that undoes them.

use std::fs;
use std::path::Path;

use harness_checkpoint::Checkpoint;
use harness_engine::model::{Model, build, footprint, kernels};
use serde_json::{Value as Json, json};
use tch::{Device, Kind, Tensor};

use crate::gguf_writer::Writer;
use crate::tiny::{copy, difference, logits};

const TOKENS: [i64; 20] = [1, 5, 9, 2, 31, 17, 17, 0, 23, 8, 30, 4, 14, 5, 9, 28, 21, 10, 3, 12];
pub(crate) const F32: u32 = 0;
const Q8_0: u32 = 8;

fn load(checkpoint: &Checkpoint) -> Model {
    let blueprint = checkpoint.blueprint().unwrap();
    let tensors = checkpoint.tensors(&blueprint).unwrap().unwrap();
    let mut model = build(blueprint, &tensors, Kind::Float, Device::Cpu).unwrap();
    model.reserve(96);
    model
}

/// What llama.cpp calls a tensor.
fn renamed(name: &str, architecture: &str) -> String {
    let (path, kind) = name.rsplit_once('.').unwrap();
    let block = path.split('.').find_map(|part| part.parse::<u32>().ok());
    let last =
        path.split('.').skip_while(|part| part.parse::<u32>().is_err()).skip(1).collect::<Vec<_>>().join(".");
    let gemma = architecture.starts_with("gemma2") || architecture.starts_with("gemma3");
    let ours = match (block.is_some(), last.as_str(), path) {
        (false, _, "model.embed_tokens" | "transformer.wte" | "gpt_neox.embed_in") => "token_embd",
        (false, _, "transformer.wpe") => "position_embd",
        (false, _, "model.norm" | "transformer.ln_f" | "gpt_neox.final_layer_norm") => "output_norm",
        (false, _, "lm_head" | "embed_out") => "output",
        (true, "input_layernorm" | "ln_1", _) => "attn_norm",
        (true, "post_attention_layernorm", _) if gemma => "post_attention_norm",
        (true, "post_attention_layernorm" | "ln_2" | "pre_feedforward_layernorm", _) => "ffn_norm",
        (true, "post_feedforward_layernorm", _) => "post_ffw_norm",
        (true, "self_attn.q_proj", _) => "attn_q",
        (true, "self_attn.k_proj", _) => "attn_k",
        (true, "self_attn.v_proj", _) => "attn_v",
        (true, "self_attn.q_norm", _) => "attn_q_norm",
        (true, "self_attn.k_norm", _) => "attn_k_norm",
        (true, "self_attn.o_proj" | "attn.c_proj" | "attention.dense", _) => "attn_output",
        (true, "self_attn.qkv_proj" | "attn.c_attn" | "attention.query_key_value", _) => "attn_qkv",
        (true, "mlp.gate_proj", _) => "ffn_gate",
        (true, "mlp.up_proj" | "mlp.gate_up_proj" | "mlp.c_fc" | "mlp.dense_h_to_4h", _) => "ffn_up",
        (true, "mlp.down_proj" | "mlp.c_proj" | "mlp.dense_4h_to_h", _) => "ffn_down",
        other => panic!("no name for {name}: {other:?}"),
    };
    block.map_or(format!("{ours}.{kind}"), |block| format!("blk.{block}.{ours}.{kind}"))
}

/// What llama.cpp's converter does to a tensor.
fn converted(name: &str, tensor: Tensor, architecture: &str, heads: i64, kv_heads: i64) -> Tensor {
    let turns = matches!(architecture, "llama" | "smollm3");
    for (part, count) in [("q_proj", heads), ("k_proj", kv_heads)] {
        if turns && name.contains(part) {
            // Pairs that are rotated together stand beside one another.
            let size = tensor.size();
            let apart = [&[count, 2, size[0] / count / 2], &size[1..]].concat();
            return tensor.reshape(&apart[..]).transpose(1, 2).reshape(&size[..]);
        }
    }
    if architecture.starts_with("gemma") && name.ends_with("norm.weight") {
        return tensor + 1.0;
    }
    if architecture == "gpt2" && tensor.dim() == 2 && name.contains(".c_") {
        return tensor.transpose(0, 1);
    }
    if architecture == "gptneox" && name.contains("query_key_value") {
        let size = tensor.size();
        let apart = [&[heads, 3, size[0] / heads / 3], &size[1..]].concat();
        return tensor.reshape(&apart[..]).transpose(0, 1).reshape(&size[..]);
    }
    tensor
}

/// A folder's model as one file, with its matrices in a format.
pub(crate) fn convert(folder: &Path, architecture: &str, format: u32) -> Vec<u8> {
    let config: Json = serde_json::from_slice(&fs::read(folder.join("config.json")).unwrap()).unwrap();
    let number = |keys: &[&str]| keys.iter().find_map(|key| config[*key].as_f64());
    let heads = number(&["num_attention_heads", "n_head"]).unwrap() as i64;
    let kv_heads = number(&["num_key_value_heads"]).map_or(heads, |count| count as i64);
    let width = number(&["hidden_size", "n_embd"]).unwrap() as i64;
    let head_dim = number(&["head_dim"]).map_or(width / heads, |size| size as i64);
    let key = |name: &str| format!("{architecture}.{name}");
    let mut file = Writer::default().str("general.architecture", architecture);
    for (name, keys) in [
        ("context_length", &["max_position_embeddings", "n_positions"][..]),
        ("embedding_length", &["hidden_size", "n_embd"]),
        ("block_count", &["num_hidden_layers", "n_layer"]),
        ("feed_forward_length", &["intermediate_size", "n_inner"]),
        ("attention.head_count", &["num_attention_heads", "n_head"]),
        ("attention.head_count_kv", &["num_key_value_heads"]),
        ("attention.key_length", &["head_dim"]),
        ("attention.sliding_window", &["sliding_window"]),
        ("rope.scaling.original_context_length", &["original_max_position_embeddings"]),
    ] {
        if let Some(value) = number(keys) {
            file = file.u32(&key(name), value as u32);
        }
    }
    let rope = &config["rope_parameters"];
    let share = rope["partial_rotary_factor"].as_f64().unwrap_or(1.0);
    file = file.u32(&key("rope.dimension_count"), (head_dim as f64 * share) as u32);
    if let Some(parallel) = config["use_parallel_residual"].as_bool() {
        file = file.bool(&key("use_parallel_residual"), parallel);
    }
    for (name, value) in [
        ("attention.layer_norm_rms_epsilon", number(&["rms_norm_eps"])),
        ("attention.layer_norm_epsilon", number(&["layer_norm_epsilon", "layer_norm_eps", "norm_epsilon"])),
        ("attn_logit_softcapping", number(&["attn_logit_softcapping"])),
        ("final_logit_softcapping", number(&["final_logit_softcapping"])),
        ("rope.freq_base", rope["rope_theta"].as_f64().or(number(&["rope_theta"]))),
        ("rope.scaling.factor", rope["factor"].as_f64().filter(|_| rope["rope_type"] != "llama3")),
    ] {
        if let Some(value) = value {
            file = file.f32(&key(name), value as f32);
        }
    }
    if let Some(rule @ ("linear" | "yarn")) = rope["rope_type"].as_str() {
        file = file.str(&key("rope.scaling.type"), rule);
        if let Some(original) = rope["original_max_position_embeddings"].as_u64() {
            file = file.u32(&key("rope.scaling.original_context_length"), original as u32);
        }
    }
    let mut tensors = Tensor::read_safetensors(folder.join("model.safetensors")).unwrap();
    for (name, tensor) in &mut tensors {
        let changed = converted(name, tensor.to_kind(Kind::Float), architecture, heads, kv_heads);
        (*name, *tensor) = (renamed(name, architecture), changed.contiguous());
    }
    if rope["rope_type"] == "llama3" {
        tensors.push(("rope_freqs.weight".to_owned(), llama3_factors(folder, head_dim)));
    }
    for (ours, theirs) in
        [("rope_factors_short.weight", "short_factor"), ("rope_factors_long.weight", "long_factor")]
    {
        if let Some(list) = rope[theirs].as_array() {
            let list: Vec<f32> = list.iter().map(|value| value.as_f64().unwrap() as f32).collect();
            tensors.push((ours.to_owned(), Tensor::from_slice(&list)));
        }
    }
    let mut data: Vec<u8> = Vec::new();
    for (name, tensor) in &tensors {
        data.resize(data.len().next_multiple_of(32), 0);
        let size: Vec<u64> = tensor.size().iter().rev().map(|size| *size as u64).collect();
        let format = if tensor.dim() == 2 && size[0].is_multiple_of(32) { format } else { F32 };
        file = file.tensor(name, &size, format, data.len() as u64);
        data.extend(stored(tensor, format));
    }
    file.data(&data).finish()
}

/// Divisors of each frequency of Llama 3.1's rotation.
fn llama3_factors(folder: &Path, head_dim: i64) -> Tensor {
    let blueprint = Checkpoint::folder(folder).unwrap().blueprint().unwrap();
    let stretched = &blueprint.rotaries[0].frequencies;
    let plain = harness_checkpoint::rope::Rotary::plain(head_dim, 500.0).frequencies;
    let factors: Vec<f32> =
        plain.iter().zip(stretched).map(|(plain, stretched)| (plain / stretched) as f32).collect();
    Tensor::from_slice(&factors)
}

fn stored(tensor: &Tensor, format: u32) -> Vec<u8> {
    let values: Vec<f32> = Vec::try_from(tensor.flatten(0, -1)).unwrap();
    if format == F32 {
        return values.iter().flat_map(|value| value.to_le_bytes()).collect();
    }
    let block = |block: &[f32]| {
        let largest = block.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = half::f16::from_f32(largest / 127.0);
        let bytes =
            block.iter().map(|value| (value / scale.to_f32()).round().clamp(-127.0, 127.0) as i8 as u8);
        [scale.to_le_bytes().to_vec(), bytes.collect()].concat()
    };
    values.chunks(32).flat_map(block).collect()
}

/// A folder whose config says what GGUF files of its architecture take for granted.
fn folder(name: &str, changes: Json) -> tempfile::TempDir {
    let folder = copy(name);
    let path = folder.path().join("config.json");
    let mut config: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    fs::write(&path, config.to_string()).unwrap();
    folder
}

#[test]
fn converted_files_give_the_logits_of_their_folders() {
    let gemma = json!({ "query_pre_attn_scalar": 8 });
    let gemma3 = json!({
        "query_pre_attn_scalar": 8, "layer_types": null, "sliding_window_pattern": 6, "_sliding_window_pattern": 6,
        "rope_parameters": null, "rope_theta": 5000.0, "rope_local_base_freq": 10_000.0,
    });
    let layers = json!({ "no_rope_layers": [1, 1, 1, 0] });
    for (name, architecture, changes) in [
        ("llama", "llama", json!({})),
        ("llama_tied", "llama", json!({})),
        ("llama_bias", "llama", json!({})),
        ("llama_linear", "llama", json!({})),
        ("llama_yarn", "llama", json!({})),
        ("qwen2", "qwen2", json!({})),
        ("qwen3", "qwen3", json!({})),
        ("gemma", "gemma", json!({})),
        ("gemma2", "gemma2", gemma),
        ("gemma3", "gemma3", gemma3),
        ("gpt2", "gpt2", json!({})),
        ("gpt_neox", "gptneox", json!({})),
        ("gpt_neox_sequential", "gptneox", json!({})),
        ("phi3", "phi3", json!({})),
        ("phi3_longrope", "phi3", json!({})),
        ("smollm3", "smollm3", layers),
        ("starcoder2", "starcoder2", json!({})),
    ] {
        let folder = folder(name, changes);
        let path = folder.path().join("model.gguf");
        fs::write(&path, convert(folder.path(), architecture, F32)).unwrap();
        let expected = logits(&load(&Checkpoint::folder(folder.path()).unwrap()), &TOKENS);
        let checkpoint = Checkpoint::gguf(&path).unwrap();
        let found = logits(&load(&checkpoint), &TOKENS);
        let off = difference(&found, &expected);
        assert!(off < 1e-4, "{name}: {off}");
    }
}

#[test]
fn packed_weights_stay_packed_and_give_what_their_unpacked_values_give() {
    // A width of 32, so that rows are whole blocks.
    let folder = folder("gpt_neox", json!({}));
    let path = folder.path().join("model.gguf");
    fs::write(&path, convert(folder.path(), "gptneox", Q8_0)).unwrap();
    let checkpoint = Checkpoint::gguf(&path).unwrap();
    let packed = load(&checkpoint);
    assert_eq!(
        kernels(&packed).decode,
        "rows-f32+rows-q8_0",
        "the second matrix of each layer has 24 inputs"
    );
    let whole = load(&Checkpoint::folder(folder.path()).unwrap());
    assert!(footprint(&packed).1 < footprint(&whole).1 / 2);

    // The same values, unpacked by hand into a folder.
    let blueprint = checkpoint.blueprint().unwrap();
    let tensors = checkpoint.tensors(&blueprint).unwrap().unwrap();
    let unpacked = tensors.names().into_iter().map(|name| {
        let entry = tensors.get(name).unwrap();
        let mut values = vec![0.0_f32; entry.shape.iter().product::<i64>() as usize];
        let format = match entry.format {
            harness_checkpoint::Format::Packed(format) => format,
            _ => harness_checkpoint::gguf::Format::F32,
        };
        harness_checkpoint::gguf::dequantize::row(format, tensors.bytes(entry), &mut values).unwrap();
        (name.to_owned(), Tensor::from_slice(&values).reshape(&entry.shape[..]))
    });
    let made = harness_engine::model::supply::Made(unpacked.collect());
    let mut plain = build(blueprint, &made, Kind::Float, Device::Cpu).unwrap();
    plain.reserve(96);
    let (found, expected) = (logits(&packed, &TOKENS), logits(&plain, &TOKENS));
    assert!(difference(&found, &expected) < 1e-4);
    let rounding = (found - logits(&whole, &TOKENS)).norm() / expected.norm();
    assert!(rounding.double_value(&[]) < 0.05, "within the format's rounding");
}
