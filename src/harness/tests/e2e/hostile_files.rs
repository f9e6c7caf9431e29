//! Files that never end, or that nobody ever writes to: refused at once, whoever names them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::programs::{HARNESS, root, state};
use crate::trial::{Said, Trial};

/// What a refusal may take on a busy machine.
const MOST_TIME: Duration = Duration::from_secs(20);

/// Runs `harness`, which is stopped where it does not end, and may not take much memory.
fn harness_within(folder: &Path, words: &[&str]) -> Said {
    let script = "ulimit -v 4000000; exec timeout 60 \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, HARNESS]).args(words).current_dir(folder).env("HARNESS_STATE", state());
    let begun = Instant::now();
    let said = Said::from(&command.stdin(Stdio::null()).output().unwrap());
    assert!(begun.elapsed() < MOST_TIME, "{words:?} took {:?}", begun.elapsed());
    said
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Every command that reads a file by name, with `{}` in its place.
const READERS: &[&[&str]] = &[
    &["plan", "{}"],
    &["run", "{}"],
    &["aa", "{}"],
    &["train", "{}"],
    &["show", "{}"],
    &["verify", "{}"],
    &["gate", "{}"],
    &["compare", "{}", "{}"],
    &["remeasure", "{}"],
    &["rescore", "{}"],
    &["targets", "{}"],
    &["price", "{}", "--prompt", "1", "--tokens", "1"],
    &["bundle", "{}"],
    &["certify", "{}", "--quality", "2 points", "--saves", "10%"],
    &["score", "--task", "jsonl", "--scorers", "exact-match", "--set", "{}", "--completions", "made.jsonl"],
    &["score", "--task", "jsonl", "--scorers", "exact-match", "--set", "set.jsonl", "--completions", "{}"],
    &["generate", "tiny-random", "--prompts", "{}"],
    &["generate", "{}", "--prompt", "a"],
    &["plan", "s.toml", "--set", "task.java.path={}"],
    &["plan", "s.toml", "--set", "model.path={}"],
    &["plan", "s.toml", "--set", "meter.replay.path={}", "--set", "meters=[\"replay\"]"],
];

#[test]
fn no_command_waits_for_a_fifo_or_reads_a_device_without_end() {
    let trial = Trial::good();
    trial.write("set.jsonl", b"{\"id\": \"a\", \"prompt\": \"a\", \"reference\": \"b\"}\n");
    trial.write("made.jsonl", b"{\"id\": \"a\", \"completion\": \"b\"}\n");
    mkfifo(&trial.path("fifo.jsonl"));
    for end in ["jsonl", "toml"] {
        std::os::unix::fs::symlink("/dev/zero", trial.path(&format!("zero.{end}"))).unwrap();
    }
    for words in READERS {
        for file in ["fifo.jsonl", "zero.jsonl", "zero.toml", "/dev/zero"] {
            let words: Vec<String> = words.iter().map(|word| word.replace("{}", file)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let said = harness_within(&trial.path(""), &words);
            assert!(matches!(said.code, 2 | 3), "{words:?}: {} {}{}", said.code, said.out, said.err);
            assert!(
                said.err.contains("\nhelp: ") && !said.err.contains("panicked"),
                "{words:?}: {}",
                said.err
            );
        }
    }
    trial.assert_nothing_written();
}

#[test]
fn a_folder_of_fifos_keeps_no_command_waiting() {
    let trial = Trial::with(&[("builtin = \"tiny-random\"", "path = \"model\"")]);
    std::fs::create_dir(trial.path("model")).unwrap();
    std::fs::create_dir(trial.path("kept")).unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors", "generation_config.json"] {
        mkfifo(&trial.path(&format!("model/{name}")));
    }
    for name in ["manifest.json", "summary.json", "cells.parquet", "windows.parquet"] {
        mkfifo(&trial.path(&format!("kept/{name}")));
    }
    let commands = ["show", "verify", "gate", "remeasure", "rescore", "targets", "bundle", "compare"];
    let mut calls: Vec<Vec<&str>> = commands.iter().map(|command| vec![*command, "kept"]).collect();
    calls.push(vec!["price", "kept", "--prompt", "1", "--tokens", "1"]);
    calls.push(vec!["plan", "s.toml"]);
    calls.push(vec!["generate", "model", "--prompt", "a"]);
    for words in &calls {
        let said = harness_within(&trial.path(""), words);
        assert!(matches!(said.code, 2 | 3), "{words:?}: {} {}", said.code, said.err);
        assert!(said.err.contains("help: "), "{words:?}: {}", said.err);
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_by_its_limit() {
    let trial = Trial::good();
    for name in ["large.toml", "large.jsonl"] {
        std::fs::File::create(trial.path(name)).unwrap().set_len(1 << 40).unwrap();
    }
    let said = harness_within(&trial.path(""), &["plan", "large.toml"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("more than 64 MiB"), "{}", said.err);
    trial.write("set.jsonl", b"{\"id\": \"a\", \"prompt\": \"a\", \"reference\": \"b\"}\n");
    let said = harness_within(
        &trial.path(""),
        &[
            "score",
            "--task",
            "jsonl",
            "--scorers",
            "exact-match",
            "--set",
            "set.jsonl",
            "--completions",
            "large.jsonl",
        ],
    );
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("4 GiB"), "{}", said.err);
    assert!(root().is_dir());
}
