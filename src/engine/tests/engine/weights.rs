//! Damaged model folders: each is bad weights, named.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harness_engine::model::{self, Loaded, Model};
use harness_protocol::{FaultKind, ModelSource};
use tch::{Device, Kind, Tensor};

use crate::tiny::{copy, difference, golden, logits};

const UP: &str = "model.layers.1.mlp.up_proj.weight";

fn load(folder: &Path) -> harness_engine::error::Result<Loaded> {
    let path = Some(folder.display().to_string());
    let source = ModelSource {
        kind: "hugging-face-folder".to_owned(),
        path,
        dtype: "f32".to_owned(),
        ..ModelSource::default()
    };
    model::load(&source, 0, Device::Cpu)
}

fn reserved(folder: &Path) -> Model {
    let mut model = load(folder).unwrap().model;
    model.reserve(96);
    model
}

fn refused(folder: &Path, words: &[&str]) {
    let error = load(folder).err().unwrap_or_else(|| panic!("accepted, expected {words:?}"));
    assert_eq!(error.kind, FaultKind::BadWeights, "{error}");
    for word in words {
        assert!(error.message.contains(word), "`{word}` is not in: {error}");
    }
}

fn read(folder: &Path) -> BTreeMap<String, Tensor> {
    Tensor::read_safetensors(folder.join("model.safetensors")).unwrap().into_iter().collect()
}

fn write(tensors: &BTreeMap<String, Tensor>, path: &Path) {
    Tensor::write_safetensors(&tensors.iter().collect::<Vec<_>>(), path).unwrap();
}

/// Changes the tensors of a copied folder.
fn changed(change: impl FnOnce(&mut BTreeMap<String, Tensor>)) -> tempfile::TempDir {
    let folder = copy("llama");
    let mut tensors = read(folder.path());
    change(&mut tensors);
    write(&tensors, &folder.path().join("model.safetensors"));
    folder
}

/// Splits the weights of a copied folder into two files with an index.
fn split() -> tempfile::TempDir {
    let folder = copy("llama");
    let tensors = read(folder.path());
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let mut parts = [BTreeMap::new(), BTreeMap::new()];
    let mut map = serde_json::Map::new();
    for (index, (name, tensor)) in tensors.into_iter().enumerate() {
        map.insert(name.clone(), format!("part-{}.safetensors", index % 2).into());
        parts[index % 2].insert(name, tensor);
    }
    for (index, part) in parts.iter().enumerate() {
        write(part, &folder.path().join(format!("part-{index}.safetensors")));
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
    folder
}

#[test]
fn weights_that_are_no_numbers_are_refused_with_their_tensor() {
    // One number in the last row: that of a token that no prompt has.
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for name in [UP, "model.embed_tokens.weight", "model.norm.weight"] {
            let folder = changed(|tensors| {
                let last = tensors[name].reshape([-1]);
                let _ = last.get(last.numel() as i64 - 1).fill_(value);
            });
            refused(folder.path(), &[name, "NaN or infinite"]);
        }
    }
    // Stored the other way round, and in another order of rows.
    for (model, name) in [("gpt2", "attn.c_attn.weight"), ("gpt_neox", "attention.query_key_value.weight")] {
        let folder = copy(model);
        let tensors = read(folder.path());
        let named = tensors.keys().find(|known| known.ends_with(name)).unwrap().clone();
        let _ = tensors[&named].reshape([-1]).get(0).fill_(f64::NAN);
        write(&tensors, &folder.path().join("model.safetensors"));
        refused(folder.path(), &[name, "NaN or infinite"]);
    }
}

#[test]
fn half_precision_weights_that_are_no_numbers_are_refused() {
    for kind in [Kind::BFloat16, Kind::Half] {
        let make = |value: f64| {
            changed(|tensors| {
                for tensor in tensors.values_mut() {
                    *tensor = tensor.to_kind(kind);
                }
                let _ = tensors[UP].reshape([-1]).get(3).fill_(value);
            })
        };
        // The largest number is one.
        load(make(60_000.0).path()).unwrap();
        refused(make(f64::NAN).path(), &[UP, "NaN or infinite"]);
        refused(make(f64::INFINITY).path(), &[UP, "NaN or infinite"]);
    }
}

