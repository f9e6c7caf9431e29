//! Files with bytes missing or changed are refused or read, and nothing panics.

use std::fs;
use std::path::Path;

use harness_task::{ReadOptions, Source, TASKS};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One good row for every kind that reads questions.
pub const ROWS: &[(&str, &str)] = &[
    (
        "code-generation",
        r#"{"task_id": 3, "text": "Give öne.", "code": "def f():\r\n\treturn 1", "test_list": ["assert f() == 1"], "test_setup_code": "", "challenge_test_list": []}"#,
    ),
    ("code-summarization", r#"{"code_tokens": ["f", "(", ")"], "docstring_tokens": ["Does", "ït", "."]}"#),
    ("jsonl", r#"{"id": "ä", "prompt": "2 + 2 =", "reference": "4", "label": null}"#),
    ("line-completion", r#"{"id": 7, "input": "<s> package ä ;", "gt": "import b ;"}"#),
    ("multiple-choice", r#"{"question": "Whích?", "choices": {"A": "x", "B": "y"}, "answer": "B"}"#),
    ("perplexity", r#"{"text": "one two thrée four five six seven"}"#),
    ("response-feedback", TICKET),
    (
        "robust-code-generation",
        r#"{"task_id": "HumanEval/0", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": " return 'ß'", "test": "def check(f): pass", "family": "nominal", "recipe": "", "seed": 0}"#,
    ),
    ("root-cause-analysis", TICKET),
];

const TICKET: &str = r#"{"id": "ä", "title": "Cells down", "alarms": [{"time": "02:11", "device": "x", "name": "LOS", "severity": "major"}], "description": "", "class": "power-outage", "cause": "No mains.", "resolution": "Mains cäme back."}"#;

fn damage(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len().max(1));
        match random.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), b"\"\\{}[],:\n\r\xff\x00"[random.random_range(0..12)]),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 if at < bytes.len() => bytes[at] = random.next_u32() as u8,
            4 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            _ => {}
        }
    }
}

#[test]
fn a_damaged_file_never_stops_a_reader() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut read_well, mut refused) = (0, 0);
    for kind in TASKS {
        let Source::Questions(read) = kind.source else { continue };
        let row = ROWS.iter().find(|entry| entry.0 == kind.name).map(|entry| entry.1);
        let row = row.unwrap_or_else(|| panic!("`{}` has no row here", kind.name));
        let versions = row.replace("\"nominal\"", "\"func_name\"").replace("\"\"", "\"FuncRenameCamelCase\"");
        for round in 0..400 {
            let (name, good) = match round % 2 {
                0 => ("a.jsonl", format!("{row}\n{versions}\n")),
                _ => ("a.json", format!("[\n{row},\n{versions}\n]")),
            };
            let mut bytes = good.into_bytes();
            damage(&mut bytes, &mut random);
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            match read(&path, &ReadOptions::default()) {
                Ok(set) => {
                    assert!(!set.questions.is_empty());
                    read_well += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains("\nhelp: "), "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(read_well > 100 && refused > 1000, "{read_well} were read, {refused} refused");
}

#[test]
fn a_folder_in_place_of_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::create_dir(&path).unwrap();
    for kind in TASKS {
        let Source::Questions(read) = kind.source else { continue };
        for path in [path.as_path(), Path::new("")] {
            assert!(read(path, &ReadOptions::default()).unwrap_err().to_string().contains("\nhelp: "));
        }
    }
}
