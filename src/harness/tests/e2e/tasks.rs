//! Suites of other kinds than code completion, from their data to their scores.

use harness_protocol::Finish;
use serde_json::{Value as Json, json};

use crate::programs::{engine_is_there, root};
use crate::trial::Trial;

const TASK: &str = "kind = \"code-completion\"\npath = \"DATA\"\nlimit = 3\ncontext = [0.3]\nnew-tokens = 5\nscorers = [\"edit-similarity\"]";

/// The trial suite with another task.
fn trial(task: &str, rows: &[Json]) -> Trial {
    let trial = Trial::with(&[(TASK, task)]);
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    trial.write("rows.jsonl", text.as_bytes());
    trial
}

#[test]
fn generated_programs_are_run_after_the_window_and_every_item_has_a_verdict() {
    if !engine_is_there() {
        return;
    }
    let row = |number: u32| {
        json!({
            "task_id": format!("own/{number}"),
            "prompt": "def f():\n",
            "entry_point": "f",
            "canonical_solution": "    return 1\n",
            "test": "def check(candidate):\n    assert candidate() == 1\n",
        })
    };
    let task = "kind = \"code-generation\"\npath = \"rows.jsonl\"\nnew-tokens = 4\nscorers = [\"pass@1\", \"codebleu\"]";
    let trial = trial(task, &[row(0), row(1), row(2)]);
    let said = trial.run(&[]);
    if said.code == 3 && said.err.contains("--sandbox=weak") {
        eprintln!("skipped: no strict sandbox here: {}", said.err);
        trial.assert_nothing_written();
        return;
    }
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    // What a model with random weights writes is no program.
    for item in &run.items {
        assert_eq!((item.verdict.as_deref(), item.score["pass@1"]), (Some("fail"), 0.0), "{item:?}");
        assert!(
            item.program.is_some_and(|program| program.seconds > 0.0 && program.peak_bytes > 0),
            "{item:?}"
        );
        assert!(item.score.contains_key("codebleu"));
    }
    assert_eq!(run.summary["rows"][0]["score"]["value"], json!(0.0));
}

#[test]
fn perplexity_is_that_of_the_probabilities_of_the_forced_text() {
    if !engine_is_there() {
        return;
    }
    let task = "kind = \"perplexity\"\npath = \"rows.jsonl\"\ncontext = [0.5]\nnew-tokens = 6\nscorers = [\"perplexity\"]";
    let rows = [json!({ "text": "one two three four" }), json!({ "text": "five six seven eight nine ten" })];
    let trial = trial(task, &rows);
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    let mut sum = (0.0, 0.0);
    for item in run.items.iter().filter(|item| item.variant == "full" && item.block == 0) {
        let logprobs = item.logprobs.as_ref().unwrap();
        assert_eq!((logprobs.len(), item.tokens_out), (6, 6));
        assert!(logprobs.iter().all(|logprob| *logprob < 0.0));
        sum = (sum.0 + logprobs.iter().sum::<f64>(), sum.1 + logprobs.len() as f64);
    }
    let expected = (-sum.0 / sum.1).exp();
    let found = run.summary["rows"][0]["score"]["value"].as_f64().unwrap();
    assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
    // A random model knows nothing: every one of its 259 tokens is about as probable.
    assert!((100.0..600.0).contains(&found), "{found}");
    assert_eq!(run.summary["rows"][0]["lower_is_better"], true);
}

#[test]
fn root_causes_are_labels_and_texts() {
    if !engine_is_there() {
        return;
    }
    let data = root().join("datasets/fault_tickets/test.jsonl");
    let task = format!(
        "kind = \"root-cause-analysis\"\npath = {data:?}\nlimit = 4\nnew-tokens = 4\nscorers = [\"accuracy\", \"macro-f1\", \"rouge-l\"]"
    );
    let trial = trial(&task, &[]);
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    let classes = run.manifest["summary_input"]["tasks"][0]["classes"].as_array().unwrap();
    assert!(classes.len() >= 10);
    for item in &run.items {
        assert!(classes.contains(&json!(item.label)), "{item:?}");
        assert_eq!(item.score.keys().collect::<Vec<_>>(), ["accuracy", "macro-f1", "rouge-l"]);
        assert_eq!(item.stats["macro-f1"].len(), 3 * classes.len());
    }
}

