//! Code summarization: CodeXGLUE's code-to-text.

use std::path::Path;

use serde_json::Value;

use super::collect::Collected;
use super::options::ReadOptions;
use super::row::Row;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};

const FORM: Form = Form {
    kind: "code-summarization",
    fields: &["id", "code", "code_tokens", "docstring", "docstring_tokens", "repo"],
    options: &[],
};

/// Reads rows of code and its docstring: the code's tokens joined by blanks, then the wish for a sentence.
///
/// The reference is the docstring's tokens joined by blanks, as CodeXGLUE scores it. Tokens come first
/// where both are there, because the published `code` of Python contains the docstring; such code without
/// tokens is refused.
pub(crate) fn code_summarization(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let rows = read_rows(path, &FORM, options)?;
    let mut collected = Collected::default();
    for row in &rows {
        let reference = words(row, "docstring_tokens", "docstring")?;
        if reference.is_empty() {
            collected.leave_out("with an empty docstring");
            continue;
        }
        let code = words(row, "code_tokens", "code")?;
        if !row.has("code_tokens") && code.contains(&reference) {
            return Err(row.fault(
                "`code` contains the docstring, so the prompt would give the answer away",
                "add `code_tokens`, which do not contain it",
            ));
        }
        let name = row.maybe_name("id")?.unwrap_or_else(|| row.place.clone());
        let prompt = match code.is_empty() {
            true => String::new(),
            false => format!("{code}\n\nWhat this code does, in one sentence:"),
        };
        let question = Question {
            cluster: row.maybe_name("repo")?.unwrap_or_else(|| name.clone()),
            name,
            prompt,
            reference: Some(reference),
            ..Question::default()
        };
        collected.add(row, question)?;
    }
    collected.finish(path, Vec::new())
}

/// The tokens, else the text, with one blank between two words.
fn words(row: &Row, tokens: &str, text: &str) -> Result<String, TaskError> {
    let joined = match row.sound(tokens)? {
        Some(Value::Array(_)) => row.texts(tokens)?.join(" "),
        Some(other) => return Err(row.wrong(tokens, "an array of texts", other)),
        None => row.text(text)?.to_owned(),
    };
    Ok(joined.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    #[test]
    fn tokens_are_joined_and_come_before_the_text() {
        let content = r#"{"repo": "o/r", "code": "def f():\n \"\"\"Adds one .\"\"\"", "docstring": "Adds one .\n\nMore.",
            "code_tokens": ["def", "f", "(", ")", ":", "pass"], "docstring_tokens": ["Adds", "one", "."]}"#;
        let content = content.replace('\n', " ");
        let set = read(code_summarization, content, &ReadOptions::default()).unwrap();
        let question = &set.questions[0];
        assert_eq!(question.prompt, "def f ( ) : pass\n\nWhat this code does, in one sentence:");
        assert_eq!(question.reference.as_deref(), Some("Adds one ."));
        assert_eq!((question.name.as_str(), question.cluster.as_str()), ("line-1", "o/r"));
    }

    #[test]
    fn code_that_gives_the_answer_away_is_refused() {
        let error = refusal(code_summarization, r#"{"code": "f() # Adds  one.", "docstring": "Adds one."}"#);
        assert!(error.contains("would give the answer away"), "{error}");
        let error = refusal(code_summarization, r#"{"code_tokens": "f", "docstring": "Adds one."}"#);
        assert!(error.contains("`code_tokens` is text: expected an array of texts"), "{error}");
        let error = refusal(code_summarization, r#"{"code": "f", "docstring_tokens": []}"#);
        assert!(error.contains("1 row with an empty docstring"), "{error}");
    }
}
