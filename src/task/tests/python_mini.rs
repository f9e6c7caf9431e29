//! `datasets/python_mini.jsonl` is what the lexer makes of the sources in `datasets/python_mini/`, and the
//! lexer finds the tokens that Python's own `tokenize` finds.
//!
//! `HARNESS_BLESS=1 cargo test -p harness-task --test python_mini` writes the task set anew.

#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

use std::fs;
use std::path::{Path, PathBuf};

use harness_task::python::{Token, TokenKind, lex, normalise};
use harness_task::{Continuation, Cut, CutSpec, Order, cut, read_documents};
use harness_text::Tokenizer;
use sha2::{Digest, Sha256};

/// Fewest files: 60 of them are measured, each with three cuts.
const FEWEST: usize = 64;

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn sources() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(datasets().join("python_mini")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn the_task_set_is_what_the_lexer_makes_of_its_sources() {
    let mut lines = String::new();
    for file in sources() {
        let tokens = normalise(&lex(&fs::read_to_string(&file).unwrap()).unwrap());
        let code: Vec<String> = [vec!["<s>".to_owned()], tokens, vec!["</s>".to_owned()]].concat();
        lines += &(serde_json::json!({ "id": name(&file), "code": code }).to_string() + "\n");
    }
    let path = datasets().join("python_mini.jsonl");
    if std::env::var_os("HARNESS_BLESS").is_some() {
        fs::write(&path, &lines).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == lines,
        "`{}` is not up to date: see this test's first lines",
        path.display()
    );
}

#[derive(serde::Deserialize)]
struct GoldenFile {
    id: String,
    /// The name that `tokenize` has for the kind, a blank, and the text.
    tokens: Vec<String>,
}

fn as_tokenize(token: &Token) -> String {
    let kind = match token.kind {
        TokenKind::Name => "NAME",
        TokenKind::Number => "NUMBER",
        TokenKind::Quoted => "STRING",
        TokenKind::Operator => "OP",
        TokenKind::StatementEnd => "NEWLINE",
        TokenKind::LineEnd => "NL",
    };
    format!("{kind} {}", token.text)
}

#[test]
fn tokens_are_those_of_tokenize() {
    // Made by `scripts/golden_python_tokens.py` with Python 3.11.
    let expected = fs::read_to_string(golden().join("python_tokens.jsonl")).unwrap();
    let expected: Vec<GoldenFile> =
        expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let files = [vec![golden().join("old.py"), golden().join("tricky.py")], sources()].concat();
    assert_eq!(
        expected.iter().map(|file| file.id.clone()).collect::<Vec<_>>(),
        files.iter().map(|file| name(file)).collect::<Vec<_>>()
    );
    for (file, expected) in files.iter().zip(expected) {
        let tokens = lex(&fs::read_to_string(file).unwrap()).unwrap();
        let tokens: Vec<String> = tokens.iter().map(as_tokenize).collect();
        for (number, (found, wanted)) in tokens.iter().zip(&expected.tokens).enumerate() {
            assert_eq!(found, wanted, "{}, token {number}", file.display());
        }
        assert_eq!(tokens.len(), expected.tokens.len(), "{}", file.display());
    }
}

#[test]
fn the_readme_tells_its_rows_and_its_hash() {
    let bytes = fs::read(datasets().join("python_mini.jsonl")).unwrap();
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let readme = fs::read_to_string(datasets().join("README.md")).unwrap();
    let line = readme.lines().find(|line| line.starts_with("| `python_mini.jsonl` |")).unwrap();
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    assert_eq!((cells[2], cells[5]), (rows.to_string().as_str(), format!("`{hash}`").as_str()));
}

#[test]
fn it_has_64_files_or_more_of_25_to_60_lines() {
    let sources = sources();
    assert!(sources.len() >= FEWEST, "{}", sources.len());
    for file in sources {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!((25..=60).contains(&lines), "{}: {lines} lines", file.display());
    }
}

#[test]
fn three_cuts_of_sixty_files_give_180_items() {
    let documents = read_documents(&datasets().join("python_mini.jsonl")).unwrap();
    let spec = CutSpec {
        context: vec![0.2, 0.35, 0.5],
        by: Cut::ModelTokens,
        continuation: Continuation::Tokens,
        new_tokens: 15,
        stop: vec![],
        max_context: 8192,
        model_context: 8192,
        limit: Some(60),
        order: Order::Shuffled,
        seed: 20250119,
        paper_count: false,
    };
    let model = datasets().join("../models/mini-code");
    for tokenizer in [Tokenizer::bytes().unwrap(), Tokenizer::open(&model).unwrap()] {
        let set = cut(&documents, &tokenizer, &spec).unwrap();
        assert_eq!((set.items.len(), set.tally.sentences()), (180, vec![]));
        assert!(set.items.iter().all(|item| item.reference_ids.len() == 15));
    }
}
