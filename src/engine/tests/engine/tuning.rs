//! Training from a checkpoint: all weights or adapters, resumed to the bit, measured on the way, ended where it diverges.

use std::fs;
use std::path::Path;

use harness_checkpoint::{ARCHITECTURES, Checkpoint};
use serde_json::{Value, json};
use tch::{Kind, Tensor};

use crate::gguf::{F32, convert};
use crate::talk::Talk;
use crate::tiny::{difference, golden};

/// Counting upwards from changing starts, in ids that every golden model has.
fn stream(folder: &Path) -> String {
    let document = |document: u32| {
        let rising = (0..14).map(move |position| 2 + (document + position) % 14);
        [0].into_iter().chain(rising).chain([1])
    };
    let ids: Vec<u32> = (0..40).flat_map(document).collect();
    let path = folder.join("stream.u32");
    fs::write(&path, ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    path.display().to_string()
}

/// Tuning the golden model `name` for so many steps.
fn spec(folder: &Path, name: &str, steps: u64) -> Value {
    let stream = stream(folder);
    json!({
        "start": {"checkpoint": {
            "source": {"kind": "hugging-face-folder", "path": golden(name), "dtype": "f32"},
            "weights_sha256": "not looked at",
        }},
        "stream": stream,
        "document_start": 0,
        "evaluate": [["itself", stream]],
        "evaluate_steps": 10,
        "curve_tokens": 100,
        "exits": [1, 2, 4],
        "exit_weights": [0.3, 0.3, 0.4],
        "exits_per_step": 3,
        "tokens": steps * 2 * 2 * 12,
        "sequence": 12,
        "batch": 2,
        "accumulate": 2,
        "schedule": "constant",
        "learning_rate": 0.01,
        "final_learning_rate": 0.0,
        "warm_up_steps": 0,
        "weight_decay": 0.01,
        "betas": [0.9, 0.999],
        "clip": 1.0,
        "gradient_checkpointing": false,
        "device": "cpu",
        "matmul": "f32",
        "dtype": "f32",
        "saved_dtype": "f32",
        "checkpoint_seconds": 0,
        "seed": 4,
        "threads": 1
    })
}

fn layers(name: &str) -> usize {
    Checkpoint::folder(&golden(name)).unwrap().blueprint().unwrap().blocks.len()
}

/// The golden models that tests of every architecture run: one for each, and more.
fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(golden(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| golden(name).join("config.json").is_file())
        .collect();
    names.sort();
    assert!(names.len() >= ARCHITECTURES.len());
    names
}

fn request(spec: &Value, out: &Path, resume: bool) -> Value {
    json!({"type": "train", "spec": spec, "out": out, "resume": resume})
}

fn losses(replies: &[Value]) -> Vec<f64> {
    let steps = replies.iter().filter(|reply| reply["type"] == "step");
    steps.map(|step| step["loss"].as_f64().unwrap()).collect()
}

#[test]
fn a_model_of_every_architecture_learns_from_its_checkpoint() {
    let mut talk = Talk::start();
    for name in names() {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path(), &name, 12);
        let last = layers(&name);
        spec["exits"] = json!([1, last]);
        spec["exit_weights"] = json!([0.5, 0.5]);
        let replies = talk.ask(&request(&spec, folder.path(), false), "trained");
        let losses = losses(&replies);
        assert!(losses[11] < losses[0], "{name}: {losses:?}");

        // What was written loads, and says which exits it has learnt.
        let checkpoint = Checkpoint::folder(folder.path()).unwrap();
        let blueprint = checkpoint.blueprint().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(blueprint.shape.exits, [1, last as i64], "{name}");
        checkpoint.tensors(&blueprint).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_gguf_file_is_tuned_into_a_folder_with_the_names_of_its_architecture() {
    for (name, architecture) in
        [("llama_linear", "llama"), ("gemma2", "gemma2"), ("gpt2", "gpt2"), ("gpt_neox", "gptneox")]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("start.gguf");
        fs::write(&file, convert(&golden(name), architecture, F32)).unwrap();
        let mut spec = spec(folder.path(), name, 1);
        spec["start"]["checkpoint"]["source"] = json!({"kind": "gguf-file", "path": file, "dtype": "f32"});
        spec["learning_rate"] = json!(1e-9);
        Talk::start().ask(&request(&spec, folder.path(), false), "trained");
        // Such a small step moves nothing: the folder must hold the model that the file was made from.
        let (before, after) =
            (read(&golden(name), "model.safetensors"), read(folder.path(), "model.safetensors"));
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{name}");
        for (tensor, before) in &before {
            let off = difference(before, &after[tensor]);
            assert!(off < 1e-5, "{name}: `{tensor}` is off by {off}");
        }
    }
}

#[test]
fn the_exits_are_measured_before_the_first_step_and_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path(), "opt", 20);
    let replies = Talk::start().ask(&request(&spec, folder.path(), false), "trained");
    let measured: Vec<&Value> = replies.iter().filter(|reply| reply["type"] == "measured").collect();
    assert_eq!(measured.iter().map(|reply| reply["step"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 10, 20]);
    let of = |reply: &Value, what: &str, exit: usize| reply["accuracy"][what][exit][1].as_f64().unwrap();
    for reply in &measured {
        assert_eq!(of(reply, "agreement", 2), 1.0, "the last block agrees with itself");
    }
    assert!(of(measured[2], "loss", 0) < of(measured[0], "loss", 0));
}

