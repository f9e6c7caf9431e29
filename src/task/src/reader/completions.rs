//! Reads completions that were made elsewhere.

use std::path::Path;

use super::options::ReadOptions;
use super::rows::{Form, read_rows};
use crate::error::TaskError;

/// One completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionLine {
    /// Counted from 1.
    pub line: usize,
    /// The name of the item.
    pub id: String,
    /// The generated text.
    pub completion: String,
}

const FORM: Form = Form { kind: "completions", fields: &[], options: &[] };

/// Reads JSON lines with `id` (text or a whole number) and `completion` (text); an `id` may stand in several lines.
///
/// Refused with its line: what lacks one of them, or is no JSON object in UTF-8.
pub fn read_completions(path: &Path) -> Result<Vec<CompletionLine>, TaskError> {
    let rows = read_rows(path, &FORM, &ReadOptions::default())?;
    rows.iter()
        .map(|row| {
            let id = row.required("id").and_then(|_| row.maybe_name("id"))?.unwrap_or_default();
            Ok(CompletionLine { line: row.line, id, completion: row.text("completion")?.to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_completions_of_one_item_and_bad_lines_with_their_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.jsonl");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_completions(&path)
        };
        let two = "{\"id\": \"a\", \"completion\": \"x\"}\r\n{\"id\": 7, \"completion\": \"\"}\n";
        let found = read(&format!("{two}{two}")).unwrap();
        let seen: Vec<_> =
            found.iter().map(|line| (line.line, line.id.as_str(), line.completion.as_str())).collect();
        assert_eq!(seen, [(1, "a", "x"), (2, "7", ""), (3, "a", "x"), (4, "7", "")]);
        for (bad, expected) in [
            ("{\"id\": \"a\"}", "has no `completion`"),
            ("{\"completion\": \"a\"}", "has no `id`"),
            ("{\"id\": \"a\", \"completion\": null}", "`completion` is null"),
            ("{\"id\": \"a\", \"completion\": 3}", "expected text"),
            ("{\"id\": 1.5, \"completion\": \"x\"}", "text or a whole number"),
            ("[]", "line 3"),
        ] {
            let error = read(&format!("{two}{bad}\n")).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("line 3"), "{error}");
        }
    }
}
