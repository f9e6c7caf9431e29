//! `harness train` on a corpus of a few files: a model folder with its card, and the same figures measured again.

use std::fs;
use std::path::Path;

use crate::programs::engine_is_there;
use crate::trial::{Said, harness};

const FILE: &str = r#"schema = 1
name = "tiny"
seed = 3
out = "model"
work = "work"

[corpus]
folder = "src"
seed = 1
held-out = 0.2
max-tokens = 100_000
evaluate-tokens = 500

[model]
vocabulary = 280
width = 16
layers = 2
heads = 2
kv-heads = 1
ffn = 32
context = 32

[exits]
layers = [1, 2]
first-half = 0.4
second-half = 0.0
decay = 0.9
per-step = 2

[steps]
tokens = 1_000
sequence = 16
batch = 3
learning-rate = 0.01
final-learning-rate = 0.1
warm-up = 2
weight-decay = 0.1
betas = [0.9, 0.95]
clip = 1.0
device = "cpu"
matmul = "f32"
checkpoint-seconds = 60
threads = 1
"#;

/// A training file, beside it ten small Java files.
fn write(folder: &Path, changes: &[(&str, &str)]) -> String {
    fs::create_dir_all(folder.join("src")).unwrap();
    for file in 0..10 {
        let body: String = (0..20).map(|n| format!("int field{file} = {n}; ")).collect();
        fs::write(folder.join(format!("src/C{file}.java")), format!("class C{file} {{ {body} }}")).unwrap();
    }
    let path = folder.join("tiny.toml");
    let text = changes.iter().fold(FILE.to_owned(), |text, (from, to)| text.replace(from, to));
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_model_is_trained_and_its_cards_accuracy_measured_again() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &[]);
    let Said { code, err, .. } = harness(&["train", &file, "--evaluate-only"]);
    assert!(
        code == 3 && err.contains("there is no model in") && err.contains("help: train it"),
        "{code}: {err}"
    );

    let trained = harness(&["train", &file]);
    assert_eq!(trained.code, 0, "{}", trained.err);
    let card = fs::read_to_string(folder.path().join("model/README.md")).unwrap();
    let table = &card[card.find("| stream | tokens | exit 1 | exit 2 | 5-gram |").unwrap()..];
    assert!(card.contains("`cpu`, 1 threads, products in f32") && table.contains("| held-out | "), "{card}");

    let weights = || fs::read(folder.path().join("model/model.safetensors")).unwrap();
    let before = weights();
    let measured = harness(&["train", &file, "--evaluate-only"]);
    assert_eq!(measured.code, 0, "{}", measured.err);
    assert!(measured.out.contains(table), "{}\n{table}", measured.out);
    assert_eq!(weights(), before);

    let tokenizer = folder.path().join("model/tokenizer.json");
    fs::write(&tokenizer, fs::read_to_string(&tokenizer).unwrap() + " ").unwrap();
    let Said { code, err, .. } = harness(&["train", &file, "--evaluate-only"]);
    assert!(code == 3 && err.contains("another tokenizer"), "{code}: {err}");
}

#[test]
fn a_device_that_is_not_here_ends_a_training_with_the_next_action() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), &[("\"cpu\"", "\"cuda:99\"")]);
    let Said { code, err, .. } = harness(&["train", &file]);
    assert!(code == 3 && err.contains("device `cuda:99` is not there"), "{code}: {err}");
    assert!(err.contains("help: change `steps.device` or `steps.matmul`"), "{err}");
}
