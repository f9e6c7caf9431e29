//! Removes comments the way CodeBLEU does before it parses.

use super::blank::is_blank;
use super::docstrings;
use crate::language::Language;

/// What is parsed instead of `source`: without comments, in Python without docstrings, and without blank lines.
///
/// Ruby stays as it is. So does Python that its tokenizer refuses, such as an open bracket.
pub(super) fn remove(source: &str, language: Language) -> String {
    match language {
        Language::Ruby => source.to_owned(),
        Language::Python => {
            docstrings::remove(source).map_or_else(|| source.to_owned(), |rest| without_blank_lines(&rest))
        }
        _ => without_blank_lines(&replace(source)),
    }
}

fn without_blank_lines(text: &str) -> String {
    let mut rest = String::with_capacity(text.len());
    for line in text.split('\n').filter(|line| !line.chars().all(is_blank)) {
        if !rest.is_empty() {
            rest.push('\n');
        }
        rest.push_str(line);
    }
    rest
}

/// Each comment becomes a blank; string and character literals, which may span lines, hide what is inside them.
fn replace(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len());
    // What was searched for once in vain is not searched for again: it cannot follow further on either.
    let (mut no_block, mut no_single, mut no_double) = (false, false, false);
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = bytes[at..].iter().position(|byte| matches!(byte, b'/' | b'\'' | b'"')) {
        at += found;
        let (end, is_comment) = match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'/')) => {
                let length = bytes[at..].iter().position(|byte| *byte == b'\n');
                (Some(length.map_or(bytes.len(), |length| at + length)), true)
            }
            (b'/', Some(b'*')) if !no_block => {
                let end = source[at + 2..].find("*/").map(|length| at + length + 4);
                no_block = end.is_none();
                (end, true)
            }
            (b'\'', _) if !no_single => {
                let end = literal_end(bytes, at);
                no_single = end.is_none();
                (end, false)
            }
            (b'"', _) if !no_double => {
                let end = literal_end(bytes, at);
                no_double = end.is_none();
                (end, false)
            }
            _ => (None, false),
        };
        if is_comment && let Some(end) = end {
            out.push_str(&source[copied..at]);
            out.push(' ');
            copied = end;
        }
        at = end.unwrap_or(at + 1);
    }
    out.push_str(&source[copied..]);
    out
}

/// Behind the quote that closes the one at `start`; None: it is open.
fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_blanks_and_literals_hide_them() {
        let cases = [
            ("int a; // x\n\n  \nint b;", "int a;  \nint b;"),
            ("a /* x\ny */ b", "a   b"),
            ("a /* x", "a /* x"),
            ("/*/ a */ b", "  b"),
            ("s = \"// no \\\" /*\"; // yes", "s = \"// no \\\" /*\";  "),
            // The apostrophe opens a literal that spans lines and hides the comment.
            ("it's // a\n'b' // c", "it's // a\n'b'  "),
            ("it's // a\nb", "it's  \nb"),
            ("\\' // a", "\\'  "),
            ("é/*日*/é", "é é"),
            ("", ""),
        ];
        for (source, expected) in cases {
            assert_eq!(remove(source, Language::Java), expected, "{source:?}");
        }
        assert_eq!(remove("a # b\n\n// c", Language::Ruby), "a # b\n\n// c");
    }

    #[test]
    fn open_literals_are_searched_once() {
        for unit in ["'\\'", "\"\\\"", "/*", "\\'"] {
            let source = unit.repeat(1_000_000);
            assert!(!remove(&source, Language::C).is_empty());
        }
    }
}