#[test]
fn a_truncated_file_is_refused() {
    let folder = copy("llama");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    for length in [0, 4, 100, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        refused(folder.path(), &["model.safetensors", "damaged"]);
    }
}

#[test]
fn a_header_longer_than_the_file_is_refused() {
    let folder = copy("llama");
    fs::write(folder.path().join("model.safetensors"), [255; 64]).unwrap();
    refused(folder.path(), &["model.safetensors", "damaged"]);
}

#[test]
fn a_missing_tensor_is_named() {
    let folder = changed(|tensors| drop(tensors.remove(UP)));
    refused(folder.path(), &[UP, "holds no tensor"]);
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let folder = changed(|tensors| {
        drop(tensors.insert(UP.to_owned(), Tensor::zeros([24, 15], (Kind::Float, Device::Cpu))))
    });
    refused(folder.path(), &[UP, "[24, 15]", "[24, 16]"]);
}

#[test]
fn a_tensor_of_integers_is_named() {
    let folder = changed(|tensors| {
        let whole = tensors[UP].to_kind(Kind::Int);
        tensors.insert(UP.to_owned(), whole);
    });
    let error = load(folder.path()).err().unwrap();
    assert_eq!(error.kind, FaultKind::Unsupported, "{error}");
    assert!(error.message.contains(UP) && error.message.contains("I32"), "{error}");
}

#[test]
fn a_folder_without_its_files_is_refused_by_name() {
    for (file, words) in [
        ("config.json", ["cannot read", "config.json"]),
        ("model.safetensors", ["holds no", "model.safetensors"]),
    ] {
        let folder = copy("llama");
        fs::remove_file(folder.path().join(file)).unwrap();
        refused(folder.path(), &words);
    }
}

#[test]
fn a_config_that_is_none_or_of_another_family_is_refused() {
    let folder = copy("llama");
    for (text, word) in [("{", "is no JSON: EOF"), ("{}", "no `model_type`"), ("[1]", "no model config")] {
        fs::write(folder.path().join("config.json"), text).unwrap();
        refused(folder.path(), &["config.json", word]);
    }
    let config = fs::read_to_string(golden("llama").join("config.json")).unwrap();
    fs::write(folder.path().join("config.json"), config.replace("\"llama\"", "\"lamma\"")).unwrap();
    let error = load(folder.path()).err().unwrap();
    assert_eq!(error.kind, FaultKind::Unsupported, "{error}");
    assert!(error.message.contains("`lamma`") && error.message.contains("`llama`"), "{error}");
}

#[test]
fn a_split_checkpoint_is_the_same_model() {
    let tokens = [1, 2, 3, 4, 5];
    let whole = logits(&reserved(&golden("llama")), &tokens);
    let parts = logits(&reserved(split().path()), &tokens);
    assert_eq!(difference(&whole, &parts), 0.0);
}

#[test]
fn a_split_checkpoint_with_a_missing_part_or_a_foreign_one_is_refused() {
    let folder = split();
    fs::remove_file(folder.path().join("part-1.safetensors")).unwrap();
    refused(folder.path(), &["cannot read", "part-1.safetensors"]);
    let index = folder.path().join("model.safetensors.index.json");
    for (text, word) in
        [(r#"{"weight_map": {"a": "../a.safetensors"}}"#, "`../a.safetensors`"), ("{}", "no `weight_map`")]
    {
        fs::write(&index, text).unwrap();
        refused(folder.path(), &[word]);
    }
}

#[test]
fn a_source_dtype_or_device_that_is_not_there_is_refused() {
    let source = |kind: &str, dtype: &str| ModelSource {
        kind: kind.to_owned(),
        dtype: dtype.to_owned(),
        ..ModelSource::default()
    };
    for (source, kind, word) in [
        (source("tiny-random", "f64"), FaultKind::BadRequest, "`f64`"),
        (source("tiny-random", "f16"), FaultKind::Unsupported, "on a GPU only"),
        (source("tiny-random", "packed"), FaultKind::Unsupported, "out of a .gguf file only"),
        (source("onnx", "f32"), FaultKind::Unsupported, "`onnx`"),
        (source("hugging-face-folder", "f32"), FaultKind::Unsupported, "`path`"),
    ] {
        let error = model::load(&source, 0, Device::Cpu).err().unwrap();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(word), "{error}");
    }
}
