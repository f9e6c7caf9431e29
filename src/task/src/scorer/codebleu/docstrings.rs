//! Removes Python's comments and docstrings with the tokens of CPython 3.11's `tokenize`.
//!
//! CodeBLEU writes the tokens again, without comments and without strings at the start of a statement. What counts
//! are thus the borders of tokens, which of them are comments, strings, indents and line ends, and what `tokenize`
//! refuses: the rest of its classes is not told apart. Python 3.12 and later refuse more.

use super::blank::is_blank;
use super::python_tokens::{Found, find, string_end};

/// Columns a tab stands for when indents are compared.
const TAB: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Comment,
    String,
    Indent,
    LineEnd,
    Other,
}

/// `source` without comments and docstrings; None where `tokenize` raises an error: an open bracket or string, a
/// backslash at the end, or a dedent to a level that was never indented to.
pub(super) fn remove(source: &str) -> Option<String> {
    let mut writer = Writer::new(source.len());
    let mut indents = vec![0];
    let (mut depth, mut is_continued) = (0_i64, false);
    let mut open: Option<Open> = None;
    // As in CPython this stays set when a string that should have been continued was not.
    let mut needs_backslash = false;
    let mut line: Vec<char> = Vec::new();
    let mut last_line: &str = "";
    let mut number = 0;
    for text in source.split_inclusive('\n') {
        number += 1;
        line.clear();
        line.extend(text.chars());
        let mut at = 0;
        if let Some(mut string) = open.take() {
            if let Some(end) = string_end(&line, 0, string.quote, string.is_triple) {
                string.text.extend(&line[..end]);
                writer.write(Class::String, &string.text, string.start, (number, end));
                needs_backslash = false;
                at = end;
            } else {
                string.text.push_str(text);
                if needs_backslash && !text.ends_with("\\\n") && !text.ends_with("\\\r\n") {
                    writer.write(Class::Other, &string.text, string.start, (number, line.len()));
                } else {
                    open = Some(string);
                }
                last_line = text;
                continue;
            }
        } else if depth == 0 && !is_continued {
            let column;
            (at, column) = indent(&line);
            if at == line.len() {
                break;
            }
            if matches!(line[at], '#' | '\r' | '\n') {
                let end = if line[at] == '#' {
                    let end =
                        line.iter().rposition(|c| !matches!(c, '\r' | '\n')).map_or(at, |last| last + 1);
                    writer.write(Class::Comment, "", (number, at), (number, end));
                    end
                } else {
                    at
                };
                let rest: String = line[end..].iter().collect();
                writer.write(Class::Other, &rest, (number, end), (number, line.len()));
                last_line = text;
                continue;
            }
            if column > indents.last().copied().unwrap_or(0) {
                indents.push(column);
                let blanks: String = line[..at].iter().collect();
                writer.write(Class::Indent, &blanks, (number, 0), (number, at));
            }
            while column < indents.last().copied().unwrap_or(0) {
                if !indents.contains(&column) {
                    return None;
                }
                indents.pop();
                writer.write(Class::Other, "", (number, at), (number, at));
            }
        } else {
            is_continued = false;
        }
        while at < line.len() {
            let (class, start, end) = match find(&line, at) {
                Found::Nothing => (Class::Other, at, at + 1),
                Found::End => break,
                Found::Backslash => {
                    is_continued = true;
                    break;
                }
                Found::LineEnd { start, end } => {
                    // Inside of brackets a line end ends no statement.
                    (if depth > 0 { Class::Other } else { Class::LineEnd }, start, end)
                }
                Found::Comment { start, end } => {
                    writer.write(Class::Comment, "", (number, start), (number, end));
                    at = end;
                    continue;
                }
                Found::String { start, end } => (Class::String, start, end),
                Found::OpenString { start, quote, is_triple } => {
                    needs_backslash |= !is_triple;
                    let text = line[start..].iter().collect();
                    open = Some(Open { text, start: (number, start), quote, is_triple });
                    break;
                }
                Found::Other { start, end } => {
                    match line[start] {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                    (Class::Other, start, end)
                }
            };
            writer.write_slice(class, &line[start..end], (number, start), (number, end));
            at = end;
        }
        last_line = text;
    }
    if open.is_some() || depth != 0 || is_continued {
        return None;
    }
    writer.finish(last_line, number)
}

/// A string that goes on in the next line.
struct Open {
    text: String,
    start: (usize, usize),
    quote: char,
    is_triple: bool,
}

/// Where a line's text begins, and the column that this counts as.
fn indent(line: &[char]) -> (usize, usize) {
    let mut column = 0;
    for (at, c) in line.iter().enumerate() {
        match c {
            ' ' => column += 1,
            '\t' => column = (column / TAB + 1) * TAB,
            '\u{c}' => column = 0,
            _ => return (at, column),
        }
    }
    (line.len(), column)
}

/// Puts tokens together again. Places are (line from 1, character from 0).
struct Writer {
    out: String,
    previous: Class,
    line: usize,
    column: usize,
}

impl Writer {
    fn new(capacity: usize) -> Self {
        Self { out: String::with_capacity(capacity), previous: Class::Indent, line: 0, column: 0 }
    }

    fn write(&mut self, class: Class, text: &str, start: (usize, usize), end: (usize, usize)) {
        if self.pad(class, start, end) {
            self.out.push_str(text);
        }
    }

    fn write_slice(&mut self, class: Class, text: &[char], start: (usize, usize), end: (usize, usize)) {
        if self.pad(class, start, end) {
            self.out.extend(text);
        }
    }

    /// Fills the gap to the token with blanks; whether the token itself is kept.
    fn pad(&mut self, class: Class, start: (usize, usize), end: (usize, usize)) -> bool {
        if start.0 > self.line {
            self.column = 0;
        }
        self.out.extend(std::iter::repeat_n(' ', start.1.saturating_sub(self.column)));
        let is_kept = match class {
            Class::Comment => false,
            Class::String => !matches!(self.previous, Class::Indent | Class::LineEnd) && start.1 > 0,
            _ => true,
        };
        (self.previous, self.line, self.column) = (class, end.0, end.1);
        is_kept
    }

    /// The text, with the blanks that stand before an implicit line end.
    fn finish(mut self, last_line: &str, number: usize) -> Option<String> {
        let is_implicit = !last_line.is_empty()
            && !last_line.ends_with(['\r', '\n'])
            && !last_line.trim_matches(is_blank).starts_with('#');
        if is_implicit {
            let length = last_line.chars().count();
            self.write(Class::LineEnd, "", (number, length), (number, length + 1));
        }
        Some(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_docstrings_go_and_other_strings_stay() {
        let cases = [
            ("x = 1  # one\ny = '#'", "x = 1  \ny = '#'"),
            ("def f():\n    \"\"\"Doc.\n\n    More.\"\"\"\n    return 'a'", "def f():\n    \n    return 'a'"),
            ("'''doc'''\nx = (\n  'a'\n)", "\nx = (\n  'a'\n)"),
            ("x = \\\n    1", "x =    1"),
            ("if a:\n\tb\nc", "if a:\n\tb\nc"),
            ("x = rb'\\'' + f\"{y}\"", "x = rb'\\'' + f\"{y}\""),
        ];
        for (source, expected) in cases {
            assert_eq!(remove(source).as_deref(), Some(expected), "{source:?}");
        }
    }

    #[test]
    fn what_tokenize_refuses_is_refused() {
        for source in ["f(", "x = '''a", "a \\\n", ")", "if a:\n    b\n  c", "x = 'a\\\n"] {
            assert_eq!(remove(source), None, "{source:?}");
        }
        for source in ["", "?", "a = 1 \\", "x = 'a", "$ !\u{0}", "é = 日"] {
            assert_eq!(remove(source).as_deref(), Some(source));
        }
    }
}
