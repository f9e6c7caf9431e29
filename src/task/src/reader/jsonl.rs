//! One's own questions: a prompt a row, beside a reference or a class.

use std::path::Path;

use super::collect::Collected;
use super::options::ReadOptions;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};

const FORM: Form =
    Form { kind: "jsonl", fields: &["id", "prompt", "reference", "label", "cluster"], options: &[] };

/// Reads rows of `prompt` and `reference`, `label` or both.
///
/// The classes are the sorted labels. A row with an empty reference and no label is left out, and counted.
pub(crate) fn jsonl(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let rows = read_rows(path, &FORM, options)?;
    let mut collected = Collected::default();
    let mut classes: Vec<String> = Vec::new();
    for row in &rows {
        let label = row.maybe_name("label")?;
        let reference = match &label {
            Some(_) => row.maybe_text("reference")?,
            None => Some(row.text("reference")?),
        };
        let reference = reference.filter(|text| !text.trim().is_empty());
        if reference.is_none() && label.is_none() {
            collected.leave_out("with an empty reference");
            continue;
        }
        classes.extend(label.clone());
        let name = row.maybe_name("id")?.unwrap_or_else(|| row.place.clone());
        let question = Question {
            cluster: row.maybe_name("cluster")?.unwrap_or_else(|| name.clone()),
            name,
            prompt: row.text("prompt")?.to_owned(),
            reference: reference.map(str::to_owned),
            label,
            ..Question::default()
        };
        collected.add(row, question)?;
    }
    classes.sort();
    classes.dedup();
    collected.finish(path, classes)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    #[test]
    fn rows_become_questions_with_references_and_classes() {
        let content = r#"{"q": "2 + 2 =", "a": {"text": "4"}, "id": 5}
            {"q": "spam?", "label": "yes"}
            {"q": "ham?", "label": "no", "a": {"text": " "}, "cluster": "mail"}
            {"q": "?", "a": {"text": " "}}"#;
        let columns = [("prompt", "q"), ("reference", "a.text")];
        let columns = columns.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).to_vec();
        let set = read(jsonl, content, &ReadOptions { columns, ..ReadOptions::default() }).unwrap();
        let seen: Vec<_> = set
            .questions
            .iter()
            .map(|q| (q.name.as_str(), q.cluster.as_str(), q.reference.as_deref(), q.label.as_deref()))
            .collect();
        let expected = [
            ("5", "5", Some("4"), None),
            ("line-2", "line-2", None, Some("yes")),
            ("line-3", "mail", None, Some("no")),
        ];
        assert_eq!(seen, expected);
        assert_eq!(set.classes, ["no", "yes"]);
        assert_eq!(set.left_out, ["1 row with an empty reference"]);
    }

    #[test]
    fn what_cannot_be_asked_is_refused_or_counted() {
        for (content, expected) in [
            (r#"{"prompt": "a"}"#, "line 1: has no `reference`, only `prompt`"),
            (r#"{"reference": "a"}"#, "line 1: has no `prompt`"),
            (
                "{\"id\": 1, \"prompt\": \"a\", \"reference\": \"b\"}\n{\"id\": \"1\", \"prompt\": \"a\", \"reference\": \"b\"}",
                "line 2: `1` was used before, by line-1",
            ),
            (
                "{\"prompt\": \" \", \"reference\": \"b\"}\n{\"prompt\": \"a\", \"reference\": \"\"}\n{\"prompt\": \"a\", \"reference\": \"\"}",
                "gives no question: 1 row with an empty prompt, 2 rows with an empty reference",
            ),
        ] {
            let error = refusal(jsonl, content);
            assert!(error.contains(expected), "{error}");
        }
    }
}
