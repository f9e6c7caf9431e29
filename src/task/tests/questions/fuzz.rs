//! Task sets and completions that nobody would write, by the thousand: nothing may panic, take long, or be left out
//! without a word.
//!
//! `ROWS_FUZZ_INPUTS` sets how many files are tried, `ROWS_FUZZ_SEED` which ones.

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use harness_task::{QuestionSet, ReadOptions, Source, TASKS, TaskError, read_completions, read_documents};
use harness_text::printable::is_printable;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::damaged::ROWS;
use crate::json::Node;

/// What reading a small file may take on a busy machine.
const MOST_TIME: Duration = Duration::from_secs(10);

/// Rows of the project's own sets, by kind.
fn seeds() -> Vec<(&'static str, Vec<Value>)> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut seeds: Vec<(&'static str, Vec<Value>)> =
        ROWS.iter().map(|(kind, row)| (*kind, vec![parse(row)])).collect();
    let file = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets").join(name);
        fs::read_to_string(path).unwrap().lines().take(3).map(parse).collect::<Vec<_>>()
    };
    for kind in ["response-feedback", "root-cause-analysis"] {
        seeds.push((kind, file("fault_tickets/test.jsonl")));
    }
    seeds.push(("code-completion", file("java_mini.jsonl")));
    // A perturbed version needs its baseline.
    let robust = seeds.iter_mut().find(|seed| seed.0 == "robust-code-generation").unwrap();
    let mut version = robust.1[0].clone();
    version["family"] = "func_name".into();
    version["recipe"] = "FuncRenameCamelCase".into();
    robust.1.push(version);
    let completion = parse(r#"{"id": "ä", "completion": "return 1\n", "task_id": "ä"}"#);
    seeds.push(("completions", vec![completion]));
    seeds
}

/// A file of several rows with a few things changed.
fn file(rows: &[Value], is_array: bool, random: &mut ChaCha8Rng) -> Vec<u8> {
    let is_version = rows.iter().any(|row| row.get("recipe").is_some());
    let mut nodes: Vec<Node> = match is_version {
        true => rows.iter().map(Node::of).collect(),
        false => (0..random.random_range(1..4))
            .map(|_| Node::of(&rows[random.random_range(0..rows.len())]))
            .collect(),
    };
    // Otherwise the second row is refused for the first one's name.
    for (place, node) in nodes.iter_mut().enumerate().filter(|_| !is_version) {
        if let Node::Object(pairs) = node {
            let names = pairs.iter_mut().filter(|pair| pair.0 == "id" || pair.0 == "task_id");
            for (_, name) in names {
                let is_number =
                    matches!(name, Node::Raw(text) if text.starts_with(|c: char| c.is_ascii_digit()));
                *name = match is_number {
                    true => Node::Raw((20 + place).to_string()),
                    false => Node::Raw(format!("\"HumanEval/{place}\"")),
                };
            }
        }
    }
    for _ in 0..random.random_range(0..3) {
        let at = random.random_range(0..nodes.len());
        nodes[at].mutate(random);
    }
    let end = if random.random_range(0..8) == 0 { "\r\n" } else { "\n" };
    let lines = nodes.iter().map(|node| {
        let mut line = String::new();
        node.write(&mut line);
        line
    });
    let lines: Vec<String> = lines.collect();
    let mut bytes = match is_array {
        true => format!("[{}]", lines.join(&format!(",{end}"))).into_bytes(),
        false => (lines.join(end) + end).into_bytes(),
    };
    match random.random_range(0..20) {
        0 => bytes.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
        1 => bytes.truncate(random.random_range(0..=bytes.len())),
        2 => {
            let odd: [&[u8]; 6] = [b"\xff", b"\x00", b"\xe2\x80\xa8", b"\n", b"\\", b"\""];
            let at = random.random_range(0..=bytes.len());
            bytes.splice(at..at, odd[random.random_range(0..6)].iter().copied()).for_each(drop);
        }
        3 if !bytes.is_empty() => {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.next_u32() as u8;
        }
        _ => {}
    }
    bytes
}

/// What a message must be, whatever the file holds.
fn check_message(error: &TaskError) {
    let text = error.to_string();
    let helps = text.lines().filter(|line| line.starts_with("help: ")).count();
    assert_eq!(helps, 1, "{text:?}");
    assert!(text.lines().count() == 2 && text.len() < 20_000, "{} bytes: {text:.2000?}", text.len());
    assert!(text.chars().all(|c| c == '\n' || is_printable(c)), "{text:?}");
}

