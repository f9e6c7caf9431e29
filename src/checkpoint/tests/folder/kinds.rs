//! Kinds of folders that published models come in, each made here.

use std::fs;
use std::path::{Path, PathBuf};

use harness_checkpoint::{Checkpoint, CheckpointError, CheckpointFault};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// The engine's golden models.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/golden").join(name)
}

/// A copy of a golden model with a tokenizer of as many tokens as its embedding has rows.
pub fn copy(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(golden(name).join(file), folder.path().join(file)).unwrap();
    }
    let rows = config(folder.path())["vocab_size"].as_u64().unwrap();
    tokenizer(folder.path(), rows);
    folder
}

pub fn config(folder: &Path) -> Json {
    serde_json::from_slice(&fs::read(folder.join("config.json")).unwrap()).unwrap()
}

/// Changes keys of the config; `null` takes one away.
pub fn change(folder: &Path, changes: Json) {
    let mut config = config(folder);
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => drop(config.as_object_mut().unwrap().remove(key)),
            value => config[key] = value.clone(),
        }
    }
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
}

fn tokenizer(folder: &Path, tokens: u64) {
    let vocabulary: serde_json::Map<String, Json> =
        (0..tokens).map(|id| (format!("t{id}"), Json::from(id))).collect();
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": { "type": "WhitespaceSplit" }, "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "t0" }
    });
    fs::write(folder.join("tokenizer.json"), json.to_string()).unwrap();
}

fn check(folder: &Path) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = Checkpoint::folder(folder)?;
    checkpoint.check()?;
    Ok(checkpoint)
}

fn refused(folder: &Path, kind: CheckpointFault, words: &[&str]) {
    let error = check(folder).err().unwrap_or_else(|| panic!("accepted, expected {words:?}"));
    assert_eq!(error.kind, kind, "{error}");
    for word in words {
        assert!(error.message.contains(word), "`{word}` is not in: {error}");
    }
    assert!(!error.help.is_empty());
}

#[test]
fn end_tokens_of_both_files_count() {
    let folder = copy("llama");
    change(folder.path(), json!({ "eos_token_id": 2 }));
    fs::write(folder.path().join("generation_config.json"), r#"{"eos_token_id": [5, 2]}"#).unwrap();
    assert_eq!(check(folder.path()).unwrap().eos().unwrap(), [2, 5]);
    change(folder.path(), json!({ "eos_token_id": -1 }));
    assert_eq!(check(folder.path()).unwrap().eos().unwrap(), [2, 5]);
    change(folder.path(), json!({ "eos_token_id": "x" }));
    refused(folder.path(), CheckpointFault::Damaged, &["`eos_token_id`", "token id"]);
}

#[test]
fn a_rotation_may_be_named_twice_where_both_agree() {
    let folder = copy("llama_tied");
    let both = |new: &str, old: &str| json!({ "rope_parameters": null, "rope_scaling": { "rope_type": new, "type": old, "factor": 2.0 } });
    change(folder.path(), both("linear", "linear"));
    check(folder.path()).unwrap();
    change(folder.path(), both("linear", "dynamic"));
    refused(folder.path(), CheckpointFault::Unsupported, &["`linear`", "`dynamic`"]);
    change(folder.path(), both("ntk-by-parts", "ntk-by-parts"));
    refused(folder.path(), CheckpointFault::Unsupported, &["`ntk-by-parts` is not known"]);
}

#[test]
fn a_head_beside_a_tied_embedding_must_be_the_same() {
    // The golden model's head is its own: a config that ties it hides weights.
    let folder = copy("llama");
    change(folder.path(), json!({ "tie_word_embeddings": true }));
    refused(folder.path(), CheckpointFault::Damaged, &["`tie_word_embeddings`", "`lm_head.weight` differs"]);
    let folder = copy("llama_tied");
    change(folder.path(), json!({ "tie_word_embeddings": false }));
    refused(folder.path(), CheckpointFault::Damaged, &["holds no tensor `lm_head.weight`"]);
}

#[test]
fn tensors_that_the_config_does_not_ask_for_are_all_named() {
    let folder = copy("llama_bias");
    change(folder.path(), json!({ "attention_bias": false }));
    refused(
        folder.path(),
        CheckpointFault::Damaged,
        &["does not ask for", "`model.layers.0.self_attn.k_proj.bias`", "and 8 more"],
    );
}

#[test]
fn numbers_that_no_model_has_are_refused() {
    for (key, value, words) in [
        ("num_hidden_layers", json!(1_000_000_000), "expected 1 to 4096"),
        ("hidden_size", json!(-1), "`hidden_size` is -1"),
        ("vocab_size", json!(0), "`vocab_size` is 0"),
        ("rms_norm_eps", json!(-1e-5), "`rms_norm_eps`"),
        ("rms_norm_eps", json!(0.0), "`rms_norm_eps`"),
        ("num_key_value_heads", json!(3), "cannot share 3"),
        ("head_dim", json!(7), "even number"),
        ("hidden_act", json!("quick"), "activation `quick` is not known"),
        ("rope_parameters", json!({ "rope_theta": 0.0, "rope_type": "default" }), "`rope_theta` is 0"),
        ("exit_layers", json!([1]), "`exit_layers`"),
        ("exit_layers", json!([2, 1, 2]), "`exit_layers`"),
        ("hidden_size", json!("wide"), "not a model config"),
    ] {
        let folder = copy("llama");
        change(folder.path(), json!({ key: value }));
        let error = check(folder.path()).err().unwrap();
        assert!(error.message.contains(words), "{key}: {error}");
    }
}

#[test]
fn a_context_of_millions_is_only_a_number() {
    let folder = copy("llama_tied");
    change(folder.path(), json!({ "max_position_embeddings": 4_194_304 }));
    assert_eq!(check(folder.path()).unwrap().context().unwrap(), 4_194_304);
}

#[test]
fn a_byte_order_mark_is_skipped_and_what_json_does_not_know_has_its_place() {
    let folder = copy("llama_tied");
    let path = folder.path().join("config.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{text}")).unwrap();
    check(folder.path()).unwrap();
    fs::write(&path, text.replacen("{", "{\n\"limit\": Infinity,", 1)).unwrap();
    refused(folder.path(), CheckpointFault::Damaged, &["config.json", "is no JSON", "line 2"]);
}

