//! `datasets/java_mini.jsonl` is what the lexer makes of the sources in `datasets/java_mini/`.
//!
//! `HARNESS_BLESS=1 cargo test -p harness-task --test java_mini` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

use std::fs;
use std::path::{Path, PathBuf};

use harness_task::java::{lex, normalise};
use harness_task::{
    Answer, Continuation, Cut, CutSpec, Drawn, Order, Stats, TASKS, cut, cut_at_stop, find_post, find_scorer,
    read_documents,
};
use harness_text::Tokenizer;
use sha2::{Digest, Sha256};

/// Fewest files: the default of three cuts a file then gives 180 items.
const FEWEST: usize = 60;

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn sources() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(datasets().join("java_mini")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_task_set_is_what_the_lexer_makes_of_its_sources() {
    let mut lines = String::new();
    for file in sources() {
        let tokens = lex(&fs::read_to_string(&file).unwrap()).unwrap();
        let tokens: Vec<String> = tokens.iter().map(normalise).collect();
        let code: Vec<String> = [vec!["<s>".to_owned()], tokens, vec!["</s>".to_owned()]].concat();
        let id = file.file_name().unwrap().to_string_lossy().into_owned();
        lines += &(serde_json::json!({ "id": id, "code": code }).to_string() + "\n");
    }
    let path = datasets().join("java_mini.jsonl");
    if std::env::var_os("HARNESS_BLESS").is_some() {
        fs::write(&path, &lines).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == lines,
        "`{}` is not up to date: see this test's first lines",
        path.display()
    );
}

#[test]
fn the_readme_tells_its_rows_and_its_hash() {
    let bytes = fs::read(datasets().join("java_mini.jsonl")).unwrap();
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let readme = fs::read_to_string(datasets().join("README.md")).unwrap();
    let line = readme.lines().find(|line| line.starts_with("| `java_mini.jsonl` |")).unwrap();
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    assert_eq!((cells[2], cells[5]), (rows.to_string().as_str(), format!("`{hash}`").as_str()));
}

#[test]
fn it_has_sixty_files_of_25_to_60_lines_or_more() {
    let sources = sources();
    assert!(sources.len() >= FEWEST, "{}", sources.len());
    for file in sources {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!((25..=60).contains(&lines), "{}: {lines} lines", file.display());
    }
}

fn spec(continuation: Continuation, new_tokens: u32) -> CutSpec {
    CutSpec {
        context: vec![0.2, 0.35, 0.5],
        by: Cut::ModelTokens,
        continuation,
        new_tokens,
        stop: vec![";".into(), "{".into(), "}".into()],
        max_context: 1024,
        model_context: 1024,
        limit: Some(FEWEST),
        order: Order::Shuffled,
        seed: 20250119,
        paper_count: false,
    }
}

#[test]
fn three_cuts_of_sixty_files_give_180_items_with_the_embedded_model() {
    let documents = read_documents(&datasets().join("java_mini.jsonl")).unwrap();
    let model = datasets().join("../models/mini-code");
    let spec = spec(Continuation::Tokens, 15);
    let set = cut(&documents, &Tokenizer::open(&model).unwrap(), &spec).unwrap();
    assert_eq!((set.items.len(), set.tally.sentences()), (180, vec![]));
    assert!(
        set.items.iter().all(|item| item.reference_ids.len() == 15 && item.prompt_ids.len() <= 1024 - 16)
    );
}

#[test]
fn whoever_goes_on_as_the_file_does_finishes_every_statement_exactly() {
    let documents = read_documents(&datasets().join("java_mini.jsonl")).unwrap();
    let tokenizer = Tokenizer::open(&datasets().join("../models/mini-code")).unwrap();
    let kind = TASKS.iter().find(|kind| kind.name == "statement-completion").unwrap();
    let spec = CutSpec {
        stop: kind.stop.iter().map(|stop| (*stop).to_owned()).collect(),
        ..spec(Continuation::Statement, 20)
    };
    let (post, scorer) = (find_post(kind.post_process).unwrap(), find_scorer(kind.scorers[0]).unwrap());
    assert_eq!(scorer.name(), "exact-match");
    let score = |completion: &str, reference: &str| {
        let text = (post.apply)(cut_at_stop(completion, &spec.stop), "");
        let reference = (post.reference.unwrap())(reference);
        let answer = Answer { text: &text, reference: Some(&reference), ..Answer::default() };
        scorer.stats(&answer).unwrap()
    };
    for by in [Cut::ModelTokens, Cut::WhitespaceTokens] {
        let set = cut(&documents, &tokenizer, &CutSpec { by, ..spec.clone() }).unwrap();
        assert!(set.items.len() > 100, "{:?}", set.tally.sentences());
        let mut wrong = Vec::new();
        for item in &set.items {
            let reference = item.reference.as_deref().unwrap();
            let document = documents.iter().find(|document| document.name == item.cluster).unwrap();
            let text = document.text();
            let rest = text.strip_prefix(&item.prompt).unwrap();
            let end = rest.strip_prefix(reference).and_then(|rest| rest.chars().next()).unwrap();
            assert!(";{}".contains(end), "{}: {rest:.80}", item.name);
            // As generated: up to the token in which the stop text ends, and by an engine that goes on.
            for ids in [item.reference_ids.clone(), [&item.reference_ids[..], &[70, 71]].concat()] {
                assert_eq!(
                    score(&tokenizer.decode(&ids).unwrap(), reference),
                    Stats(vec![1.0]),
                    "{}",
                    item.name
                );
            }
            // Without blanks at both ends, as other engines may send it.
            assert_eq!(score(reference.trim(), reference), Stats(vec![1.0]), "{}", item.name);
            wrong.push(score(&format!("x{reference};"), reference));
        }
        let wrong: Vec<Drawn<'_>> = wrong.iter().map(|stats| Drawn { stats, times: 1.0 }).collect();
        assert_eq!(scorer.aggregate(&wrong), Some(0.0));
    }
}
