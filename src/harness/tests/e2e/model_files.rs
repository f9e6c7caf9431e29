//! Model folders whose weights are cut off or do not fit their config: refused before anything is loaded.

use std::fs;

use harness::record::Status;
use serde_json::{Map, Value as Json, json};

use crate::programs::{engine_is_there, root};
use crate::refused::assert_refused;
use crate::trial::Trial;

/// Features, neurons, entries of the vocabulary (that of the tokenizer the folder borrows).
const WIDTH: usize = 16;
const FFN: usize = 32;
const VOCABULARY: usize = 4096;

/// Every tensor of a Llama of one block, by name and size.
pub(crate) fn tensors() -> Vec<(&'static str, Vec<usize>)> {
    vec![
        ("model.embed_tokens.weight", vec![VOCABULARY, WIDTH]),
        ("model.layers.0.input_layernorm.weight", vec![WIDTH]),
        ("model.layers.0.mlp.down_proj.weight", vec![WIDTH, FFN]),
        ("model.layers.0.mlp.gate_proj.weight", vec![FFN, WIDTH]),
        ("model.layers.0.mlp.up_proj.weight", vec![FFN, WIDTH]),
        ("model.layers.0.post_attention_layernorm.weight", vec![WIDTH]),
        ("model.layers.0.self_attn.k_proj.weight", vec![WIDTH, WIDTH]),
        ("model.layers.0.self_attn.o_proj.weight", vec![WIDTH, WIDTH]),
        ("model.layers.0.self_attn.q_proj.weight", vec![WIDTH, WIDTH]),
        ("model.layers.0.self_attn.v_proj.weight", vec![WIDTH, WIDTH]),
        ("model.norm.weight", vec![WIDTH]),
    ]
}

/// A safetensors file by hand: the header's length, the header, numbers that are small and not all alike.
pub(crate) fn safetensors(tensors: &[(&str, Vec<usize>)]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, size) in tensors {
        let begin = data.len();
        let numbers = 0..size.iter().product::<usize>();
        data.extend(numbers.flat_map(|at| (((at % 17) as f32 - 8.0) / 16.0).to_le_bytes()));
        let entry = json!({ "dtype": "F32", "shape": size, "data_offsets": [begin, data.len()] });
        header.insert((*name).to_owned(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

/// The config that asks for these tensors.
pub(crate) fn config() -> Json {
    json!({
        "model_type": "llama",
        "hidden_size": WIDTH,
        "intermediate_size": FFN,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": true,
    })
}

/// A suite over a folder with these weights.
fn trial(weights: &[u8]) -> Trial {
    with_model(&[], &config(), weights)
}

/// A suite with these changes over a folder with this config and these weights.
pub(crate) fn with_model(changes: &[(&str, &str)], config: &Json, weights: &[u8]) -> Trial {
    let folder = [("builtin = \"tiny-random\"", "path = \"model\"")];
    let trial = Trial::with(&[&folder, changes].concat());
    trial.write("model/config.json", config.to_string().as_bytes());
    trial.write("model/model.safetensors", weights);
    fs::copy(root().join("models/mini-code/tokenizer.json"), trial.path("model/tokenizer.json")).unwrap();
    trial
}

#[test]
fn weights_that_fit_are_measured() {
    if !engine_is_there() {
        return;
    }
    let trial = trial(&safetensors(&tensors()));
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok && cell.tokens_out > Some(0)));
    assert_eq!(run.manifest["weights"].as_array().unwrap().len(), 1);
}

#[test]
fn weights_that_are_no_numbers_are_told_by_their_tensor() {
    if !engine_is_there() {
        return;
    }
    for value in [f32::NAN, f32::INFINITY] {
        let mut weights = safetensors(&tensors());
        let last = weights.len() - 4;
        weights[last..].copy_from_slice(&value.to_le_bytes());
        let trial = trial(&weights);
        let said = trial.run(&[]);
        assert_eq!(said.code, 3, "{}{}", said.out, said.err);
        let run = trial.run_folder();
        for cell in &run.cells {
            let reason = cell.reason.as_deref().unwrap_or_default();
            assert!(
                reason.contains("tensor `model.norm.weight`") && reason.contains("NaN or infinite"),
                "{reason}"
            );
            assert!(matches!(cell.status, Status::Failed | Status::Skipped), "{:?}", cell.status);
        }
        assert!(run.items.is_empty());
    }
}

#[test]
fn damaged_weights_are_refused_before_anything_is_loaded() {
    let whole = safetensors(&tensors());
    let mut long_header = whole.clone();
    long_header[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut no_json = whole.clone();
    no_json[8] = b'?';
    for (weights, words) in [
        (whole[..whole.len() - 100].to_vec(), "is damaged"),
        (whole[..5].to_vec(), "is damaged"),
        (Vec::new(), "is damaged"),
        (long_header, "is damaged"),
        (no_json, "is damaged"),
    ] {
        let trial = trial(&weights);
        assert_refused(&trial, &trial.run(&[]), 3, &["model.safetensors", words], words);
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_with_the_tensors_name() {
    let absent: Vec<_> = tensors().into_iter().filter(|(name, _)| !name.contains("up_proj")).collect();
    let mut wrong = tensors();
    wrong[2].1 = vec![WIDTH, FFN + 1];
    let mut more = tensors();
    more.push(("model.layers.0.self_attn.q_proj.bias", vec![WIDTH]));
    for (tensors, words) in [
        (absent, &["no tensor `model.layers.0.mlp.up_proj.weight`"][..]),
        (wrong, &["`model.layers.0.mlp.down_proj.weight`", "[16, 33]", "[16, 32]"]),
        (more, &["does not ask for", "`model.layers.0.self_attn.q_proj.bias`"]),
    ] {
        let trial = trial(&safetensors(&tensors));
        assert_refused(&trial, &trial.run(&[]), 3, words, words[0]);
    }
}
