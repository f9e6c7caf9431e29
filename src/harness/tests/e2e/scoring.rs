//! `harness score`, `harness rescore`, `harness make`, `harness fetch` as typed.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::programs::{engine_is_there, program, root};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial, harness};

/// Three problems in HumanEval's form.
fn problems() -> String {
    let row = |name: &str, body: &str, check: &str| {
        json!({
            "task_id": format!("own/{name}"),
            "prompt": format!("def {name}(a, b):\n    \"\"\"Own example.\"\"\"\n"),
            "entry_point": name,
            "canonical_solution": format!("    return {body}\n"),
            "test": format!("def check(candidate):\n    assert candidate(6, 3) == {check}\n"),
        })
    };
    let rows = [row("add", "a + b", "9"), row("sub", "a - b", "3"), row("mul", "a * b", "18")];
    rows.map(|row| format!("{row}\n")).concat()
}

fn completions(lines: &[(&str, &str)]) -> String {
    lines
        .iter()
        .map(|(id, text)| format!("{}\n", json!({ "id": format!("own/{id}"), "completion": text })))
        .collect()
}

/// Whether programs can be run here at all; says so where they cannot.
fn sandbox_works(trial: &Trial) -> bool {
    let said = score(trial, &[("add", "    return a + b\n")], &["--partial", "--scorers", "pass@1"]);
    if said.code == 3 && said.err.contains("--sandbox=weak") {
        eprintln!("skipped: no strict sandbox here: {}", said.err);
        return false;
    }
    true
}

fn score(trial: &Trial, lines: &[(&str, &str)], arguments: &[&str]) -> Said {
    trial.write("set.jsonl", problems().as_bytes());
    trial.write("made.jsonl", completions(lines).as_bytes());
    let (set, made) = (trial.path("set.jsonl"), trial.path("made.jsonl"));
    let mut words = vec!["score", "--task", "code-generation", "--set", set.to_str().unwrap()];
    words.extend(["--completions", made.to_str().unwrap()]);
    words.extend(arguments);
    harness(&words)
}

