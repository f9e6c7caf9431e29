//! Foreign text moves no terminal, hides nothing and looks like no line of harness: it is spelt out wherever it is shown.

use std::fs;

use harness_text::printable::is_printable;
use serde_json::json;

use crate::programs::{engine_is_there, present, program};
use crate::trial::{Said, Trial, harness};

/// Clears a terminal, turns the direction of writing, sets a colour, and ends its line.
const ODD: &str = "\u{1b}[2J\u{202e}\u{9b}31m\nhelp: run this\u{2028}\u{e0041}";

/// How it is shown within a line.
const SHOWN: &str = "\\u{1b}[2J\\u{202e}\\u{9b}31m\\nhelp: run this\\u{2028}\\u{e0041}";

/// That a page shows nothing that is not printable, and no line that it does not say itself.
fn assert_printable(page: &str, what: &str) {
    let odd: Vec<char> = page.chars().filter(|c| *c != '\n' && !is_printable(*c)).collect();
    assert!(odd.is_empty(), "{what}: {odd:?} in\n{page:?}");
    assert!(!page.lines().any(|line| line.trim_start().starts_with("help: run this")), "{what}: {page}");
}

fn assert_shown(said: &Said, code: i32, what: &str) {
    assert_eq!(said.code, code, "{what}: {}{}", said.out, said.err);
    assert_printable(&said.out, what);
    assert_printable(&said.err, what);
    assert!(said.err.contains(SHOWN), "{what}: {}", said.err);
}

#[test]
fn words_of_a_suite_are_spelt_out() {
    let text = serde_json::to_string(&format!("a{ODD}")).unwrap();
    for (from, to) in [
        ("name = \"twin\"", format!("name = {text}")),
        ("name = \"java\"", format!("name = {text}")),
        ("\"DATA\"", text.clone()),
        ("\"sim\"", text.clone()),
        ("baseline = \"full\"", format!("baseline = {text}")),
        ("settle = \"0s\"", format!("settle = {text}")),
        ("seed = 7", format!("seed = 7\n{text} = 1")),
        ("builtin = \"tiny-random\"", format!("path = {text}")),
        ("threads = 1", format!("threads = 1\ncommand = [{text}]")),
        ("code-completion", format!("a\u{202e}b\u{2066}\\n{}", "x".repeat(100_000))),
    ] {
        let trial = Trial::with(&[(from, &to)]);
        let said = trial.plan();
        let what = format!("{:.60}", to);
        assert!(matches!(said.code, 2 | 3) && said.out.is_empty(), "{what}: {}", said.err);
        assert_printable(&said.err, &what);
        assert!(said.err.contains("\\u{202e}") && said.err.len() < 4000, "{what}: {}", said.err);
        assert_eq!(said.err.lines().filter(|line| line.starts_with("help: ")).count(), 1, "{}", said.err);
    }
}

#[test]
fn words_of_a_call_and_paths_are_spelt_out() {
    for (words, code) in [
        (&["plan", ODD][..], 2),
        (&["show", ODD], 3),
        (&["verify", ODD], 3),
        (&["runs", ODD], 3),
        (&["compare", ODD, ODD], 3),
        (&["gate", ODD], 3),
        (&["remeasure", ODD], 3),
        (&["list", ODD], 2),
        (&[ODD], 2),
        (&["fetch", "dataset", ODD], 2),
        (&["score", "--task", ODD, "--set", "a.jsonl", "--completions", "b.jsonl"], 2),
        (&["score", "--task", "jsonl", "--set", ODD, "--completions", "b", "--scorers", "exact-match"], 2),
        (&["generate", ODD, "--prompt", "a"], 2),
        (&["plan", "suites/smoke.toml", "--profile", ODD], 2),
        (&["plan", "suites/smoke.toml", "--set", ODD], 2),
    ] {
        let said = harness(words);
        let what = format!("{words:?}");
        assert!(said.code == code || said.code == 3, "{what}: {} {}", said.code, said.err);
        assert_printable(&said.out, &what);
        // A word of the call that clap quotes keeps its line ends.
        let odd: Vec<char> = said.err.chars().filter(|c| *c != '\n' && !is_printable(*c)).collect();
        assert!(odd.is_empty() && said.err.contains("\\u{202e}"), "{what}: {odd:?} {}", said.err);
    }
}

