//! Code generation: HumanEval, and MBPP in its published forms.

use std::path::Path;
use std::time::Duration;

use super::collect::Collected;
use super::options::{ReadOptions, Split};
use super::row::Row;
use super::rows::{Form, read_rows};
use crate::error::TaskError;
use crate::language::Language;
use crate::question::{Program, Question, QuestionSet};

const FORM: Form = Form {
    kind: "code-generation",
    fields: &[
        "task_id",
        "prompt",
        "entry_point",
        "canonical_solution",
        "test",
        "language",
        "text",
        "code",
        "test_list",
        "test_setup_code",
        "test_imports",
    ],
    options: &["split"],
};

/// The limit of human-eval for programs on a machine of ordinary speed.
const LIMIT: Duration = Duration::from_secs(3);

/// Reads HumanEval's form (also of MBPP), or MBPP's own, full or sanitized. Refused: a mixture.
pub(crate) fn code_generation(path: &Path, options: &ReadOptions) -> Result<QuestionSet, TaskError> {
    let rows = read_rows(path, &FORM, options)?;
    let form = |row: &Row| if row.has("test_list") { "MBPP" } else { "HumanEval" };
    let mut collected = Collected::default();
    for row in &rows {
        if form(row) != form(&rows[0]) {
            let problem = format!("has the form of {}, the first row that of {}", form(row), form(&rows[0]));
            return Err(row.fault(problem, "put them into two files"));
        }
        let question = match form(row) {
            "MBPP" => mbpp(row, options)?,
            _ => human_eval(row, options)?,
        };
        if in_split(row, &question.name, options.split.unwrap_or(Split::All))? {
            collected.add(row, question)?;
        }
    }
    collected.finish(path, Vec::new())
}

/// A function's head and docstring to continue; the checks as human-eval runs them.
///
/// Of other languages than Python the field `test` holds the whole program behind the function, as in MBXP.
pub(super) fn human_eval(row: &Row, options: &ReadOptions) -> Result<Question, TaskError> {
    let language = language(row, options)?;
    let mut after = row.text("test")?.to_owned() + "\n";
    if language == Language::Python {
        after += &format!("check({})\n", row.text("entry_point")?);
    }
    let name = name(row)?;
    let prompt = row.text("prompt")?;
    Ok(Question {
        cluster: name.clone(),
        name,
        prompt: prompt.to_owned(),
        reference: row.maybe_text("canonical_solution")?.filter(|text| !text.is_empty()).map(str::to_owned),
        program: Some(Program { language, before: prompt.to_owned(), after, limit: LIMIT }),
        ..Question::default()
    })
}

/// A docstring of the description and the first check, as InCoder and the BigCode harness ask it.
///
/// The program is completion, set-up, checks: the docstring adds nothing to it, and set-up code uses what
/// the completion defines. MBPP+ has more checks in `test`; both run.
fn mbpp(row: &Row, options: &ReadOptions) -> Result<Question, TaskError> {
    let name = name(row)?;
    let description = row.text(if row.has("text") { "text" } else { "prompt" })?;
    let checks = row.texts("test_list")?;
    let Some(first) = checks.first() else {
        return Err(row.fault("`test_list` is empty: expected at least one check", "remove the row"));
    };
    let mut after: Vec<&str> = row.maybe_texts("test_imports")?;
    after.extend(row.maybe_text("test_setup_code")?);
    after.extend(&checks);
    after.extend(row.maybe_text("test")?);
    let reference = row.maybe_text("code")?.filter(|text| !text.is_empty());
    Ok(Question {
        cluster: name.clone(),
        name,
        prompt: format!("\"\"\"\n{description}\n{first}\n\"\"\"\n"),
        // 972 of the 974 published rows end their lines in CRLF, which no model writes.
        reference: reference.map(|text| text.replace("\r\n", "\n")),
        program: Some(Program {
            language: language(row, options)?,
            before: String::new(),
            after: after.join("\n").replace("\r\n", "\n") + "\n",
            limit: LIMIT,
        }),
        ..Question::default()
    })
}

fn name(row: &Row) -> Result<String, TaskError> {
    row.required("task_id")?;
    Ok(row.maybe_name("task_id")?.unwrap_or_default())
}

/// The suite's, else the row's, else Python.
fn language(row: &Row, options: &ReadOptions) -> Result<Language, TaskError> {
    match (options.language, row.maybe_text("language")?) {
        (Some(language), _) => Ok(language),
        (None, None) => Ok(Language::Python),
        (None, Some(word)) => Language::find(&word.to_lowercase())
            .ok_or_else(|| row.fault(format!("`{word}` is no known language"), "set the task's `language`")),
    }
}

