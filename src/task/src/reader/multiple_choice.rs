//! Multiple choice: a question, its answers, and which of them is right.

use std::path::Path;

use serde_json::Value;

use super::collect::Collected;
use super::options::ReadOptions;
use super::row::Row;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::question::{Question, QuestionSet};

const FORM: Form = Form {
    kind: "multiple-choice",
    fields: &["id", "question", "choices", "answer", "cluster"],
    options: &[],
};

/// Letters name choices.
const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Reads rows of `question`, `choices` and `answer`; label and reference are the right choice's letter.
///
/// `choices` is an array of texts, an object from letters to texts, or one of `text` and `label` as in ARC.
/// `answer` is a choice's letter or key, its place counted from 0, or its text.
pub(crate) fn multiple_choice(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let rows = read_rows(path, &FORM, options)?;
    let mut collected = Collected::default();
    let mut most = 0;
    for row in &rows {
        let choices = choices(row)?;
        let right = letter(answer(row, &choices)?);
        most = most.max(choices.len());
        let lines: String =
            (0..).zip(&choices).map(|(at, (_, text))| format!("{}. {text}\n", letter(at))).collect();
        let name = row.maybe_name("id")?.unwrap_or_else(|| row.place.clone());
        let question = Question {
            cluster: row.maybe_name("cluster")?.unwrap_or_else(|| name.clone()),
            name,
            prompt: format!("{}\n{lines}Answer:", row.text("question")?.trim_end()),
            reference: Some(right.clone()),
            label: Some(right),
            ..Question::default()
        };
        collected.add(row, question)?;
    }
    collected.finish(path, (0..most).map(letter).collect())
}

/// Keys and texts, at least 2 and at most 26.
fn choices(row: &Row) -> Result<Vec<(String, String)>, TaskError> {
    let value = row.required("choices")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| value.as_array()?.iter().map(text).collect::<Option<Vec<String>>>();
    let found: Option<Vec<(String, String)>> = match value {
        Value::Array(_) => texts(value).map(|texts| (0..).map(letter).zip(texts).collect()),
        Value::Object(fields) => {
            match (fields.get("label").and_then(texts), fields.get("text").and_then(texts)) {
                (Some(keys), Some(texts)) => {
                    (keys.len() == texts.len()).then(|| keys.into_iter().zip(texts).collect())
                }
                _ => fields.iter().map(|(key, value)| Some((key.clone(), text(value)?))).collect(),
            }
        }
        _ => None,
    };
    let found = found.ok_or_else(|| {
        row.wrong("choices", "an array of texts, or an object from letters to texts", value)
    })?;
    if !(2..=LETTERS.len()).contains(&found.len()) {
        let problem = format!("has {} choices: expected 2 to {}", found.len(), LETTERS.len());
        return Err(row.fault(problem, "correct the row"));
    }
    Ok(found)
}

/// The place of the right choice. Refused: an answer that means none of them, or two.
fn answer(row: &Row, choices: &[(String, String)]) -> Result<usize, TaskError> {
    let value = row.required("answer")?;
    let mut places: Vec<usize> = match value {
        Value::Number(number) => {
            let place = number.as_u64().and_then(|place| usize::try_from(place).ok());
            place.filter(|place| *place < choices.len()).into_iter().collect()
        }
        Value::String(word) => {
            let word = word.trim();
            let found = |means: &dyn Fn(usize, &str, &str) -> bool| -> Vec<usize> {
                let all = choices.iter().enumerate();
                all.filter(|(place, (key, text))| means(*place, key, text)).map(|(place, _)| place).collect()
            };
            // Where the row names its choices, such as ARC's "1" to "4", a name is meant although a text reads the same.
            let named = found(&|_, key, _| key == word);
            match named.len() == 1 && row.required("choices")?.is_object() {
                true => named,
                false => {
                    found(&|place, key, text| key == word || letter(place) == word || text.trim() == word)
                }
            }
        }
        other => {
            return Err(row.wrong("answer", "a letter, a place counted from 0, or a choice's text", other));
        }
    };
    match (places.pop(), places.is_empty()) {
        (Some(place), true) => Ok(place),
        (found, _) => {
            let means = if found.is_some() { "several" } else { "none" };
            let problem =
                format!("`answer` is {value}, which means {means} of the {} choices", choices.len());
            Err(row.fault(problem, "write a letter, a place counted from 0, or the text of one choice"))
        }
    }
}

/// `A` for 0; at most 25.
fn letter(place: usize) -> String {
    LETTERS.get(place).map_or_else(String::new, |letter| char::from(*letter).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    fn with(choices: &str, answer: &str) -> String {
        format!("{{\"question\": \"Which?\", \"choices\": {choices}, \"answer\": {answer}}}")
    }

    #[test]
    fn every_form_of_choices_and_answers_gives_the_letter() {
        for (choices, answer) in [
            (r#"["x", "y"]"#, r#""B""#),
            (r#"["x", "y"]"#, "1"),
            (r#"["x", "y "]"#, r#"" y""#),
            (r#"["1", "0"]"#, r#""0""#),
            (r#"{"A": "x", "B": "y"}"#, r#""B""#),
            (r#"{"text": ["x", "y"], "label": ["1", "2"]}"#, r#""2""#),
            (r#"["A", "B"]"#, r#""B""#),
            // The key "2" is meant, not the text "2" of the key "1"; nor the text "A" of the key "B".
            (r#"{"text": ["2", "3"], "label": ["1", "2"]}"#, r#""2""#),
            (r#"{"A": "B", "B": "A"}"#, r#""B""#),
        ] {
            let set = read(multiple_choice, with(choices, answer), &ReadOptions::default()).unwrap();
            let question = &set.questions[0];
            assert_eq!(question.label.as_deref(), Some("B"), "{choices} {answer}");
            assert_eq!(question.reference, question.label);
            assert_eq!(set.classes, ["A", "B"]);
        }
    }

    #[test]
    fn the_prompt_lists_the_choices() {
        let content = with(r#"["x", "y"]"#, "0") + "\n" + &with(r#"["x", "y", "z"]"#, "0");
        let set = read(multiple_choice, content, &ReadOptions::default()).unwrap();
        assert_eq!(set.questions[0].prompt, "Which?\nA. x\nB. y\nAnswer:");
        assert_eq!(set.classes, ["A", "B", "C"]);
    }

    #[test]
    fn an_answer_that_names_no_choice_or_two_is_refused() {
        let many = format!("[{}]", vec!["\"x\""; 27].join(","));
        for (choices, answer, expected) in [
            (r#"["x", "y"]"#, r#""C""#, "`answer` is \"C\", which means none of the 2 choices"),
            (r#"["x", "y"]"#, "2", "means none"),
            (r#"["x", "y"]"#, "-1", "means none"),
            (r#"["x", "y"]"#, "0.0", "means none"),
            (r#"["x", "x"]"#, r#""x""#, "means several"),
            (r#"["B", "y"]"#, r#""B""#, "means several"),
            (r#"["x", "y"]"#, "true", "`answer` is true or false"),
            (r#"["x"]"#, "0", "has 1 choices: expected 2 to 26"),
            (many.as_str(), "0", "has 27 choices"),
            (r#"["x", 1]"#, "0", "`choices` is an array: expected an array of texts"),
            (r#"{"text": ["x"], "label": []}"#, "0", "`choices` is an object"),
            (r#""x""#, "0", "`choices` is text"),
        ] {
            let error = refusal(multiple_choice, with(choices, answer));
            assert!(error.contains(expected), "{error}");
        }
    }
}
