//! Programs are judged alike where the machine is stricter than usual: lower limits, an interpreter elsewhere, a root
//! without rights.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::programs::{HARNESS, present, program, state};
use crate::trial::{Said, Trial};

const SCORE: &[&str] = &[
    "score",
    "--task",
    "code-generation",
    "--set",
    "set.jsonl",
    "--completions",
    "made.jsonl",
    "--scorers",
    "pass@1",
];

/// A folder with one problem and its right answer.
fn problem() -> Trial {
    let trial = Trial::good();
    let row = json!({
        "task_id": "own/double",
        "prompt": "def double(n):\n    \"\"\"Own example.\"\"\"\n",
        "entry_point": "double",
        "test": "def check(candidate):\n    assert candidate(4) == 8\n",
    });
    trial.write("set.jsonl", row.to_string().as_bytes());
    let made = json!({ "task_id": "own/double", "completion": "    return n + n\n" });
    trial.write("made.jsonl", made.to_string().as_bytes());
    trial
}

/// Whether programs can be run here at all; says so where they cannot.
fn works(trial: &Trial) -> bool {
    let said = run(trial, &mut program());
    if said.code == 3 {
        eprintln!("skipped: no strict sandbox here: {}", said.err);
    }
    said.code == 0
}

fn run(trial: &Trial, command: &mut Command) -> Said {
    let output = command.args(SCORE).current_dir(trial.path("")).env("HARNESS_STATE", state()).output();
    Said::from(&output.unwrap())
}

/// The program behind another one.
fn behind(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(HARNESS);
    command
}

fn passes(said: &Said) {
    assert!(said.code == 0 && said.out.contains("verdicts: 1 pass"), "{}{}", said.out, said.err);
}

#[test]
fn limits_that_the_caller_has_lowered_stay_and_do_no_harm() {
    let trial = problem();
    if !present("prlimit") || !works(&trial) {
        return;
    }
    for limit in ["--nofile=200:200", "--core=0:0", "--memlock=4096:4096", "--fsize=9000000:9000000"] {
        passes(&run(&trial, &mut behind(&["prlimit", limit, "--"])));
    }
}

#[test]
fn an_interpreter_below_the_folder_for_temporary_files_runs() {
    let trial = problem();
    if !present("python3") || !works(&trial) {
        return;
    }
    let folder = trial.path("venv");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&folder).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: `python3 -m venv` does not work here");
        return;
    }
    assert!(folder.starts_with(std::env::temp_dir()) || !Path::new("/tmp").exists());
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = program();
    command.env("PATH", format!("{}:{path}", folder.join("bin").display()));
    passes(&run(&trial, &mut command));
}

#[test]
fn a_root_without_rights_is_an_ordinary_user_or_hears_which_layer_is_missing() {
    let trial = problem();
    let is_root = fs::metadata(trial.path("set.jsonl")).unwrap().uid() == 0;
    if !is_root || !present("setpriv") || !works(&trial) {
        return;
    }
    let said = run(&trial, &mut behind(&["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]));
    let named = said.code == 3 && said.err.contains("missing is `unprivileged user` (user namespace: ");
    assert!(named || said.out.contains("verdicts: 1 pass"), "{}{}", said.out, said.err);
}
