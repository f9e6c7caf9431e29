//! Training of a tiny model: it learns, survives a kill to the bit, is measured again, refuses what it cannot do.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::talk::Talk;

/// Counting upwards from changing starts: each token but a document's first follows from the one before.
fn stream(folder: &Path) -> String {
    let mut ids: Vec<u32> = Vec::new();
    for document in 0..60_u32 {
        ids.push(0);
        ids.extend((0..18).map(|position| 2 + (document + position) % 14));
        ids.push(1);
    }
    let path = folder.join("stream.u32");
    fs::write(&path, ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    path.display().to_string()
}

fn spec(folder: &Path, steps: u64) -> Value {
    let stream = stream(folder);
    json!({
        "start": {"new": {
            "vocabulary": 16, "width": 16, "layers": 2, "heads": 2, "kv_heads": 1, "ffn": 32, "context": 32
        }},
        "stream": stream,
        "document_start": 0,
        "evaluate": [["itself", stream]],
        "curve_tokens": 200,
        "exits": [1, 2],
        "exit_weights": [0.4, 0.6],
        "exits_per_step": 1,
        "tokens": steps * 4 * 16,
        "sequence": 16,
        "batch": 4,
        "accumulate": 1,
        "schedule": "cosine",
        "lora": null,
        "evaluate_steps": null,
        "gradient_checkpointing": false,
        "dtype": "f32",
        "saved_dtype": "bf16",
        "learning_rate": 0.02,
        "final_learning_rate": 0.1,
        "warm_up_steps": 5,
        "weight_decay": 0.1,
        "betas": [0.9, 0.95],
        "clip": 1.0,
        "device": "cpu",
        "matmul": "f32",
        "checkpoint_seconds": 0,
        "seed": 4,
        "threads": 1
    })
}

fn request(spec: &Value, out: &Path, resume: bool) -> Value {
    json!({"type": "train", "spec": spec, "out": out, "resume": resume})
}

#[test]
fn the_loss_halves_and_every_exit_learns_the_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(folder.path(), 120);
    spec["exits_per_step"] = json!(2);
    spec["checkpoint_seconds"] = json!(1000);
    let replies = Talk::start().ask(&request(&spec, folder.path(), false), "trained");
    let (trained, steps) = replies.split_last().unwrap();
    let loss = |step: &Value| step["loss"].as_f64().unwrap();
    assert_eq!((steps.len(), steps[119]["tokens"].as_u64().unwrap()), (120, 120 * 64));
    assert!((loss(&steps[0]) - 16_f64.ln()).abs() < 0.2, "a new model knows nothing: {}", loss(&steps[0]));
    assert!(loss(&steps[119]) < 0.5 * loss(&steps[0]), "{} to {}", loss(&steps[0]), loss(&steps[119]));
    let accuracy = &trained["accuracy"][0];
    assert_eq!((&accuracy["name"], accuracy["tokens"].as_u64()), (&json!("itself"), Some(60 * 19)));
    for exit in accuracy["per_exit"].as_array().unwrap() {
        assert!(exit[1].as_f64().unwrap() > 0.8, "{accuracy}");
    }

    // What was written loads as any other model folder does.
    let model = json!({"kind": "hugging-face-folder", "path": folder.path(), "dtype": "f32"});
    let load = json!({"type": "load", "model": model, "device": "cpu", "threads": 1, "seed": 1});
    let loaded = Talk::start().ask(&load, "loaded").pop().unwrap();
    assert_eq!(loaded["parameters"], trained["parameters"]);
    assert_eq!(loaded["weights_sha256"], trained["weights_sha256"]);
}

