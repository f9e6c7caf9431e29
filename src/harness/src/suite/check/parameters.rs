//! Checks a table such as `{ prune = "ffn-neurons", ratio = 0.5 }` against its board.

use harness_protocol::{Entry, Parameter, Value};
use serde_json::{Map, Value as Json};

use super::cursor::Cursor;
use super::words::unknown;
use crate::suite::error::SuiteError;
use crate::suite::shape::unknown_key;

/// The board's entry that the table names, and all its parameters, defaults included.
pub(crate) fn read(
    given: &Map<String, Json>,
    board: &'static [Entry],
    what: &str,
    at: &Cursor<'_>,
) -> Result<(&'static Entry, Map<String, Json>), SuiteError> {
    let entry = entry_of(given, board, what, at)?;
    let known: Vec<&str> =
        std::iter::once(entry.key).chain(entry.parameters.iter().map(|p| p.name)).collect();
    for (key, span) in at.keys() {
        if !known.contains(&key) {
            let of = format!("of {what} `{}`", entry.name);
            return Err(unknown_key(key, &of, &known).at(at.place(&span)));
        }
    }
    let mut parameters = Map::new();
    for parameter in entry.parameters {
        parameters.insert(parameter.name.to_owned(), value_of(given, parameter, entry, what, at)?);
    }
    Ok((entry, parameters))
}

fn entry_of(
    given: &Map<String, Json>,
    board: &'static [Entry],
    what: &str,
    at: &Cursor<'_>,
) -> Result<&'static Entry, SuiteError> {
    let mut keys: Vec<&str> = board.iter().map(|entry| entry.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let written: Vec<&str> = keys.iter().copied().filter(|key| given.contains_key(*key)).collect();
    let [key] = written[..] else {
        let names: Vec<String> =
            board.iter().map(|entry| format!("`{} = \"{}\"`", entry.key, entry.name)).collect();
        return Err(at
            .error(format!(
                "{} names {} {what}",
                at.address(),
                if written.is_empty() { "no" } else { "more than one" }
            ))
            .expected(format!("one of {}", names.join(", ")))
            .help("name exactly one; a chain has one table for each step"));
    };
    let names: Vec<&str> = board.iter().filter(|entry| entry.key == key).map(|entry| entry.name).collect();
    let at = at.key(key);
    let Json::String(name) = &given[key] else {
        return Err(at
            .error(format!("wrong type for {}: {}", at.address(), given[key]))
            .expected("text")
            .help(format!("write for example `{key} = \"{}\"`", names[0])));
    };
    let found = board.iter().find(|entry| entry.key == key && entry.name == name);
    found.ok_or_else(|| unknown(name, &names, what, &at))
}

fn value_of(
    given: &Map<String, Json>,
    parameter: &Parameter,
    entry: &Entry,
    what: &str,
    at: &Cursor<'_>,
) -> Result<Json, SuiteError> {
    match (given.get(parameter.name), parameter.default) {
        (Some(Json::String(path)), _) if parameter.value == Value::Path && !path.is_empty() => {
            let path = at.key(parameter.name).folder().join(path);
            Ok(path.to_str().map_or(Json::Null, Json::from))
        }
        (Some(value), _) if fits(value, parameter.value) => Ok(value.clone()),
        (Some(value), _) => {
            let at = at.key(parameter.name);
            Err(at
                .error(format!("{} is {value}", at.address()))
                .expected(bounds(parameter.value))
                .help(format!("`{}`: {}", parameter.name, parameter.summary)))
        }
        (None, Some(default)) => Ok(parameter.value.written(default)),
        (None, None) => Err(at
            .error(format!("missing parameter `{}` of {what} `{}`", parameter.name, entry.name))
            .expected(bounds(parameter.value))
            .help(format!("add `{} = …`: {}", parameter.name, parameter.summary))),
    }
}

fn fits(given: &Json, value: Value) -> bool {
    match value {
        Value::Number { min, max } => given.as_f64().is_some_and(|number| (min..=max).contains(&number)),
        Value::Integer { min, max } => given.as_i64().is_some_and(|number| (min..=max).contains(&number)),
        Value::Word(words) => given.as_str().is_some_and(|word| words.contains(&word)),
        Value::Flag => given.is_boolean(),
        Value::Path => false,
        Value::Rising { min, max } => rises(given, min, max),
    }
}

fn rises(given: &Json, min: i64, max: i64) -> bool {
    let numbers: Option<Vec<i64>> = given.as_array().and_then(|list| list.iter().map(Json::as_i64).collect());
    numbers.is_some_and(|numbers| {
        numbers.iter().all(|number| (min..=max).contains(number))
            && numbers.windows(2).all(|pair| pair[0] < pair[1])
    })
}

/// What values a parameter takes, as it follows "expected".
pub(crate) fn bounds(value: Value) -> String {
    match value {
        Value::Number { min, max } => format!("a number from {min} to {max}"),
        Value::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Value::Word(words) => crate::suite::error::one_of(words),
        Value::Flag => "`true` or `false`".to_owned(),
        Value::Path => "the path of a file".to_owned(),
        Value::Rising { min, max } => format!("a list of rising whole numbers from {min} to {max}"),
    }
}
