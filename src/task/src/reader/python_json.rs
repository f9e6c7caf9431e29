//! JSON as Python writes it: `NaN`, `Infinity`, and characters cut in half. JSON has none of them, and one in a field that
//! nobody needs does no harm, so each is replaced by a mark; a field that is needed is refused by what the mark names.

use serde_json::Value;

/// Begins the name of a number that JSON does not have. Unicode assigns no character here.
const NUMBER: char = '\u{fdd0}';

/// Begins the four digits of one half of a surrogate pair.
const HALF: char = '\u{fdd1}';

/// Numbers that Python writes and JSON does not have.
const NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// Bytes of an escape such as `\ud83d`.
const ESCAPE: usize = 6;

/// The text with marks; None: it holds nothing of the kind.
pub(super) fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(bytes.len() + 16);
    let (mut at, mut in_text, mut changed) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let (taken, mark) = match (in_text, byte) {
            (true, b'\\') => escape(rest),
            (false, b'N' | b'I' | b'-') => number(rest),
            _ => (1, None),
        };
        match byte {
            b'"' => in_text = !in_text,
            // No text of JSON reaches over the end of a line.
            b'\n' => in_text = false,
            _ => {}
        }
        changed |= mark.is_some();
        match mark {
            Some(mark) => all.extend_from_slice(mark.as_bytes()),
            None => all.extend_from_slice(&rest[..taken.min(rest.len())]),
        }
        at += taken;
    }
    changed.then_some(all)
}

/// Bytes of the escape that begins here, and its mark where it is half of a pair.
fn escape(rest: &[u8]) -> (usize, Option<String>) {
    match (surrogate(rest), rest.get(ESCAPE..).and_then(surrogate)) {
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (2 * ESCAPE, None),
        (Some(half), _) => (ESCAPE, Some(format!("{HALF}{half:04x}"))),
        (None, _) => (2, None),
    }
}

/// The half of a pair that an escape stands for.
fn surrogate(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
    let half = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    (0xd800..0xe000).contains(&half).then_some(half)
}

/// Bytes of the number that begins here, and its mark where JSON does not have it.
fn number(rest: &[u8]) -> (usize, Option<String>) {
    let found = NUMBERS.iter().find(|word| rest.starts_with(word.as_bytes()));
    found.map_or((1, None), |word| (word.len(), Some(format!("\"{NUMBER}{word}\""))))
}

/// What a mark in this value stands for, in words; None: it is as JSON can say it.
pub(super) fn flaw(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => flaw_of(text),
        Value::Array(values) => values.iter().find_map(flaw),
        Value::Object(fields) => fields.values().find_map(flaw),
        _ => None,
    }
}

fn flaw_of(text: &str) -> Option<String> {
    if let Some(word) = text.strip_prefix(NUMBER) {
        return Some(format!("`{word}`, a number that JSON does not have"));
    }
    let (_, behind) = text.split_once(HALF)?;
    let digits = behind.get(..4)?;
    Some(format!("`\\u{digits}`, one half of a character without the other"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Option<String> {
        let mended = mended(text.as_bytes())?;
        flaw(&serde_json::from_slice(&mended).unwrap())
    }

    #[test]
    fn what_python_writes_is_found_wherever_it_stands() {
        for (text, words) in [
            (r#"{"a": NaN}"#, "`NaN`, a number"),
            (r#"{"a": [1, {"b": -Infinity}]}"#, "`-Infinity`"),
            (r#"{"a": Infinity, "b": "NaN"}"#, "`Infinity`"),
            (r#"{"a": "x\ud83d"}"#, r"`\ud83d`, one half"),
            (r#"{"a": "\uDE00\ud83d\ude00"}"#, r"`\ude00`"),
            (r#"{"a": "\\\ud83d\n"}"#, r"`\ud83d`"),
        ] {
            assert!(seen(text).is_some_and(|flaw| flaw.contains(words)), "{text}: {:?}", seen(text));
        }
    }

    #[test]
    fn what_json_can_say_stays() {
        for text in [
            r#"{"a": "NaN", "b": -1.5e-3, "c": "\ud83d\ude00", "d": "\\ud83d", "e": "\" NaN"}"#,
            "",
            "-",
            r#""\"#,
            r#""\u"#,
            r#""\ud8"#,
            "null",
        ] {
            assert_eq!(mended(text.as_bytes()), None, "{text}");
        }
        // A text that is not closed ends with its line.
        let lines = mended(b"{\"a\": \"x\n{\"a\": NaN}").unwrap();
        assert!(lines.ends_with("{\"a\": \"\u{fdd0}NaN\"}".as_bytes()));
    }
}