#[test]
fn a_training_that_was_killed_and_resumed_gives_the_same_bits() {
    const STEPS: u64 = 150;
    let [whole, killed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let spec = spec(whole.path(), STEPS);
    let uninterrupted = Talk::start().ask(&request(&spec, whole.path(), false), "trained").pop().unwrap();

    let mut talk = Talk::start();
    talk.send(&request(&spec, killed.path(), false));
    // The line of step 7 comes after the checkpoint of step 6.
    while talk.reply()["step"] != 7 {}
    talk.kill();
    let replies = Talk::start().ask(&request(&spec, killed.path(), true), "trained");
    let first = replies[0]["step"].as_u64();
    assert!(first.is_some_and(|first| (7..=STEPS).contains(&first)), "resumed at {first:?}");

    assert_eq!(replies[replies.len() - 1], uninterrupted);
    for file in ["model.safetensors", "checkpoint.safetensors"] {
        let [a, b] = [&whole, &killed].map(|folder| fs::read(folder.path().join(file)).unwrap());
        assert!(a == b, "`{file}` differs");
    }
}

#[test]
fn products_in_bf16_learn_what_those_in_f32_do() {
    let losses = |matmul: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path(), 120);
        spec["matmul"] = json!(matmul);
        spec["checkpoint_seconds"] = json!(1000);
        let replies = Talk::start().ask(&request(&spec, folder.path(), false), "trained");
        let (trained, steps) = replies.split_last().unwrap();
        for exit in trained["accuracy"][0]["per_exit"].as_array().unwrap() {
            assert!(exit[1].as_f64().unwrap() > 0.8, "{matmul}: {trained}");
        }
        steps.iter().map(|step| step["loss"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let [exact, rounded] = ["f32", "bf16"].map(losses);
    assert!(rounded[119] < 0.5 * rounded[0], "{} to {}", rounded[0], rounded[119]);
    assert_ne!(exact[0], rounded[0], "bf16 must round something");
    for (step, (exact, rounded)) in exact.iter().zip(&rounded).enumerate() {
        assert!((exact - rounded).abs() < 0.05 + 0.05 * exact, "step {step}: {exact} and {rounded}");
    }
}

#[test]
fn a_batch_that_divides_nothing_trains_for_more_than_one_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(folder.path(), 1);
    // 1200 tokens hold 74 sequences of 16: ten steps a pass, four sequences left over.
    (spec["batch"], spec["tokens"]) = (json!(7), json!(25 * 7 * 16 - 1));
    let replies = Talk::start().ask(&request(&spec, folder.path(), false), "trained");
    let trained = &replies[replies.len() - 1];
    assert_eq!((trained["steps"].as_u64(), trained["tokens"].as_u64()), (Some(25), Some(25 * 7 * 16)));
}

#[test]
fn what_was_trained_is_measured_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path(), 30);
    let mut talk = Talk::start();
    let trained = talk.ask(&request(&spec, folder.path(), false), "trained").pop().unwrap();
    let evaluate = json!({
        "type": "evaluate", "model": folder.path(), "streams": spec["evaluate"], "document_start": 0, "sequence": 16,
        "device": "cpu",
        "threads": 1
    });
    let evaluated = talk.ask(&evaluate, "evaluated").pop().unwrap();
    assert_eq!(evaluated["accuracy"], trained["accuracy"]);
    assert_eq!(evaluated["weights_sha256"], trained["weights_sha256"]);

    for (key, value, kind, words) in [
        ("model", json!("no/such/folder"), "bad-weights", "no/such/folder"),
        ("streams", json!([["x", "no/such/stream"]]), "bad-request", "no/such/stream"),
        ("sequence", json!(33), "bad-request", "expected 2 to 32"),
        ("threads", json!(0), "bad-request", "`threads`"),
        ("device", json!("cuda:99"), "unsupported", "`cuda:99` is not there"),
    ] {
        let mut changed = evaluate.clone();
        changed[key] = value;
        let (found, message) = talk.fault(&changed);
        assert!(found == kind && message.contains(words), "{key}: {found}: {message}");
    }
}

#[test]
fn what_this_machine_cannot_multiply_in_or_on_is_unsupported_before_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path(), 2);
    let mut talk = Talk::start();
    for (key, value, words) in [
        ("device", "cuda:99", "`cuda:99` is not there: libtorch sees"),
        ("matmul", "tf32", "only CUDA devices multiply in; use `f32` or `bf16`"),
    ] {
        let mut changed = spec.clone();
        changed[key] = json!(value);
        let (kind, message) = talk.fault(&request(&changed, folder.path(), false));
        assert!(kind == "unsupported" && message.contains(words), "{key}: {kind}: {message}");
    }
    assert!(!folder.path().join("checkpoint.safetensors").exists());
}

#[test]
fn a_spec_that_makes_no_sense_is_a_bad_request_before_any_step() {
    let folder = tempfile::tempdir().unwrap();
    let spec = spec(folder.path(), 2);
    let path = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).display().to_string()
    };
    let mut talk = Talk::start();
    for (pointer, value, words) in [
        ("/exits", json!([2]), "same length"),
        ("/exits", json!([1, 3]), "must rise"),
        ("/exits", json!([2, 2]), "must rise"),
        ("/exits", json!([0, 2]), "must rise"),
        ("/accumulate", json!(0), "`accumulate`"),
        ("/learning_rate", json!(0.0), "`learning_rate`"),
        ("/dtype", json!("bf16"), "train with `lora`"),
        ("/dtype", json!("f16"), "expected `f32` or `bf16`"),
        ("/saved_dtype", json!("f64"), "`saved_dtype`"),
        ("/schedule", json!("linear"), "unknown variant `linear`"),
        ("/lora", json!({"rank": 0, "alpha": 1.0, "targets": ["q_proj"]}), "`rank` of at least 1"),
        ("/lora", json!({"rank": 2, "alpha": 1.0, "targets": ["c_attn"]}), "it has `down_proj`, `gate_proj`"),
        ("/exit_weights", json!([1.0, 0.0]), "`exit_weights`"),
        ("/exit_weights", json!([-1.0, 2.0]), "`exit_weights`"),
        ("/matmul", json!("f64"), "unknown variant `f64`"),
        ("/device", json!("gpu"), "`cpu` or `cuda:N`"),
        ("/threads", json!(0), "`threads`"),
        ("/sequence", json!(1), "`sequence`"),
        ("/sequence", json!(33), "does not fit a context of 32"),
        ("/batch", json!(4000), "less than one batch"),
        ("/start/new/kv_heads", json!(0), "num_key_value_heads"),
        ("/start/new/heads", json!(3), "num_attention_heads"),
        ("/start/new/vocabulary", json!(9), "below 9"),
        ("/stream", json!("no/such/stream"), "no/such/stream"),
        ("/stream", json!(path("odd", &[1, 0, 0, 0, 1])), "no stream of u32"),
        ("/evaluate", json!([["x", "no/such/stream"]]), "no/such/stream"),
        ("/evaluate", json!([["x", path("startless", &[2, 0, 0, 0, 3, 0, 0, 0])]]), "holds no document"),
        ("/evaluate", json!([["x", path("empty", &[0; 8])]]), "holds no document"),
    ] {
        let mut changed = spec.clone();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let (kind, message) = talk.fault(&request(&changed, folder.path(), false));
        assert!(kind == "bad-request" && message.contains(words), "{pointer} = {value}: {kind}: {message}");
    }
    assert!(!folder.path().join("model.safetensors").exists());
}
