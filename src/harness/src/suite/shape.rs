//! Reads a tree as [`SuiteFile`], and says in a person's words where it does not fit.

use std::ops::Range;

use harness_task::nearest;
use serde::Deserialize;
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{SuiteError, one_of};
use super::file::SuiteFile;
use super::schema;
use super::source::Sources;

/// Reads the tree, in which profiles and sweeps are already gone.
pub(crate) fn read(root: &DeTable<'_>, sources: &Sources<'_>) -> Result<SuiteFile, SuiteError> {
    check_keys(root, schema::whole(), sources)?;
    let whole = Spanned::new(sources.whole_file(), root.clone());
    SuiteFile::deserialize(toml::de::Deserializer::from(whole)).map_err(|error| {
        let span = error.span().unwrap_or(sources.whole_file());
        explain(error.message(), &span, root).at(sources.place(&span))
    })
}

/// Looks for other values than tables where the schema wants tables; the reader would take an array for one as well.
fn check_keys(table: &DeTable<'_>, of: &Json, sources: &Sources<'_>) -> Result<(), SuiteError> {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let Some(of) = schema::properties(of).and_then(|keys| keys.get(key)) else { continue };
        let of = schema::resolve(schema::whole(), of);
        match (of.get("items"), value.get_ref()) {
            (Some(items), DeValue::Array(elements)) => {
                let items = schema::resolve(schema::whole(), items);
                elements.iter().try_for_each(|element| check_table(key, element, items, sources))?;
            }
            _ => check_table(key, value, of, sources)?,
        }
    }
    Ok(())
}

fn check_table(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    of: &Json,
    sources: &Sources<'_>,
) -> Result<(), SuiteError> {
    match value.get_ref() {
        _ if schema::properties(of).is_none() => Ok(()),
        DeValue::Table(table) => check_keys(table, of, sources),
        other => Err(wrong_type(key, other.type_str(), "a table").at(sources.place(&value.span()))),
    }
}

/// What the reader says about these bytes, in a person's words.
fn explain(message: &str, span: &Range<usize>, root: &DeTable<'_>) -> SuiteError {
    let mut path = Vec::new();
    find(root, span, &mut path);
    let (key, table) = match path.split_last() {
        Some((key, table)) => (key.as_str(), table),
        None => ("", &[][..]),
    };
    if message.starts_with("unknown field") {
        let names = quoted(message);
        let (given, known) = names.split_first().unwrap_or((&"", &[]));
        return unknown_key(given, &heading(table), known);
    }
    if message.starts_with("missing field") {
        let missing = quoted(message).first().copied().unwrap_or_default();
        return SuiteError::invalid(format!("missing key `{missing}` {}", heading(&path)))
            .help(format!("add a line `{missing} = …`"));
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|m| m.split_once(", expected "))
    {
        return wrong_type(key, found, in_words(expected));
    }
    SuiteError::invalid(format!("`{key}` {}: {message}", heading(table))).help("correct the value")
}

/// A key that the table does not have.
pub(crate) fn unknown_key(given: &str, heading: &str, known: &[&str]) -> SuiteError {
    let error = SuiteError::invalid(format!("unknown key `{given}` {heading}")).expected(one_of(known));
    match nearest(given, known) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error.help("remove the key, or see `harness schema` for every key"),
    }
}

/// A value of another type than the key takes.
pub(crate) fn wrong_type(key: &str, found: &str, expected: &str) -> SuiteError {
    let example = match expected {
        "text" => format!("write it in quotes: `{key} = \"…\"`"),
        "a whole number" => format!("write it without quotes: `{key} = 8`"),
        "a number" => format!("write it without quotes: `{key} = 0.5`"),
        "an array" => format!("write it in brackets: `{key} = […]`"),
        "a table" => "write its keys in braces, or below a header in brackets".to_owned(),
        _ => "see `harness schema` for the type of every key".to_owned(),
    };
    SuiteError::invalid(format!("wrong type for `{key}`: {}", found_in_words(found)))
        .expected(expected)
        .help(example)
}

/// The reader's names of types as a person says them.
fn in_words(name: &str) -> &str {
    match name {
        "i64" | "integer" => "a whole number",
        "f64" | "float" => "a number",
        "a boolean" => "`true` or `false`",
        "a sequence" | "sequence" | "array" => "an array",
        "a map" | "map" | "table" => "a table",
        "a string" | "string" => "text",
        _ if name.starts_with("struct ") => "a table",
        _ => name,
    }
}

/// What was found instead: a type, or a value with its type before it.
fn found_in_words(found: &str) -> String {
    for (type_name, word) in [("string ", "text "), ("integer ", "number "), ("floating point ", "number ")] {
        if let Some(value) = found.strip_prefix(type_name) {
            return format!("{word}{}", value.trim_end_matches(" as i128"));
        }
    }
    in_words(found).to_owned()
}

/// The words in backticks.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// Keys and indexes that lead to the key or value at these bytes.
fn find(table: &DeTable<'_>, span: &Range<usize>, path: &mut Vec<String>) -> bool {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        if key.span() == *span || find_value(value, span, path) {
            return true;
        }
        path.pop();
    }
    false
}

fn find_value(value: &Spanned<DeValue<'_>>, span: &Range<usize>, path: &mut Vec<String>) -> bool {
    // Inside first: an array of tables has the same bytes as its first element.
    let inside = match value.get_ref() {
        DeValue::Table(table) => find(table, span, path),
        DeValue::Array(elements) => elements.iter().any(|element| {
            path.push(String::new());
            let found = find_value(element, span, path);
            if !found {
                path.pop();
            }
            found
        }),
        _ => false,
    };
    inside || value.span() == *span
}

/// The table at the end of a path as a person finds it in the file. An empty step is an array's element.
fn heading(path: &[String]) -> String {
    let keys: Vec<&str> = path.iter().map(String::as_str).filter(|key| !key.is_empty()).collect();
    match path.last() {
        None => "at the top level".to_owned(),
        Some(last) if last.is_empty() => format!("in `[[{}]]`", keys.join(".")),
        Some(_) => format!("in `[{}]`", keys.join(".")),
    }
}
