//! Line completion: CodeXGLUE's line level of code completion.

use std::path::Path;

use harness_protocol::START;

use super::collect::Collected;
use super::options::ReadOptions;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};

const FORM: Form = Form { kind: "line-completion", fields: &["id", "input", "gt"], options: &[] };

/// Reads rows of `input`, tokens joined by blanks, and `gt`, the rest of the line.
///
/// `<s>` before the input is dropped: a tokenizer that has such a mark puts it there itself. Refused: a file
/// without any `gt`.
pub(crate) fn line_completion(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let rows = read_rows(path, &FORM, options)?;
    let mut collected = Collected::default();
    let mut empty = 0;
    for row in &rows {
        let answer = row.text("gt")?;
        if answer.trim().is_empty() {
            empty += 1;
            collected.leave_out("with an empty `gt`");
            continue;
        }
        let input = row.text("input")?;
        let name = row.maybe_name("id")?.unwrap_or_else(|| row.place.clone());
        let question = Question {
            cluster: name.clone(),
            name,
            prompt: input.strip_prefix(START).unwrap_or(input).trim_start().to_owned(),
            reference: Some(answer.to_owned()),
            ..Question::default()
        };
        collected.add(row, question)?;
    }
    if empty == rows.len() {
        return Err(TaskError::refused(
            format!(
                "`{}` cannot be scored: all its {empty} rows have an empty `gt`, as the published test files",
                path.display()
            ),
            "put the answers into `gt`, or take a file that has them, such as the development set",
        ));
    }
    collected.finish(path, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    #[test]
    fn the_rest_of_the_line_is_the_reference() {
        let content = r#"{"id": 0, "input": "<s> package a ; import b", "gt": ". c ;"}
            {"id": 1, "input": "x = 1 <EOL> y", "gt": "= 2"}
            {"id": 2, "input": "<s> z", "gt": ""}"#;
        let set = read(line_completion, content, &ReadOptions::default()).unwrap();
        let seen: Vec<_> = set
            .questions
            .iter()
            .map(|q| (q.name.as_str(), q.prompt.as_str(), q.reference.as_deref().unwrap()))
            .collect();
        assert_eq!(seen, [("0", "package a ; import b", ". c ;"), ("1", "x = 1 <EOL> y", "= 2")]);
        assert_eq!(set.left_out, ["1 row with an empty `gt`"]);
    }

    #[test]
    fn the_published_test_file_cannot_be_scored() {
        let content = "{\"id\": 0, \"input\": \"<s> a\", \"gt\": \"\"}\n{\"id\": 1, \"input\": \"<s> a\", \"gt\": \"\"}";
        let error = refusal(line_completion, content);
        assert!(error.contains("cannot be scored: all its 2 rows have an empty `gt`"), "{error}");
        assert!(refusal(line_completion, r#"{"input": "a"}"#).contains("has no `gt`, only `input`"));
    }
}
