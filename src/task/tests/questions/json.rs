//! JSON as text that no serialiser writes: keys twice, numbers out of range, nesting without end.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// JSON that is written as it stands.
#[derive(Clone)]
pub enum Node {
    Raw(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Array(values) => Self::Array(values.iter().map(Self::of).collect()),
            Value::Object(map) => {
                Self::Object(map.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
            plain => Self::Raw(plain.to_string()),
        }
    }

    pub fn write(&self, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Array(nodes) => {
                out.push('[');
                for (place, node) in nodes.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { ", " });
                    node.write(out);
                }
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (place, (key, node)) in pairs.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { ", " });
                    out.push_str(&Value::from(key.as_str()).to_string());
                    out.push_str(": ");
                    node.write(out);
                }
                out.push('}');
            }
        }
    }

    /// One thing in it becomes another.
    pub fn mutate(&mut self, random: &mut ChaCha8Rng) {
        let inner = random.random_range(0..4) > 0;
        match self {
            Self::Array(nodes) if inner && !nodes.is_empty() => {
                let at = random.random_range(0..nodes.len());
                match random.random_range(0..6) {
                    0 => drop(nodes.remove(at)),
                    1 => nodes.insert(at, nodes[at].clone()),
                    _ => nodes[at].mutate(random),
                }
            }
            Self::Object(pairs) if inner && !pairs.is_empty() => {
                let at = random.random_range(0..pairs.len());
                match random.random_range(0..8) {
                    0 => drop(pairs.remove(at)),
                    1 => {
                        let mut again = pairs[at].clone();
                        again.1.mutate(random);
                        let to = random.random_range(0..=pairs.len());
                        pairs.insert(to, again);
                    }
                    2 => pairs[at].0 = odd_text(random),
                    3 => pairs.push((odd_text(random), odd(random))),
                    _ => pairs[at].1.mutate(random),
                }
            }
            node => *node = odd(random),
        }
    }
}

/// A value that nobody expects.
fn odd(random: &mut ChaCha8Rng) -> Node {
    const RAW: &[&str] = &[
        "null",
        "true",
        "0",
        "-0",
        "-1",
        "1.5",
        "1e308",
        "1e309",
        "-1e999",
        "1e-999",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "00",
        "1.",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\u0000\"",
        "'x'",
        "[]",
        "{}",
        "[[]]",
        "{\"\": {}}",
        "[null]",
        "\"\"",
        "\" \"",
        "",
    ];
    match random.random_range(0..20) {
        0 => {
            let depth = [10, 127, 128, 129, 1000, 100_000][random.random_range(0..6)];
            let (open, close) = [("[", "]"), ("{\"a\":", "}")][random.random_range(0..2)];
            Node::Raw(format!("{}0{}", open.repeat(depth), close.repeat(depth)))
        }
        1..5 => Node::Raw(Value::from(odd_text(random)).to_string()),
        _ => Node::Raw(RAW[random.random_range(0..RAW.len())].to_owned()),
    }
}

/// A text that nobody expects.
fn odd_text(random: &mut ChaCha8Rng) -> String {
    const TEXTS: &[&str] = &[
        "",
        " ",
        "\n",
        "\u{0}",
        "\u{1b}[2J\u{1b}]0;x\u{7}",
        "\u{9b}31m",
        "\u{202e}evil",
        "\u{2066}a\u{2069}",
        "a\u{2028}b",
        "\u{feff}",
        "\u{e0041}",
        "a\nhelp: run this",
        "<script>",
        "a.b",
        "id",
        "prompt",
        "task_id",
        "é\u{301}",
        "\u{10ffff}",
    ];
    match random.random_range(0..12) {
        0 => TEXTS[random.random_range(0..TEXTS.len())].repeat([2, 300, 20_000][random.random_range(0..3)]),
        _ => TEXTS[random.random_range(0..TEXTS.len())].to_owned(),
    }
}
