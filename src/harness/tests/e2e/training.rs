//! `harness train` on a corpus of a few files: a model folder with its card, its energy, and the same figures again.

use std::fs;
use std::path::Path;

use harness::record::Phase;

use crate::programs::engine_is_there;
use crate::run_folder::RunFolder;
use crate::trial::{Said, harness};

const FILE: &str = r#"schema = 1
name = "tiny"
seed = 3
out = "model"
work = "work"
meters = ["sim"]

[meter.sim]
watts = 10

[corpus]
path = "src"
form = "java"
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
    let table = &table[..table.find("\n\n").unwrap()];
    assert!(card.contains("`cpu`, 1 threads, products in f32") && table.contains("| held-out | "), "{card}");
    assert!(card.contains(", class simulated) in "), "{card}");

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

/// Tunes the model that the training file above has made, on plain text, through adapters.
const TUNING: &str = r#"schema = 1
name = "tuned"
seed = 3
out = "tuned"
work = "tuning"
meters = ["sim"]

[meter.sim]
watts = 10

[corpus]
path = "text"
form = "text"
seed = 1
held-out = 0.2

[start]
path = "model"

[exits]
layers = [1, 2]
weights = "uniform"

[steps]
epochs = 3
sequence = 16
batch = 2
accumulate = 2
schedule = "constant"
learning-rate = 0.01
gradient-checkpointing = true
evaluate-steps = 4
threads = 1

[lora]
rank = 2
alpha = 4
targets = ["q_proj", "v_proj"]
"#;

#[test]
fn a_checkpoint_is_tuned_on_text_metered_and_can_be_run() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), &[]);
    let trained = harness(&["train", &first]);
    assert_eq!(trained.code, 0, "{}", trained.err);
    fs::create_dir(folder.path().join("text")).unwrap();
    for file in 0..10 {
        let lines: String = (0..12).map(|n| format!("line {n} of file {file} says nothing new\n")).collect();
        fs::write(folder.path().join(format!("text/{file}.txt")), lines).unwrap();
    }
    fs::write(folder.path().join("model/chat_template.jinja"), "{{ messages[0].content }}").unwrap();
    let path = folder.path().join("tuning.toml");
    fs::write(&path, TUNING).unwrap();
    let tuned = harness(&["train", path.to_str().unwrap()]);
    assert_eq!(tuned.code, 0, "{}", tuned.err);

    let out = folder.path().join("tuned");
    let card = fs::read_to_string(out.join("README.md")).unwrap();
    for words in
        ["| start | the llama `", "LoRA of rank 2", "## Agreement with the last block", "class simulated"]
    {
        assert!(card.contains(words), "{words}: {card}");
    }
    assert!(out.join("chat_template.jinja").is_file());
    let curve = fs::read_to_string(out.join("curve.csv")).unwrap();
    assert!(curve.lines().any(|line| line.starts_with("0,0,1,,")), "measured before the first step: {curve}");

    let run = RunFolder::only_one_in(&folder.path().join("tuning/runs"));
    assert!(!run.windows.is_empty() && run.windows.iter().all(|window| window.phase == Phase::Train));
    for window in &run.windows {
        let energy = window.energy_j.unwrap_or_else(|| panic!("{window:?}"));
        assert!((energy - 10.0 * window.seconds).abs() < 0.5 + 0.1 * energy, "{window:?}");
    }
    assert!(!run.samples.is_empty() && run.manifest["complete"] == true);

    // Called again: nothing is left to do, and the energy stays what it was.
    let again = harness(&["train", path.to_str().unwrap()]);
    assert_eq!(again.code, 0, "{}", again.err);
    let energy = |card: &str| card.lines().find(|line| line.starts_with("| energy")).unwrap().to_owned();
    assert_eq!(energy(&fs::read_to_string(out.join("README.md")).unwrap()), energy(&card));

    let measured = harness(&["train", path.to_str().unwrap(), "--evaluate-only"]);
    assert!(measured.code == 0 && measured.out.contains("| held-out | "), "{}", measured.err);
}

#[test]
fn corpora_and_starts_that_are_of_no_use_are_refused_with_a_sentence() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = write(folder.path(), &[("batch = 3", "batch = 3000")]);
    let refused = |file: &str, words: &str| {
        let Said { code, err, .. } = harness(&["train", file]);
        assert!((code == 2 || code == 3) && err.contains(words) && err.contains("help: "), "{code}: {err}");
    };
    refused(&small, "tokens to learn from, and one step takes 48000");
    let path = folder.path().join("tuning.toml");
    fs::write(&path, TUNING).unwrap();
    let path = path.to_str().unwrap();
    refused(path, "model");
    let changed = |from: &str, to: &str| {
        fs::write(
            path,
            TUNING
                .replace("[start]\npath = \"model\"", &format!("[start]\npath = {MODEL:?}"))
                .replace(from, to),
        )
        .unwrap();
    };
    fs::create_dir(folder.path().join("text")).unwrap();
    changed("", "");
    refused(path, "`exits.layers` must rise to the last block, 16");
    changed("layers = [1, 2]", "layers = [8, 16]");
    refused(path, "holds no text file that could be used");
    fs::write(folder.path().join("text/a.txt"), "a").unwrap();
    refused(path, "tokens to learn from");
    changed("sequence = 16", "sequence = 4096");
    refused(path, "must rise to the last block");
}

/// The model that the repository holds.
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mini-code");