/// Every object of a file that says a key twice, or none that could be read.
fn says_twice(value: &str) -> bool {
    struct Once;
    impl<'de> serde::de::Visitor<'de> for Once {
        type Value = bool;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_unit<E>(self) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_str<E>(self, _: &str) -> Result<bool, E> {
            Ok(false)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
            let mut twice = false;
            while let Some(Twice(inner)) = seq.next_element()? {
                twice |= inner;
            }
            Ok(twice)
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let (mut twice, mut keys) = (false, std::collections::HashSet::new());
            while let Some((key, Twice(inner))) = map.next_entry::<String, Twice>()? {
                twice |= inner | !keys.insert(key);
            }
            Ok(twice)
        }
    }
    struct Twice(bool);
    impl<'de> serde::Deserialize<'de> for Twice {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Once).map(Twice)
        }
    }
    serde_json::from_str::<Twice>(value).is_ok_and(|found| found.0)
}

/// The rows of a file that was read, by plainer means: a line each, or the elements of an array.
struct Rows {
    lines: Vec<String>,
    count: usize,
}

impl Rows {
    fn of(path: &Path, bytes: &[u8]) -> Self {
        let text = str::from_utf8(bytes).expect("what is not UTF-8 was refused");
        let text = text.trim_start_matches('\u{feff}').trim_ascii();
        if path.extension().is_some_and(|ending| ending == "json") && text.starts_with('[') {
            // What only Python writes is mended before it is read, and not counted here.
            let count = serde_json::from_str::<Vec<Value>>(text).map_or(usize::MAX, |values| values.len());
            return Self { lines: vec![text.to_owned()], count };
        }
        let lines: Vec<String> =
            text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        Self { count: lines.len(), lines }
    }

    /// So many were taken or counted, and no key stood twice.
    fn check(&self, kind: &str, told: usize) {
        assert!(self.count == usize::MAX || self.count == told, "{kind}: {told} of {:?}", self.lines);
        assert!(!self.lines.iter().any(|line| says_twice(line)), "{kind}: {:?}", self.lines);
    }
}

/// How many rows a set tells of; None: a row may become several questions.
fn told(kind: &str, set: &QuestionSet) -> Option<usize> {
    assert!(!set.questions.is_empty());
    let counted = |sentence: &String| sentence.split(' ').next().and_then(|word| word.parse::<usize>().ok());
    let left_out: usize = set.left_out.iter().map(|sentence| counted(sentence).unwrap_or(1)).sum();
    (kind != "robust-code-generation").then_some(set.questions.len() + left_out)
}

/// Reads a file as its kind is read; whether it was taken.
fn try_file(kind: &str, path: &Path, bytes: &[u8]) -> bool {
    let source = TASKS.iter().find(|entry| entry.name == kind).map(|entry| entry.source);
    let rows = || Rows::of(path, bytes);
    let outcome = match source {
        Some(Source::Questions(read)) => read(path, &ReadOptions::default()).map(|set| {
            let rows = rows();
            rows.check(kind, told(kind, &set).unwrap_or(rows.count));
        }),
        Some(Source::Documents(_)) => {
            read_documents(path).map(|documents| rows().check(kind, documents.len()))
        }
        None => read_completions(path).map(|lines| {
            let rows = rows();
            rows.check(kind, lines.len());
            let texts = rows.lines.iter().filter(|_| rows.count == rows.lines.len());
            for (line, row) in lines.iter().zip(texts) {
                let Ok(row) = serde_json::from_str::<Value>(row) else { continue };
                let row = row.get(0).unwrap_or(&row);
                assert_eq!(row["completion"].as_str(), Some(line.completion.as_str()));
            }
        }),
    };
    outcome.inspect_err(check_message).is_ok()
}

#[test]
fn no_file_stops_a_reader_or_loses_a_row_in_silence() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let inputs = number("ROWS_FUZZ_INPUTS").unwrap_or(6_000);
    let mut random = ChaCha8Rng::seed_from_u64(number("ROWS_FUZZ_SEED").unwrap_or(1));
    let (folder, seeds) = (tempfile::tempdir().unwrap(), seeds());
    let mut taken = vec![[0_u64; 2]; seeds.len()];
    for _ in 0..inputs {
        let which = random.random_range(0..seeds.len());
        let (kind, rows) = &seeds[which];
        let is_array = *kind != "code-completion" && random.random_range(0..3) == 0;
        let bytes = file(rows, is_array, &mut random);
        let path = folder.path().join(if is_array { "a.json" } else { "a.jsonl" });
        // A file system may write a file that is cut and filled again to the disk at once.
        let _ = fs::remove_file(&path);
        fs::write(&path, &bytes).unwrap();
        let begun = Instant::now();
        taken[which][usize::from(try_file(kind, &path, &bytes))] += 1;
        assert!(begun.elapsed() < MOST_TIME, "{kind} took {:?}", begun.elapsed());
    }
    let kinds = seeds.iter().map(|seed| seed.0).zip(&taken).collect::<Vec<_>>();
    eprintln!("{inputs} files; refused, taken: {kinds:?}");
    assert!(inputs < 5000 || taken.iter().flatten().all(|count| *count > 0), "{kinds:?}");
}