fn scores(said: &Said) -> Json {
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn completions_made_elsewhere_get_verdicts_and_pass_at_k() {
    let trial = Trial::good();
    if !sandbox_works(&trial) {
        return;
    }
    let lines = [
        ("add", "    return a + b\n"),
        ("add", "    return a - b\n"),
        ("sub", "    return a - b\n"),
        ("sub", "    import sys\n    sys.exit(0)\n"),
        ("mul", "    return a +\n"),
        ("mul", "    while True:\n        pass\n"),
    ];
    let items = trial.path("items.jsonl");
    let found = scores(&score(
        &trial,
        &lines,
        &["--scorers", "pass@1,pass@2,exact-match", "--json", "--items", items.to_str().unwrap()],
    ));
    assert!((found["pass@1"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12, "{found}");
    assert!((found["pass@2"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12, "{found}");
    assert_eq!((&found["items"], &found["completions"]), (&json!(3), &json!(6)));
    assert_eq!(found["verdicts"], json!({ "pass": 2, "fail": 3, "timeout": 1 }));
    let items = fs::read_to_string(items).unwrap();
    let verdicts: Vec<Json> = items.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&verdicts[0]["verdict"], &verdicts[3]["verdict"]), (&json!("pass"), &json!("fail")));
    assert!(verdicts[3]["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{}", verdicts[3]);
}

#[test]
fn published_solutions_pass_as_they_are_published() {
    let data = root().join("../shared/data");
    for (set, id, solution, step) in [
        ("humaneval/HumanEval.jsonl", "task_id", "canonical_solution", 4),
        ("mbpp/mbpp.jsonl", "task_id", "code", 20),
    ] {
        let set = data.join(set);
        let Ok(text) = fs::read_to_string(&set) else {
            eprintln!("skipped: no `{}`", set.display());
            continue;
        };
        let trial = Trial::good();
        if !sandbox_works(&trial) {
            return;
        }
        let row = |line: &str| {
            let row: Json = serde_json::from_str(line).unwrap();
            json!({ "id": row[id], "completion": row[solution] })
        };
        let lines: Vec<String> = text.lines().step_by(step).map(|line| format!("{}\n", row(line))).collect();
        trial.write("made.jsonl", lines.concat().as_bytes());
        let made = trial.path("made.jsonl");
        let said = harness(&[
            "score",
            "--task",
            "code-generation",
            "--set",
            set.to_str().unwrap(),
            "--completions",
            made.to_str().unwrap(),
            "--partial",
            "--scorers",
            "pass@1",
            "--json",
        ]);
        let found = scores(&said);
        assert_eq!(found["pass@1"], 1.0, "{found}");
        assert_eq!(found["completions"], lines.len());
    }
}

#[test]
fn more_completions_than_there_are_have_no_pass_at_k() {
    let trial = Trial::good();
    if !sandbox_works(&trial) {
        return;
    }
    let lines = [("add", "    return a + b\n"), ("sub", "    return 0\n"), ("mul", "    return 0\n")];
    let said = score(&trial, &lines, &["--scorers", "pass@1,pass@5", "--json"]);
    assert_eq!(said.code, 3, "{}", said.err);
    let found: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&found["pass@5"], found["pass@1"].is_f64()), (&Json::Null, true));
    assert!(found["reasons"]["pass@5"].as_str().unwrap().contains("at least 5 completions"), "{found}");
}

#[test]
fn what_cannot_be_scored_is_refused_with_its_line() {
    const GOOD: (&str, &str) = ("add", "    return a + b\n");
    type Lines = &'static [(&'static str, &'static str)];
    const CASES: &[(Lines, &[&str], i32, &str)] = &[
        (&[GOOD, ("div", "x")], &["--scorers", "exact-match"], 2, "line 2: `own/div` is no item"),
        (&[GOOD], &["--scorers", "exact-match"], 3, "2 of 3 items have no completion"),
        (&[GOOD], &["--scorers", "exakt-match"], 2, "did you mean `exact-match`"),
        (&[GOOD], &["--scorers", "accuracy"], 2, "`accuracy` needs"),
        (&[GOOD], &["--scorers", "exact-match,exact-match"], 2, "named twice"),
        (&[GOOD], &["--option", "langauge=\"java\""], 2, "unknown key `langauge`"),
    ];
    let trial = Trial::good();
    for (lines, arguments, code, expected) in CASES {
        let said = score(&trial, lines, arguments);
        assert_eq!(said.code, *code, "{}{}", said.out, said.err);
        assert!(said.err.contains(expected) && said.err.contains("help:"), "{}", said.err);
    }
    let said = harness(&[
        "score",
        "--task",
        "code-completion",
        "--set",
        "datasets/java_mini.jsonl",
        "--completions",
        "x",
    ]);
    assert!(said.code == 2 && said.err.contains("--model FOLDER"), "{}", said.err);
    for (bytes, expected) in [
        (&b"{\"id\": \"own/add\"}\n"[..], "line 1"),
        (b"{\"id\": \"own/add\", \"completion\": \"x\"}\n{\"id\": \n", "line 2"),
        (b"\xff\n", "line 1"),
        (b"", "empty"),
    ] {
        trial.write("bad.jsonl", bytes);
        let (set, made) = (trial.path("set.jsonl"), trial.path("bad.jsonl"));
        let said = harness(&[
            "score",
            "--task",
            "code-generation",
            "--set",
            set.to_str().unwrap(),
            "--completions",
            made.to_str().unwrap(),
            "--scorers",
            "exact-match",
        ]);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains(expected) && said.err.contains("help:"), "{}", said.err);
    }
}

#[test]
fn own_questions_are_scored_by_named_scorers_and_own_programs() {
    let trial = Trial::good();
    trial.write("set.jsonl", b"{\"id\": \"a\", \"prompt\": \"x\", \"reference\": \"int a = 1 ;\"}\n");
    trial.write("made.jsonl", b"{\"id\": \"a\", \"completion\": \"int a = 2 ;\"}\n");
    trial.write("own.py", b"for line in open(0):\n    print('{\"id\": 0, \"score\": 0.25}')\n");
    let (set, made) = (trial.path("set.jsonl"), trial.path("made.jsonl"));
    let own = format!("mine=python3 {}", trial.path("own.py").display());
    let score = |arguments: &[&str]| {
        let mut words = vec!["score", "--task", "jsonl", "--set", set.to_str().unwrap()];
        words.extend(["--completions", made.to_str().unwrap(), "--json"]);
        words.extend(arguments);
        harness(&words)
    };
    let found = scores(&score(&[
        "--scorers",
        "rouge-l,codebleu-zero-dataflow",
        "--own-scorer",
        &own,
        "--option",
        "language=\"java\"",
    ]));
    assert_eq!((&found["mine"], found["rouge-l"].is_f64()), (&json!(0.25), true), "{found}");
    assert!(found["codebleu-zero-dataflow"].as_f64().unwrap() > 0.0);
    for (arguments, expected) in [
        (&[][..], "no scorer"),
        (&["--scorers", "codebleu"], "must know what completions are written in"),
        (&["--scorers", "pass@1"], "`pass@1` needs"),
        (&["--scorers", "pass@k"], "`pass@1`"),
        (&["--own-scorer", "items=x"], "no scorer of your own"),
    ] {
        let said = score(arguments);
        assert!(said.code == 2 && said.err.contains(expected) && said.err.contains("help:"), "{}", said.err);
    }
}

#[test]
fn a_run_is_scored_again_without_an_engine() {
    if !engine_is_there() {
        return;
    }
    let trial = Trial::good();
    assert_eq!(trial.run(&[]).code, 0);
    let before = trial.run_folder();
    let rescore = |arguments: &[&str]| {
        let mut command = program();
        command.arg("rescore").arg(&before.path).args(arguments).env("PATH", "");
        Said::from(&command.output().unwrap())
    };
    let out = trial.path("again");
    let said = rescore(&["--scorers", "rouge-l,edit-similarity", "--out", out.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let after = RunFolder::only_one_in(&out);
    assert_eq!(Path::new(said.out.lines().last().unwrap()), after.path);
    assert_eq!(after.manifest["rescored_from"], before.path.file_name().unwrap().to_str().unwrap());
    assert_eq!((after.windows, after.samples.len()), (before.windows, before.samples.len()));
    for (old, new) in before.items.iter().zip(&after.items) {
        assert_eq!(old.score["edit-similarity"], new.score["edit-similarity"]);
        assert_eq!(new.score.keys().collect::<Vec<_>>(), ["edit-similarity", "rouge-l"]);
        assert_eq!((&old.completion, old.energy_total_j), (&new.completion, new.energy_total_j));
    }
    assert_eq!(before.summary["rows"][0]["score"], after.summary["rows"][0]["scores"]["edit-similarity"]);

    for (arguments, code, expected) in [
        (&["--scorers", "pass@1"][..], 2, "`pass@1` needs"),
        (&["--scorers", "codebleu"], 2, "`codebleu` needs"),
        (&["--scorers", "rouge-9"], 2, "unknown scorer `rouge-9`"),
        (&["--primary-score", "rouge-l"], 2, "is not among the scorers"),
        (&["--task", "python"], 2, "no task `python`"),
    ] {
        let said = rescore(arguments);
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(expected) && said.err.contains("help:"), "{}", said.err);
    }
    let said = harness(&["rescore", "absent"]);
    assert_eq!(said.code, 3, "{}", said.err);
}

#[test]
fn an_own_program_scores_and_one_that_fails_leaves_null_with_its_reason() {
    if !engine_is_there() {
        return;
    }
    let program = "import json, sys\nfor line in sys.stdin:\n    row = json.loads(line)\n    print(json.dumps({'id': row['id'], 'score': 0.25}))\n";
    let own = |file: &str| {
        format!("scorers = [\"edit-similarity\", {{ name = \"own\", command = [\"python3\", \"{file}\"] }}]")
    };
    let trial = Trial::with(&[("scorers = [\"edit-similarity\"]", &own("own.py"))]);
    trial.write("own.py", program.as_bytes());
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    assert!(run.items.iter().all(|item| item.score["own"] == 0.25 && item.unscored.is_empty()));

    let trial = Trial::with(&[("scorers = [\"edit-similarity\"]", &own("absent.py"))]);
    assert_eq!(trial.run(&[]).code, 3);
    for item in trial.run_folder().items {
        assert!(!item.score.contains_key("own") && item.score.contains_key("edit-similarity"));
        assert!(item.unscored["own"].word == "scorer-failed", "{item:?}");
    }
}

#[test]
fn the_same_seed_makes_the_same_tickets() {
    let make = |seed: &str| {
        let said = harness(&["make", "fault-tickets", "--seed", seed, "--count", "5"]);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    let first = make("11");
    assert_eq!(first.lines().count(), 5);
    assert!(first == make("11") && first != make("12"));
    let said = harness(&["make", "fault-tickets", "--seed", "1", "--count", "0"]);
    assert_eq!(said.code, 2);
    let out = ["make", "fault-tickets", "--seed", "1", "--count", "2", "--out", "/absent/t.jsonl"];
    assert!(harness(&out).err.contains("cannot write `/absent/t.jsonl`"));
}

/// Serves `body` to every request until the test is over.
fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    address
}

#[test]
fn a_fetched_file_that_is_not_the_pinned_one_is_refused_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mbpp");
    let address = serve(b"{\"task_id\": 1}\n".to_vec());
    let arguments = ["fetch", "dataset", "mbpp", "--out", out.to_str().unwrap(), "--raw", &address];
    let said = Said::from(&program().args(arguments).output().unwrap());
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert!(said.err.to_lowercase().contains("sha-256") && said.err.contains("help:"), "{}", said.err);
    assert!(!out.join("mbpp.jsonl").exists());
    let said = harness(&["fetch", "dataset", "mbp"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("did you mean `mbpp`"), "{}", said.err);
}

#[test]
fn the_real_file_is_fetched_verified_and_kept() {
    let data = root().join("../shared/data/mbpp/mbpp.jsonl");
    let Ok(bytes) = fs::read(&data) else {
        eprintln!("skipped: no `{}`", data.display());
        return;
    };
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mbpp");
    let address = serve(bytes);
    let arguments = ["fetch", "dataset", "mbpp", "--out", out.to_str().unwrap(), "--raw", &address];
    let said = Said::from(&program().args(arguments).output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains(&sha256), "{}", said.out);
}