#[test]
fn prompts_of_a_task_carry_its_instruction_and_examples_and_their_hash_is_kept() {
    if !engine_is_there() {
        return;
    }
    let rows: Vec<Json> = (0..3)
        .map(|n| json!({ "prompt": format!("{n} and 1 make"), "reference": format!(" {}", n + 1) }))
        .collect();
    let task = "kind = \"jsonl\"\npath = \"rows.jsonl\"\nnew-tokens = 3\nscorers = [\"exact-match\"]";
    let plain = trial(task, &rows);
    assert_eq!(plain.run(&[]).code, 0);
    let told =
        trial(&format!("{task}\nsystem = \"Add.\"\nfew-shot = 1\nfew-shot-path = \"shots.jsonl\""), &rows);
    told.write("shots.jsonl", b"{\"prompt\": \"8 and 1 make\", \"reference\": \" 9\"}\n");
    let said = told.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let (plain, told) = (plain.run_folder(), told.run_folder());
    assert!(told.items[0].tokens_in > plain.items[0].tokens_in + 15);
    assert_eq!(plain.manifest["datasets"][0]["prompting_sha256"], Json::Null);
    assert!(told.manifest["datasets"][0]["prompting_sha256"].as_str().is_some_and(|hash| hash.len() == 64));
}

#[test]
fn a_statement_is_scored_up_to_its_end_on_both_sides() {
    if !engine_is_there() {
        return;
    }
    let model = format!("path = {:?}", root().join("models/mini-code"));
    let task = "kind = \"statement-completion\"\npath = \"DATA\"\nlimit = 3\nnew-tokens = 20";
    let trial = Trial::with(&[(TASK, task), ("builtin = \"tiny-random\"", &model)]);
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    let ends = |text: &str| text.contains([';', '{', '}']);
    assert!(run.items.iter().any(|item| item.finish == Finish::Stop));
    for item in &run.items {
        let scored = item.completion_post.as_ref().unwrap_or(&item.completion);
        assert!(!ends(scored) && !ends(item.reference.as_ref().unwrap()), "{item:?}");
        assert_eq!(ends(&item.completion), item.finish == Finish::Stop, "{item:?}");
        assert_eq!(scored.trim(), scored);
        let right = f64::from(scored == item.reference.as_ref().unwrap().trim());
        assert_eq!(item.score["exact-match"], right);
    }
}

#[test]
fn samples_of_a_question_are_drawn_apart_and_alike_in_every_pass_and_variant() {
    if !engine_is_there() {
        return;
    }
    let trial = Trial::with(&[
        ("kind = \"code-completion\"", "kind = \"jsonl\""),
        ("DATA", "set.jsonl"),
        (
            "context = [0.3]\n",
            "samples = 3\nmin-new-tokens = 2\ndecode = { method = \"sample\", top-k = 40 }\n",
        ),
        ("edit-similarity", "exact-match"),
    ]);
    trial.write("set.jsonl", b"{\"id\": \"a\", \"prompt\": \"x\", \"reference\": \"y\"}\n{\"id\": \"b\", \"prompt\": \"z\", \"reference\": \"y\"}\n");
    let said = trial.run(&["--set", "run.blocks=6"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    assert!(run.cells.iter().all(|cell| cell.items == 6 && cell.deterministic != Some(false)));
    let answers = |cell: u32| -> Vec<(u32, Option<u32>, String)> {
        let own = run.items.iter().filter(|item| item.cell == cell);
        let mut own: Vec<_> = own.map(|item| (item.item, item.problem, item.completion.clone())).collect();
        own.sort();
        own
    };
    let first = answers(1);
    let problems: Vec<_> = first.iter().map(|(_, problem, _)| problem.unwrap()).collect();
    assert_eq!(problems, [0, 0, 0, 1, 1, 1]);
    assert!(first[0].2 != first[1].2 && first[1].2 != first[2].2, "{first:?}");
    assert!(run.cells.iter().all(|cell| answers(cell.cell) == first));
}