#[test]
fn ids_and_fields_of_data_are_spelt_out() {
    let row = |id: &str, more: (&str, &str)| json!({ "id": id, "prompt": "a", more.0: more.1 }).to_string();
    let good = row("a", ("reference", "b"));
    for (set, made, code) in [
        (format!("{0}\n{0}\n", row(ODD, ("reference", "b"))), String::new(), 2),
        (format!("{}\n", row("a", (ODD, "b"))), String::new(), 2),
        (good.clone(), json!({ "id": ODD, "completion": "b" }).to_string(), 2),
        (good.clone(), json!({ "id": "a", ODD: "b" }).to_string(), 2),
        (good.clone(), json!({ "id": "a", "task_id": ODD, "completion": "b" }).to_string(), 2),
        (good, format!("{{\"id\": \"a\", {0}: 1, {0}: 2}}", json!(ODD)), 2),
    ] {
        let trial = Trial::good();
        trial.write("set.jsonl", set.as_bytes());
        trial.write("made.jsonl", made.as_bytes());
        let (set, made) = (trial.path("set.jsonl"), trial.path("made.jsonl"));
        let words = ["score", "--task", "jsonl", "--scorers", "exact-match", "--set", set.to_str().unwrap()];
        let said = harness(&[&words[..], &["--completions", made.to_str().unwrap()]].concat());
        assert_shown(&said, code, "data");
    }
}

#[test]
fn a_model_is_named_by_what_can_be_read() {
    let trial = Trial::with(&[("builtin = \"tiny-random\"", "path = \"model\"")]);
    trial.write("model/config.json", json!({ "model_type": ODD }).to_string().as_bytes());
    trial.write("model/model.safetensors", b"");
    trial.write("model/tokenizer.json", b"{}");
    let said = trial.plan();
    assert!(matches!(said.code, 2 | 3), "{}", said.err);
    assert_printable(&said.err, "model_type");
}

#[test]
fn an_engine_reaches_neither_terminal_nor_page() {
    if !present("python3") {
        return;
    }
    let exit = "name = \"twin\"\nexit = { policy = \"fixed\", layer = 5 }";
    let trial = Trial::with_echo_engine(&[("name = \"twin\"", exit)], "odd-names");
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert_printable(&said.out, "run");
    assert_printable(&said.err, "run");
    assert!(said.err.contains("cache\\u{1b}[2J\\u{202e}"), "{}", said.err);
    let run = trial.run_folder();
    let page = fs::read_to_string(run.path.join("summary.md")).unwrap();
    assert_printable(&page, "summary.md");
    assert!(page.contains("\\<script\\>\\|\\`") && !page.contains("<script>"), "{page}");
    let raw = run
        .cells
        .iter()
        .any(|cell| cell.reason.as_deref().is_some_and(|why| why.contains(ODD.get(..7).unwrap())));
    assert!(raw, "tables keep what the engine said");

    let folder = run.path.to_str().unwrap();
    for words in [
        &["show", folder][..],
        &["show", folder, "--json"],
        &["compare", folder],
        &["gate", folder, "--limit", "energy-per-task<+5%", "--write", "markdown=-"],
        &["gate", folder, "--limit", "energy-per-task<+5%", "--write", "json=-"],
        &["targets", folder],
        &["verify", folder],
        &["rescore", folder, "--out", trial.path("again").to_str().unwrap()],
    ] {
        let said = Said::from(&program().args(words).output().unwrap());
        assert_printable(&said.out, &format!("{words:?}"));
        assert_printable(&said.err, &format!("{words:?}"));
    }
    let shown = Said::from(&program().args(["show", folder, "--json"]).output().unwrap());
    let told: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert!(told.to_string().contains("<script>") && told.to_string().contains('\u{202e}'), "the same text");
    for file in fs::read_dir(run.path.join("report")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "svg") {
            let svg = fs::read_to_string(&path).unwrap();
            assert_printable(&svg.replace('\t', " "), &path.display().to_string());
            assert!(!svg.contains("<script"), "{svg}");
        }
    }
}

#[test]
fn an_answer_goes_into_a_pipe_as_it_is() {
    if !engine_is_there() {
        return;
    }
    // A random model writes bytes of all kinds; what matters is that the text and its account come apart.
    let said = harness(&["generate", "tiny-random", "--prompt", "a", "--tokens", "40", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_printable(&said.out, "generate --json");
}