/// Whether the row is in the part of MBPP.
fn in_split(row: &Row, name: &str, split: Split) -> Result<bool, TaskError> {
    let range = match split {
        Split::All => return Ok(true),
        Split::Prompt => 1..=10,
        Split::Test => 11..=510,
        Split::Validation => 511..=600,
        Split::Train => 601..=974,
    };
    let number: Option<u32> = name.strip_prefix("MBPP/").unwrap_or(name).parse().ok();
    let number = number.ok_or_else(|| {
        row.fault(
            format!("`split` is for MBPP, whose `task_id` is a number or `MBPP/N`, not `{name}`"),
            "leave `split` out",
        )
    })?;
    Ok(range.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{read, refusal};
    use super::*;

    const HUMAN_EVAL: &str = r#"{"task_id": "HumanEval/0", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "    return 1\n", "test": "def check(f):\n    assert f() == 1"}"#;
    const FULL: &str = r#"{"task_id": 11, "text": "Give one.", "code": "def f():\r\n\treturn 1", "test_list": ["assert f() == 1", "assert f() > 0"], "test_setup_code": "import math", "challenge_test_list": []}"#;
    const SANITIZED: &str = r#"{"task_id": 602, "prompt": "Give one.", "code": "def f():\n  return 1", "test_list": ["assert f() == 1"], "test_imports": ["import re", "import os"], "source_file": "x"}"#;

    fn one(content: &str) -> Question {
        read(code_generation, content, &ReadOptions::default()).unwrap().questions.remove(0)
    }

    #[test]
    fn human_eval_is_run_as_human_eval_runs_it() {
        let question = one(HUMAN_EVAL);
        let program = question.program.unwrap();
        assert_eq!((question.name.as_str(), question.prompt.as_str()), ("HumanEval/0", "def f():\n"));
        assert_eq!(question.reference.as_deref(), Some("    return 1\n"));
        assert_eq!(program.before, question.prompt);
        assert_eq!(program.after, "def check(f):\n    assert f() == 1\ncheck(f)\n");
        assert_eq!(program.limit, Duration::from_secs(3));
        assert_eq!(program.language, Language::Python);
    }

    #[test]
    fn mbpp_is_asked_by_description_and_first_check() {
        let question = one(FULL);
        let program = question.program.unwrap();
        assert_eq!((question.name.as_str(), program.before.as_str()), ("11", ""));
        assert_eq!(question.prompt, "\"\"\"\nGive one.\nassert f() == 1\n\"\"\"\n");
        assert_eq!(question.reference.as_deref(), Some("def f():\n\treturn 1"));
        assert_eq!(program.after, "import math\nassert f() == 1\nassert f() > 0\n");
        let more = SANITIZED.replace(
            "\"source_file\"",
            "\"test\": \"for one in [1]:\\n    assert f() == one\\n\", \"source_file\"",
        );
        let after = one(&more).program.unwrap().after;
        assert_eq!(
            after,
            "import re\nimport os\nassert f() == 1\nfor one in [1]:\n    assert f() == one\n\n"
        );
        let question = one(SANITIZED);
        assert_eq!(question.prompt, "\"\"\"\nGive one.\nassert f() == 1\n\"\"\"\n");
        assert_eq!(question.program.unwrap().after, "import re\nimport os\nassert f() == 1\n");
    }

    #[test]
    fn splits_are_ranges_of_mbpps_numbers() {
        let numbers = [1, 10, 11, 510, 511, 600, 601, 974];
        let rows = |prefix: &str| {
            let row = |n: &i32| HUMAN_EVAL.replace("HumanEval/0", &format!("{prefix}{n}"));
            numbers.iter().map(row).collect::<Vec<_>>().join("\n")
        };
        for prefix in ["", "MBPP/"] {
            for (split, expected) in [
                (Split::Prompt, &numbers[..2]),
                (Split::Test, &numbers[2..4]),
                (Split::Validation, &numbers[4..6]),
                (Split::Train, &numbers[6..]),
                (Split::All, &numbers[..]),
            ] {
                let options = ReadOptions { split: Some(split), ..ReadOptions::default() };
                let set = read(code_generation, rows(prefix), &options).unwrap();
                let names: Vec<String> = set.questions.into_iter().map(|question| question.name).collect();
                assert_eq!(names, expected.iter().map(|n| format!("{prefix}{n}")).collect::<Vec<_>>());
            }
        }
        let options = ReadOptions { split: Some(Split::Test), ..ReadOptions::default() };
        let error = read(code_generation, HUMAN_EVAL, &options).unwrap_err().to_string();
        assert!(error.contains("line 1: `split` is for MBPP"), "{error}");
    }

    #[test]
    fn other_languages_bring_their_whole_check() {
        let row = r#"{"task_id": "MBJP/1", "language": "java", "prompt": "class A {", "canonical_solution": null, "test": "class Main { }"}"#;
        let question = one(row);
        let program = question.program.unwrap();
        assert_eq!(question.reference, None);
        assert_eq!((program.language, program.after.as_str()), (Language::Java, "class Main { }\n"));
        let options = ReadOptions { language: Some(Language::JavaScript), ..ReadOptions::default() };
        let set = read(code_generation, row, &options).unwrap();
        assert_eq!(set.questions[0].program.as_ref().unwrap().language, Language::JavaScript);
    }

    #[test]
    fn mixtures_and_missing_fields_are_refused_with_their_line() {
        for (content, expected) in [
            (
                format!("{HUMAN_EVAL}\n{FULL}"),
                "line 2: has the form of MBPP, the first row that of HumanEval",
            ),
            (format!("{FULL}\n{HUMAN_EVAL}"), "line 2: has the form of HumanEval"),
            (format!("{HUMAN_EVAL}\n{HUMAN_EVAL}"), "line 2: `HumanEval/0` was used before, by line-1"),
            (HUMAN_EVAL.replace("\"entry_point\"", "\"entry\""), "has no `entry_point`, only"),
            (HUMAN_EVAL.replace("\"test\"", "\"tests\""), "has no `test`, only"),
            (HUMAN_EVAL.replace("\"task_id\"", "\"id\""), "has no `task_id`, only"),
            (
                HUMAN_EVAL.replace("\"test\"", "\"language\": \"cobol\", \"test\""),
                "`cobol` is no known language",
            ),
            (FULL.replace("[\"assert f() == 1\", \"assert f() > 0\"]", "[]"), "`test_list` is empty"),
            (FULL.replace("\"import math\"", "[]"), "`test_setup_code` is an array: expected text"),
        ] {
            let error = refusal(code_generation, &content);
            assert!(error.contains(expected), "{error}");
        }
    }
}
