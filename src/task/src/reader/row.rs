//! One row of a task set: its fields by the kind's names, and messages that say where it stands.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::python_json;
use crate::error::TaskError;
use crate::word::nearest;

/// One JSON object of a file.
#[derive(Debug)]
pub(super) struct Row {
    pub path: Arc<Path>,
    /// Counted from 1.
    pub line: usize,
    /// What the row is called without a name of its own: `line-N`, in an array `row-N`.
    pub place: String,
    pub fields: Map<String, Value>,
    /// The file holds what only Python writes: see [`python_json`].
    pub mended: bool,
    pub columns: Columns,
}

/// What the data call the kind's fields.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pairs: Arc<[(String, String)]>,
    /// Whether a suite may name them otherwise.
    may_differ: bool,
}

impl Columns {
    /// Refused: a field that the kind does not have, or one that is named twice.
    pub fn new(kind: &str, fields: &[&str], pairs: &[(String, String)]) -> Result<Self, TaskError> {
        for (place, (ours, _)) in pairs.iter().enumerate() {
            if !fields.contains(&ours.as_str()) {
                let hint = nearest(ours, fields);
                let help = match hint {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("`columns` takes {}", list(fields)),
                };
                return Err(TaskError::refused(
                    format!("`columns`: `{ours}` is no field of `{kind}`"),
                    &help,
                ));
            }
            if pairs[..place].iter().any(|earlier| earlier.0 == *ours) {
                let problem = format!("`columns` names `{ours}` twice");
                return Err(TaskError::refused(problem, "leave one of them"));
            }
        }
        Ok(Self { pairs: pairs.into(), may_differ: !fields.is_empty() })
    }

    /// The data's name of a field.
    pub fn name<'a>(&'a self, field: &'a str) -> &'a str {
        self.pairs.iter().find(|pair| pair.0 == field).map_or(field, |pair| &pair.1)
    }
}

impl Row {
    /// The field's value; None: absent, or null.
    pub fn value(&self, field: &str) -> Option<&Value> {
        let name = self.columns.name(field);
        let found = self.fields.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.fields.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        });
        found.filter(|value| !value.is_null())
    }

    /// Whether the field is there.
    pub fn has(&self, field: &str) -> bool {
        self.value(field).is_some()
    }

    /// The field's value; None: absent, or null. Refused: what only Python writes.
    pub fn sound(&self, field: &str) -> Result<Option<&Value>, TaskError> {
        let value = self.value(field);
        match value.filter(|_| self.mended).and_then(python_json::flaw) {
            None => Ok(value),
            Some(flaw) => {
                let name = self.columns.name(field);
                Err(self.fault(format!("`{name}` holds {flaw}"), "write it otherwise, or remove the row"))
            }
        }
    }

    /// A field that must be there.
    pub fn required(&self, field: &str) -> Result<&Value, TaskError> {
        self.sound(field)?.ok_or_else(|| {
            let name = self.columns.name(field);
            if self.fields.contains_key(name) {
                return self.fault(format!("`{name}` is null"), "give it a value, or remove the row");
            }
            let there: Vec<&str> = self.fields.keys().map(String::as_str).collect();
            let help = match self.columns.may_differ {
                true => format!("add it, or name the field that holds it: `columns = {{ {field} = \"…\" }}`"),
                false => "add it".to_owned(),
            };
            self.fault(format!("has no `{name}`, only {}", list(&there)), &help)
        })
    }

    /// A text that must be there; it may be empty.
    pub fn text(&self, field: &str) -> Result<&str, TaskError> {
        let value = self.required(field)?;
        value.as_str().ok_or_else(|| self.wrong(field, "text", value))
    }

    /// A text that may be absent.
    pub fn maybe_text(&self, field: &str) -> Result<Option<&str>, TaskError> {
        self.sound(field)?
            .map(|value| value.as_str().ok_or_else(|| self.wrong(field, "text", value)))
            .transpose()
    }

    /// A text, or a whole number as text.
    pub fn maybe_name(&self, field: &str) -> Result<Option<String>, TaskError> {
        match self.sound(field)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            Some(other) => Err(self.wrong(field, "text or a whole number", other)),
        }
    }

    /// An array of texts that must be there.
    pub fn texts(&self, field: &str) -> Result<Vec<&str>, TaskError> {
        let value = self.required(field)?;
        let texts = value.as_array().and_then(|array| array.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| self.wrong(field, "an array of texts", value))
    }

    /// An array of texts; empty where it is absent.
    pub fn maybe_texts(&self, field: &str) -> Result<Vec<&str>, TaskError> {
        if self.has(field) { self.texts(field) } else { Ok(Vec::new()) }
    }

    /// An error about this row.
    pub fn fault(&self, problem: impl Into<String>, help: &str) -> TaskError {
        TaskError::line(&self.path, self.line, problem, help)
    }

    /// An error about a field of another type than expected.
    pub fn wrong(&self, field: &str, expected: &str, found: &Value) -> TaskError {
        let name = self.columns.name(field);
        self.fault(format!("`{name}` is {}: expected {expected}", form_of(found)), "correct the row")
    }
}

/// What a value is, in words.
pub(super) fn form_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Names in backticks; of many only the first.
pub(super) fn list(names: &[&str]) -> String {
    const MOST: usize = 12;
    let mut words: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        words.push("nothing".to_owned());
    } else if names.len() > MOST {
        words.push("…".to_owned());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(fields: Value, columns: &[(&str, &str)]) -> Result<Row, TaskError> {
        let Value::Object(fields) = fields else { panic!("expected an object") };
        let pairs: Vec<_> = columns.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let columns = Columns::new("test", &["id", "prompt", "reference"], &pairs)?;
        Ok(Row {
            path: Path::new("a.jsonl").into(),
            line: 7,
            place: "line-7".into(),
            fields,
            mended: false,
            columns,
        })
    }

    #[test]
    fn columns_rename_and_reach_into_objects() {
        let data = json!({"a.b": "flat", "c": {"d": {"e": "deep"}}, "prompt": "own", "f": [["x"]]});
        let of = |theirs: &str| {
            let row = row(data.clone(), &[("prompt", theirs)]).unwrap();
            row.text("prompt").map(str::to_owned).map_err(|error| error.to_string())
        };
        assert_eq!(of("a.b").unwrap(), "flat");
        assert_eq!(of("c.d.e").unwrap(), "deep");
        assert!(of("c.d").unwrap_err().contains("line 7: `c.d` is an object: expected text"));
        for absent in ["c.x", "c.d.e.f", "f.0", "", "."] {
            let error = of(absent).unwrap_err();
            assert!(error.contains(&format!("has no `{absent}`, only `a.b`, `c`, `f`, `prompt`")), "{error}");
        }
    }

    #[test]
    fn unknown_columns_are_refused_with_what_was_meant() {
        for (columns, expected) in [
            (vec![("promt", "x")], "`promt` is no field of `test`\nhelp: did you mean `prompt`?"),
            (vec![("zzz", "x")], "help: `columns` takes `id`, `prompt`, `reference`"),
            (vec![("id", "x"), ("id", "y")], "names `id` twice"),
        ] {
            let error = row(json!({}), &columns).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn whole_numbers_are_names_and_fractions_are_not() {
        let row = row(json!({"id": 7, "prompt": 1.5, "reference": ["a", 1]}), &[]).unwrap();
        assert_eq!(row.maybe_name("id").unwrap().as_deref(), Some("7"));
        assert!(row.maybe_name("prompt").is_err());
        assert!(row.texts("reference").unwrap_err().to_string().contains("expected an array of texts"));
    }
}
