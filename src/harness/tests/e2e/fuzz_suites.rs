//! Suites that nobody would write, by the thousand: nothing may panic, take long, or be ignored.
//!
//! `SUITES_FUZZ_INPUTS` sets how many suites are tried, `SUITES_FUZZ_SEED` which ones.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::plan::Plan;
use harness::ready;
use harness::suite::{Suite, load};
use harness_text::printable::is_printable;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng as Random;
use serde_json::Value as Json;
use toml::Value;

use crate::programs::root;

/// What a suite may take on a busy machine.
const MOST_TIME: Duration = Duration::from_secs(20);

/// One suite in so many that load is also looked at with its model and data.
const LOOKED_AT: u64 = 40;

/// TOML that is written as it stands: keys twice, numbers out of range, nesting without end.
#[derive(Clone)]
enum Node {
    Raw(String),
    Array(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// What was done to a suite.
#[derive(Default)]
struct Done {
    /// It has a key that no suite has, or one twice: it must be refused.
    must_fail: bool,
    what: Vec<String>,
}

impl Node {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Raw(quoted(text)),
            Value::Array(values) => Self::Array(values.iter().map(Self::of).collect()),
            Value::Table(table) => {
                Self::Table(table.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
            plain => Self::Raw(plain.to_string()),
        }
    }

    fn write(&self, out: &mut String) {
        let (open, close, parts): (_, _, Vec<String>) = match self {
            Self::Raw(text) => return out.push_str(text),
            Self::Array(nodes) => ("[", "]", nodes.iter().map(Self::text).collect()),
            Self::Table(pairs) => {
                let pair = |(key, node): &(String, Self)| format!("{} = {}", quoted(key), node.text());
                ("{", "}", pairs.iter().map(pair).collect())
            }
        };
        out.push_str(&format!("{open}{}{close}", parts.join(", ")));
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The suite as a file.
    fn file(&self) -> String {
        let Self::Table(pairs) = self else { return self.text() };
        pairs.iter().map(|(key, node)| format!("{} = {}\n", quoted(key), node.text())).collect()
    }

    /// One thing in it becomes another. `free`: keys of this table are of the user's choosing.
    fn mutate(&mut self, free: bool, done: &mut Done, random: &mut Random) {
        let inner = random.random_range(0..6) > 0;
        match self {
            Self::Array(nodes) if inner && !nodes.is_empty() => {
                let at = random.random_range(0..nodes.len());
                match random.random_range(0..8) {
                    0 => drop(nodes.remove(at)),
                    1 => nodes.insert(at, nodes[at].clone()),
                    2 => nodes.insert(at, odd(random)),
                    _ => nodes[at].mutate(free, done, random),
                }
            }
            Self::Table(pairs) if inner && !pairs.is_empty() => {
                let at = random.random_range(0..pairs.len());
                match random.random_range(0..12) {
                    0 => done.what.push(format!("without {}", pairs.remove(at).0)),
                    1 => {
                        done.must_fail = true;
                        pairs.push(pairs[at].clone());
                    }
                    2 if !free => {
                        done.must_fail = true;
                        let key = odd_text(random) + "-of-nobody";
                        done.what.push(format!("with {key:?}"));
                        pairs.push((key, odd(random)));
                    }
                    3 if !free => {
                        done.must_fail = true;
                        pairs[at].0 += ["x", "\u{202e}", " ", "-"][random.random_range(0..4)];
                        done.what.push(format!("renamed {:?}", pairs[at].0));
                    }
                    _ => {
                        done.what.push(format!("in {}", pairs[at].0));
                        let free = free || ["columns", "sweep", "profile"].contains(&pairs[at].0.as_str());
                        pairs[at].1.mutate(free, done, random);
                    }
                }
            }
            node => {
                *node = odd(random);
                done.what.push(format!("{:.60}", node.text()));
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A value that nobody expects.
fn odd(random: &mut Random) -> Node {
    const RAW: &[&str] = &[
        "0",
        "-0",
        "-1",
        "1",
        "1.5",
        "0.0",
        "-0.0",
        "1e308",
        "1e309",
        "-1e999",
        "nan",
        "inf",
        "-inf",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "65535",
        "65536",
        "4294967296",
        "0x10",
        "1_000",
        "1979-05-27T07:32:00Z",
        "1979-05-27",
        "true",
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "[1, \"a\", {}]",
        "null",
        "",
        "\"\\ud800\"",
    ];
    const NUMBERS: &[&str] =
        &["100000000", "1e-300", "0.1", "2", "3", "7", "1000", "1001", "0.999999999999", "5e-324"];
    match random.random_range(0..24) {
        0 => {
            let depth = [10, 79, 80, 81, 127, 128, 1000, 100_000][random.random_range(0..8)];
            let (open, close) = [("[", "]"), ("{a = ", "}")][random.random_range(0..2)];
            Node::Raw(format!("{}0{}", open.repeat(depth), close.repeat(depth)))
        }
        1..8 => Node::Raw(quoted(&odd_text(random))),
        8..11 => Node::Raw(NUMBERS[random.random_range(0..NUMBERS.len())].to_owned()),
        _ => Node::Raw(RAW[random.random_range(0..RAW.len())].to_owned()),
    }
}

/// A text that nobody expects.
fn odd_text(random: &mut Random) -> String {
    const TEXTS: &[&str] = &[
        "",
        " ",
        "\n",
        "\u{0}",
        "\u{1b}[2J\u{1b}]0;x\u{7}",
        "\u{9b}31m",
        "\u{202e}evil",
        "a\u{2028}b",
        "\u{feff}",
        "\u{e0041}",
        "a\nhelp: run this",
        "<script>",
        "{t}",
        "{",
        "{}",
        "auto",
        "all",
        "full",
        "cpu",
        "cuda:0",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/mem",
        "/",
        "..",
        "0s",
        "1e9s",
        "99999999999999999999s",
        "1ns",
        "-1s",
        "0%",
        "101%",
        "nan%",
        "infs",
        "<+nan%",
        "\u{10ffff}",
    ];
    match random.random_range(0..16) {
        0 => TEXTS[random.random_range(0..TEXTS.len())].repeat([2, 300, 20_000][random.random_range(0..3)]),
        _ => TEXTS[random.random_range(0..TEXTS.len())].to_owned(),
    }
}

/// The suites of the project, by the file that they lie in.
fn seeds() -> Vec<(PathBuf, String)> {
    let shipped = fs::read_dir(root().join("suites")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        shipped.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite/tests/every_key.toml"));
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Bytes of the text changed.
fn damaged(text: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len().max(1)).min(bytes.len());
        match random.random_range(0..6) {
            0 => bytes.truncate(at),
            1 => {
                let odd: [&[u8]; 9] =
                    [b"\xff", b"\x00", b"\xe2\x80\xa8", b"\n", b"\"", b"[", b"]", b"=", b"\x1b[2J"];
                bytes.splice(at..at, odd[random.random_range(0..9)].iter().copied()).for_each(drop);
            }
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            4 => bytes = String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes(),
            _ => bytes.splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
        }
    }
    bytes
}

/// What a message must be, whatever the suite says.
fn check_message(text: &str, what: &str) {
    let helps = text.lines().filter(|line| line.starts_with("help: ")).count();
    assert_eq!(helps, 1, "{what}: {text:?}");
    assert!(text.lines().last().is_some_and(|line| line.starts_with("help: ")), "{what}: {text:?}");
    assert!(text.len() < 40_000, "{what}: {} bytes: {text:.2000?}", text.len());
    assert!(text.chars().all(|c| c == '\n' || is_printable(c)), "{what}: {text:?}");
}

/// That nothing in a checked suite is no number.
fn check_numbers(suite: &Suite, what: &str) {
    fn walk(value: &Json, what: &str) {
        match value {
            Json::Array(values) => values.iter().for_each(|value| walk(value, what)),
            Json::Object(map) => map.values().for_each(|value| walk(value, what)),
            Json::Number(number) => {
                assert!(number.as_f64().is_some_and(f64::is_finite), "{what}: {number}");
            }
            _ => {}
        }
    }
    walk(&serde_json::to_value(suite).unwrap(), what);
}

#[test]
fn no_suite_stops_the_loader_or_is_ignored() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let inputs = number("SUITES_FUZZ_INPUTS").unwrap_or(4_000);
    let mut random = Random::seed_from_u64(number("SUITES_FUZZ_SEED").unwrap_or(1));
    let folder = tempfile::tempdir().unwrap();
    for name in ["datasets", "models"] {
        std::os::unix::fs::symlink(root().join(name).canonicalize().unwrap(), folder.path().join(name))
            .unwrap();
    }
    fs::create_dir(folder.path().join("suites")).unwrap();
    let path = folder.path().join("suites/s.toml");
    let seeds = seeds();
    let (mut refused, mut taken, mut ready) = (0_u64, 0_u64, 0_u64);
    for input in 0..inputs {
        let (from, text) = &seeds[random.random_range(0..seeds.len())];
        let mut done = Done::default();
        let bytes = if random.random_range(0..4) == 0 {
            damaged(text, &mut random)
        } else {
            let mut node = Node::of(&toml::from_str::<Value>(text).unwrap());
            for _ in 0..random.random_range(1..3) {
                // A second change could take back what must not be.
                if !done.must_fail {
                    node.mutate(false, &mut done, &mut random);
                }
            }
            node.file().into_bytes()
        };
        // A file system may write a file that is cut and filled again to the disk at once.
        let _ = fs::remove_file(&path);
        fs::write(&path, &bytes).unwrap();
        let what = format!("{input}, {}: {:?}", from.file_name().unwrap().display(), done.what);
        let begun = Instant::now();
        match load(&path, None, &[]) {
            Ok(suite) => {
                assert!(!done.must_fail, "{what} was ignored");
                check_numbers(&suite, &what);
                let cells = suite.variants.len() * suite.tasks.len() * usize::from(suite.run.blocks);
                if cells <= 1_000_000 {
                    assert_eq!(Plan::new(&suite).cells.len(), cells, "{what}");
                }
                taken += 1;
                if taken.is_multiple_of(LOOKED_AT) {
                    match ready::check(&suite) {
                        Ok(()) => ready += 1,
                        Err(error) => check_message(&format!("{error:#}"), &what),
                    }
                }
            }
            Err(error) => {
                check_message(&error.to_string(), &what);
                refused += 1;
            }
        }
        assert!(begun.elapsed() < MOST_TIME, "{what} took {:?}", begun.elapsed());
    }
    eprintln!("{inputs} suites; refused {refused}, taken {taken}, of them ready {ready}");
    assert!(inputs < 1000 || (refused > 0 && taken > 0), "{refused} {taken}");
}