#[test]
fn packed_weights_are_refused_by_their_methods_name() {
    let folder = copy("llama");
    for (changes, word) in [
        (json!({ "quantization_config": { "quant_method": "fp8" } }), "`fp8`"),
        (json!({ "quantization_config": { "quant_method": "gptq" } }), "`gptq`"),
        (json!({ "quantization_config": null, "quantization": { "bits": 4 } }), "MLX"),
    ] {
        change(folder.path(), changes);
        refused(folder.path(), CheckpointFault::Unsupported, &[word]);
    }
}

#[test]
fn a_tokenizer_with_more_tokens_than_rows_is_refused() {
    let folder = copy("llama");
    tokenizer(folder.path(), 33);
    refused(folder.path(), CheckpointFault::Damaged, &["ids up to 32", "32 rows"]);
    fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    refused(folder.path(), CheckpointFault::Missing, &["has no `tokenizer.json`"]);
}

#[test]
fn weights_that_could_run_code_are_refused_with_the_conversion() {
    let folder = copy("llama");
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    fs::write(folder.path().join("pytorch_model.bin"), "").unwrap();
    let error = check(folder.path()).err().unwrap();
    assert!(
        error.message.contains("`pytorch_model.bin`") && error.help.contains("save_pretrained"),
        "{error}"
    );
    fs::rename(folder.path().join("pytorch_model.bin"), folder.path().join("m.gguf")).unwrap();
    assert!(check(folder.path()).err().unwrap().help.contains("m.gguf"));
}

#[test]
fn names_without_the_outermost_part_are_completed() {
    // GPT-2 was published with names that begin inside `transformer`; others were saved without their heads' class.
    for (name, prefix) in [("gpt2", "transformer"), ("llama", "model")] {
        without_prefix(name, prefix);
    }
}

fn without_prefix(name: &str, prefix: &str) {
    let folder = copy(name);
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header =
        String::from_utf8(bytes[8..8 + length].to_vec()).unwrap().replace(&format!("\"{prefix}."), "\"");
    let padded = format!("{header:<length$}");
    fs::write(&path, [&bytes[..8], padded.as_bytes(), &bytes[8 + length..]].concat()).unwrap();
    check(folder.path()).unwrap();
}

#[test]
fn flags_that_are_null_are_as_if_they_were_absent() {
    let folder = copy("llama");
    let path = folder.path().join("config.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"attention_bias\": false", "\"attention_bias\": null")).unwrap();
    assert!(config(folder.path())["attention_bias"].is_null());
    check(folder.path()).unwrap();
}

#[test]
fn tensors_of_another_kind_are_named_by_it_before_their_size() {
    // As MLX packs them: eight weights of four bits in one whole number.
    let folder = copy("llama_tied");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: Json = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    header["model.norm.weight"]["dtype"] = "U32".into();
    let text = format!("{:<length$}", header.to_string());
    fs::write(&path, [&bytes[..8], &text.as_bytes()[..length], &bytes[8 + length..]].concat()).unwrap();
    refused(folder.path(), CheckpointFault::Unsupported, &["`model.norm.weight`", "holds U32"]);
}
