//! Prompts that are too long for a model, and how much of its context a task may take.

use serde_json::{Value as Json, json};

use crate::programs::engine_is_there;
use crate::refused::assert_refused;
use crate::trial::Trial;

const TASK: &str = "kind = \"code-completion\"\npath = \"DATA\"\nlimit = 3\ncontext = [0.3]\nnew-tokens = 5\nscorers = [\"edit-similarity\"]";

/// Tokens that the built-in model holds; each byte is one.
const HOLDS: usize = 2048;

/// The trial suite with another task over these rows, each once in a pass.
fn trial(task: &str, rows: &[Json]) -> Trial {
    let trial = Trial::with(&[(TASK, task)]);
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    trial.write("rows.jsonl", text.as_bytes());
    trial
}

/// A document whose first half is as long as that, in bytes.
fn document(name: &str, half: usize) -> Json {
    let mut code = vec!["<s>"];
    code.extend(vec!["a"; half - 1]);
    code.extend(["a;", "</s>"]);
    json!({ "id": name, "code": code })
}

/// The lengths of the prompts by item, and what the manifest says was not asked whole.
fn asked(trial: &Trial) -> (Vec<u32>, Json) {
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    let of_first_cell = run.items.iter().filter(|item| item.cell == 0);
    let mut lengths: Vec<(u32, u32)> = of_first_cell.map(|item| (item.item, item.tokens_in)).collect();
    lengths.sort_unstable();
    let left_out = run.manifest["datasets"][0]["left_out"].clone();
    (lengths.into_iter().map(|(_, length)| length).collect(), left_out)
}

#[test]
fn a_document_whose_prompt_leaves_no_room_for_the_answer_is_shortened_and_not_a_failed_cell() {
    if !engine_is_there() {
        return;
    }
    // Five new tokens: the last prompt that fits whole, the first that does not, and one that fills the model.
    let rows = [document("a", HOLDS - 5), document("b", HOLDS - 4), document("c", HOLDS)];
    let task = "kind = \"code-completion\"\npath = \"rows.jsonl\"\norder = \"file\"\ncontext = [0.5]\nnew-tokens = 5";
    let shortened = HOLDS as u32 - 6;
    let lengths = vec![HOLDS as u32 - 5, shortened, shortened];
    let told = json!(["2 prompts shortened at the end to fit 2048 tokens"]);
    assert_eq!(asked(&trial(task, &rows)), (lengths.clone(), told.clone()));
    let paper = trial(&format!("{task}\npaper-count = true"), &rows);
    assert_eq!(asked(&paper), (lengths, told));
}

#[test]
fn a_task_takes_no_more_of_the_context_than_it_may_and_says_at_which_end_prompts_were_shortened() {
    if !engine_is_there() {
        return;
    }
    let text = "one two three four five six seven eight nine ten eleven twelve";
    for (task, row, end) in [
        (
            "kind = \"jsonl\"\nscorers = [\"exact-match\"]",
            json!({ "prompt": text, "reference": "x" }),
            "start",
        ),
        ("kind = \"perplexity\"\ncontext = [0.6]", json!({ "text": text }), "start"),
        ("kind = \"code-completion\"\ncontext = [0.5]", document("a", 30), "end"),
        ("kind = \"statement-completion\"\nstop = [\" a a\"]\ncontext = [0.5]", document("a", 30), "end"),
    ] {
        let task = format!("{task}\npath = \"rows.jsonl\"\nnew-tokens = 5\nmax-context = 20");
        let (lengths, told) = asked(&trial(&task, &[row]));
        assert_eq!(lengths, [14], "{task}");
        assert_eq!(told, json!([format!("1 prompt shortened at the {end} to fit 20 tokens")]), "{task}");
    }
}

#[test]
fn more_context_than_the_model_holds_is_refused() {
    let trial = Trial::with(&[("new-tokens = 5", "new-tokens = 5\nmax-context = 2049")]);
    let words = ["`max-context` of task `java` is 2049", "`tiny-random` holds 2048 tokens", "at most 2048"];
    assert_refused(&trial, &trial.run(&[]), 2, &words, "max-context = 2049");
}
