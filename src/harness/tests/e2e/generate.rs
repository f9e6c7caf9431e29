//! `harness generate`: answers, sampled and greedy, and what cannot be answered.

use serde_json::Value as Json;

use crate::programs::{engine_is_there, program, root};
use crate::trial::{Said, harness};

fn model() -> String {
    root().join("models/mini-code").display().to_string()
}

/// Generates with these words behind the model's.
fn generate(model: &str, words: &[&str]) -> Said {
    harness(&[&["generate", model], words].concat())
}

fn json(model: &str, words: &[&str]) -> Json {
    let said = generate(model, &[words, &["--json"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

const PROMPT: &[&str] = &["--prompt", "public class Stack { private int", "--tokens", "8"];

#[test]
fn an_answer_streams_and_has_tokens_times_and_joules() {
    if !engine_is_there() {
        return;
    }
    let words = [PROMPT, &["--meters", "sim"]].concat();
    let found = json(&model(), &[&words[..], &["--top-logprobs", "2"]].concat());
    let answer = &found["answers"][0];
    assert_eq!(answer["ids"].as_array().unwrap().len(), 8);
    assert_eq!(answer["finish"], "length");
    assert!(answer["seconds"].as_f64().unwrap() >= answer["first_token_s"].as_f64().unwrap());
    let best = &answer["top_logprobs"][0][0];
    assert_eq!(
        (best["id"].clone(), best["logprob"].clone()),
        (answer["ids"][0].clone(), answer["logprobs"][0].clone())
    );
    let energy = &found["energy"];
    assert_eq!(energy["class"], "simulated");
    assert!(energy["joules"].as_f64().is_some_and(|joules| joules > 0.0), "{energy}");
    assert_eq!(found["kernels"]["decode"], "rows-f32");
    assert_eq!(found["model"]["layers"], 16);

    let said = generate(&model(), &words);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.out.trim_end_matches('\n'), answer["text"].as_str().unwrap());
    assert!(said.err.contains("8 tokens in ") && said.err.contains(" J (simulated, "), "{}", said.err);
}

#[test]
fn variants_and_seeds_change_what_they_should() {
    if !engine_is_there() {
        return;
    }
    let quiet = [PROMPT, &["--meters", "none"]].concat();
    let ids = |words: &[&str]| json(&model(), &[&quiet[..], words].concat())["answers"][0]["ids"].clone();
    let drawn = |seed| ids(&["--temperature", "2", "--top-k", "50", "--seed", seed]);
    assert_eq!(drawn("4"), drawn("4"));
    assert_ne!(drawn("4"), drawn("5"));
    let early =
        json(&model(), &[&quiet[..], &["--exit", "fixed:layer=4", "--compress", "int8-weight"]].concat());
    assert_eq!(early["answers"][0]["exit_layers"][1], 4);
    assert_eq!(early["kernels"]["decode"], "rows-f32+rows-int8", "the head stays as it is");
    assert!(early["energy"]["joules"].is_null() && early["energy"]["reason"] == "no meters were read");
}

#[test]
fn prompts_come_from_a_file_as_lines_texts_or_objects() {
    if !engine_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.jsonl");
    std::fs::write(&file, "ab\n\"a\\nb\"\n\n{\"prompt\": \"xyz\", \"id\": 3}\n").unwrap();
    let words = ["--prompts", file.to_str().unwrap(), "--tokens", "3", "--meters", "none"];
    let found = json("tiny-random", &words);
    let answers = found["answers"].as_array().unwrap();
    let prompts: Vec<&str> = answers.iter().map(|answer| answer["prompt"].as_str().unwrap()).collect();
    assert_eq!(prompts, ["ab", "a\nb", "xyz"]);
    assert!(answers.iter().all(|answer| answer["ids"].as_array().unwrap().len() == 3));
}

#[test]
fn what_cannot_be_answered_is_refused_with_what_to_do() {
    let prompt = ["--prompt", "x", "--meters", "none"];
    let long = "x".repeat(3000);
    let model = model();
    for (name, words, code, expected) in [
        ("no-such-model", &prompt[..], 2, "`no-such-model` is no folder"),
        ("absent.gguf", &prompt, 3, "cannot read `absent.gguf`"),
        ("tiny-random", &["--prompt", "x", "--dtype", "f64"], 2, "unknown dtype `f64`"),
        ("tiny-random", &["--prompt", "x", "--exit", "fixed"], 2, "`layer` of `fixed` is missing"),
        ("tiny-random", &["--prompt", "x", "--compress", "int3"], 2, "unknown compression `int3`"),
        ("tiny-random", &["--prompt", "x", "--chat"], 2, "has no chat template"),
        ("tiny-random", &["--prompt", ""], 2, "prompt 1 is empty"),
        ("tiny-random", &["--prompts", "absent.txt"], 3, "cannot read `absent.txt`"),
        ("tiny-random", &["--prompt", "x", "--device", "tpu"], 2, "tpu"),
        ("tiny-random", &["--prompt", "x", "--meters", "smi"], 2, "smi"),
        (&model, &["--prompt", "x", "--revision", "v1", "--tokens", "0"], 2, "0"),
    ] {
        let said = generate(name, words);
        assert_eq!(said.code, code, "{name} {words:?}: {}", said.err);
        assert!(said.err.contains(expected), "{name} {words:?}: {}", said.err);
        assert!(said.out.is_empty() && !said.err.contains("panicked"), "{}", said.err);
    }
    if !engine_is_there() {
        return;
    }
    for (words, expected) in [
        (&["--prompt", long.as_str(), "--meters", "none"][..], "exceed a context of 2048"),
        (&["--prompt", "x", "--temperature", "0", "--meters", "none"], "`temperature` must be above 0"),
    ] {
        let said = generate("tiny-random", words);
        assert_eq!(said.code, 3, "{}", said.err);
        assert!(said.err.contains(expected) && said.err.contains("\nhelp: "), "{}", said.err);
    }
}

#[test]
fn a_models_name_on_a_hub_is_looked_for_in_the_cache_and_nowhere_else_when_offline() {
    let home = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = program();
        command.args(words).env("HF_HOME", home.path()).env("HF_HUB_OFFLINE", "1").env_remove("HF_HUB_CACHE");
        Said::from(&command.output().unwrap())
    };
    let said = run(&["generate", "owner/model", "--prompt", "x"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("`HF_HUB_OFFLINE` forbids"), "{}", said.err);
    let said = run(&["fetch", "model", "owner"]);
    assert_eq!(said.code, 3, "{}", said.err);

    if !engine_is_there() {
        return;
    }
    let folder = home.path().join("hub/models--owner--model/snapshots/c0ffee");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(root().join("models/mini-code").join(file), folder.join(file)).unwrap();
    }
    let refs = home.path().join("hub/models--owner--model/refs");
    std::fs::create_dir_all(&refs).unwrap();
    std::fs::write(refs.join("main"), "c0ffee").unwrap();
    let said = run(&["generate", "owner/model", "--prompt", "int", "--tokens", "2", "--meters", "none"]);
    assert_eq!(said.code, 0, "{}", said.err);
}