#[test]
fn adapters_alone_are_trained_kept_and_merged_and_a_killed_training_gives_the_same_bits() {
    const STEPS: u64 = 120;
    let [whole, killed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut spec = spec(whole.path(), "llama_bias", STEPS);
    spec["lora"] = json!({"rank": 2, "alpha": 4.0, "targets": ["q_proj", "v_proj", "down_proj"]});
    spec["dtype"] = json!("bf16");
    spec["evaluate_steps"] = json!(null);
    let replies = Talk::start().ask(&request(&spec, whole.path(), false), "trained");
    let losses = losses(&replies);
    assert!(losses[STEPS as usize - 1] < losses[0], "{losses:?}");

    let mut talk = Talk::start();
    talk.send(&request(&spec, killed.path(), false));
    while talk.reply()["step"] != 7 {}
    talk.kill();
    let again = Talk::start().ask(&request(&spec, killed.path(), true), "trained");
    assert!(again[0]["step"].as_u64().is_some_and(|first| (7..=STEPS).contains(&first)), "{}", again[0]);
    assert_eq!(again.last(), replies.last());
    for file in ["model.safetensors", "checkpoint.safetensors"] {
        let [a, b] = [&whole, &killed].map(|folder| fs::read(folder.path().join(file)).unwrap());
        assert!(a == b, "`{file}` differs");
    }

    let names: Vec<String> = read(whole.path(), "checkpoint.safetensors").into_keys().collect();
    let thin = |name: &String| name.ends_with(".lora_A") || name.ends_with(".lora_B");
    let others: Vec<_> = names.iter().filter(|name| !thin(name)).collect();
    assert_eq!(others, ["first-loss", "step"], "a checkpoint of adapters holds nothing else");
    let (before, after) =
        (read(&golden("llama_bias"), "model.safetensors"), read(whole.path(), "model.safetensors"));
    for (name, tensor) in &before {
        let moved = difference(tensor, &after[name]) > 0.05;
        let target = ["q_proj", "v_proj", "down_proj"].iter().any(|target| name.contains(target));
        assert!(target || !moved, "{name} was not to be trained");
    }
}

fn read(folder: &Path, file: &str) -> std::collections::BTreeMap<String, Tensor> {
    let tensors = Tensor::read_safetensors(folder.join(file)).unwrap();
    tensors.into_iter().map(|(name, tensor)| (name, tensor.to_kind(Kind::Float))).collect()
}

#[test]
fn a_training_that_keeps_inputs_alone_learns_the_same() {
    let trained = |recompute: bool| {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path(), "opt", 20);
        spec["gradient_checkpointing"] = json!(recompute);
        losses(&Talk::start().ask(&request(&spec, folder.path(), false), "trained"))
    };
    let [kept, again] = [false, true].map(trained);
    for (kept, again) in kept.iter().zip(&again) {
        assert!((kept - again).abs() < 1e-4, "{kept} {again}");
    }
}

#[test]
fn a_rate_at_which_it_diverges_ends_the_training_with_the_step_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(folder.path(), "llama_bias", 200);
    spec["learning_rate"] = json!(1e4);
    spec["evaluate_steps"] = json!(null);
    let mut talk = Talk::start();
    talk.send(&request(&spec, folder.path(), false));
    let fault = loop {
        let reply = talk.reply();
        assert_ne!(reply["type"], "trained", "such a rate must not train");
        if reply["type"] == "fault" {
            break reply;
        }
    };
    let message = fault["message"].as_str().unwrap();
    assert!(fault["kind"] == "bad-request" && message.contains("at step"), "{message}");
    assert!(message.contains("lower `learning-rate`"), "{message}");
    assert!(!folder.path().join("model.safetensors").exists());
}

#[test]
fn a_start_that_does_not_fit_is_refused_before_its_weights_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = spec(folder.path(), "llama_bias", 2);
    let mut talk = Talk::start();
    for (pointer, value, kind, words) in [
        ("/sequence", json!(100_000), "bad-request", "does not fit a context"),
        ("/exits", json!([1, 2, 5]), "bad-request", "must rise from 1 or more to"),
        ("/start/checkpoint/source/path", json!("no/such/folder"), "bad-weights", "no/such/folder"),
    ] {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let (found, message) = talk.fault(&request(&changed, folder.path(), false));
        assert!(found == kind && message.contains(words), "{pointer} = {value}: {found}: {message}");
    }
}
