//! Perplexity: texts whose beginning is given and whose rest is forced.

use std::path::Path;

use serde_json::Value;

use harness_protocol::{END, START};

use super::collect::Collected;
use super::options::ReadOptions;
use super::row::Row;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};

const FORM: Form = Form { kind: "perplexity", fields: &["id", "text", "code"], options: &["context"] };

/// The paper's main tables give 20 % of a file (GREEN-CODE, arXiv 2501.11006).
const CONTEXT: f64 = 0.2;

/// Reads rows of `text`, or of `code` as tokens: the prompt is a share of the whitespace tokens, the
/// reference all that follows, from the blank on.
///
/// Left out: texts too short to have both.
pub(crate) fn perplexity(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let share = options.context.unwrap_or(CONTEXT);
    if !(share > 0.0 && share < 1.0) {
        return Err(TaskError::refused(
            format!("`context` is {share}: expected a share above 0 and below 1"),
            "for example `context = 0.2`",
        ));
    }
    let mut collected = Collected::default();
    for row in &read_rows(path, &FORM, options)? {
        let text = text(row)?;
        let Some((prompt, rest)) = split(text.trim_end(), share) else {
            collected.leave_out("too short for a context and a rest");
            continue;
        };
        let name = row.maybe_name("id")?.unwrap_or_else(|| row.place.clone());
        let question = Question {
            cluster: name.clone(),
            name,
            prompt: prompt.to_owned(),
            reference: Some(rest.to_owned()),
            ..Question::default()
        };
        collected.add(row, question)?;
    }
    collected.finish(path, Vec::new())
}

fn text(row: &Row) -> Result<String, TaskError> {
    match row.sound("code")? {
        Some(_) if row.has("text") => Err(row.fault("has both `text` and `code`", "leave one of them")),
        Some(Value::Array(_)) => Ok(undressed(&row.texts("code")?.join(" "))),
        Some(_) => Ok(undressed(row.text("code")?)),
        None => Ok(row.text("text")?.to_owned()),
    }
}

/// A document without the marks of its ends.
fn undressed(code: &str) -> String {
    let code = code.trim();
    let code = code.strip_prefix(START).unwrap_or(code);
    code.strip_suffix(END).unwrap_or(code).trim().to_owned()
}

/// Cuts behind a share of the whitespace tokens, rounded down.
fn split(text: &str, share: f64) -> Option<(&str, &str)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let last = words.get(((words.len() as f64 * share) as usize).checked_sub(1)?)?;
    let end = last.as_ptr().addr() - text.as_ptr().addr() + last.len();
    let (prompt, rest) = text.split_at_checked(end)?;
    (!rest.is_empty()).then_some((prompt, rest))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    fn parts(content: &str, context: Option<f64>) -> Vec<(String, String)> {
        let options = ReadOptions { context, ..ReadOptions::default() };
        let set = read(perplexity, content, &options).unwrap();
        set.questions.into_iter().map(|q| (q.prompt, q.reference.unwrap())).collect()
    }

    #[test]
    fn a_share_of_the_words_is_given_and_the_rest_begins_with_its_blank() {
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        let text = r#"{"text": "a  b\nc d e \n"}"#;
        assert_eq!(parts(text, None), pair("a", "  b\nc d e"));
        assert_eq!(parts(text, Some(0.5)), pair("a  b", "\nc d e"));
        for code in [r#"{"code": ["<s>", "a", "b", "</s>"]}"#, r#"{"code": "<s> a b </s>"}"#] {
            assert_eq!(parts(code, Some(0.5)), pair("a", " b"));
        }
    }

    #[test]
    fn texts_without_a_beginning_or_a_rest_are_counted() {
        let content = "{\"text\": \"a b c d\"}\n{\"text\": \"\"}\n{\"text\": \"ä ö ü a b\"}";
        let set = read(perplexity, content, &ReadOptions::default()).unwrap();
        assert_eq!((set.questions.len(), set.questions[0].prompt.as_str()), (1, "ä"));
        assert_eq!(set.left_out, ["2 rows too short for a context and a rest"]);
        assert!(refusal(perplexity, r#"{"text": "a", "code": "b"}"#).contains("both `text` and `code`"));
    }

    #[test]
    fn a_share_outside_the_text_is_refused() {
        for context in [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY] {
            let options = ReadOptions { context: Some(context), ..ReadOptions::default() };
            let error = read(perplexity, r#"{"text": "a b"}"#, &options).unwrap_err().to_string();
            assert!(error.contains("expected a share above 0 and below 1"), "{error}");
        }
    }
}
