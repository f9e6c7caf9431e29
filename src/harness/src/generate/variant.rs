//! A compression or an exit policy in one word of the command line: `NAME` or `NAME:KEY=VALUE,…`.

use anyhow::Result;
use harness_protocol::{COMPRESSIONS, Compression, EXITS, Entry, Exit, Parameter, Value};
use harness_task::nearest;
use serde_json::{Map, Value as Json};

use crate::stop::Stop;
use crate::suite::parameter_bounds;

/// A step that makes the model smaller.
///
/// # Errors
/// It is not on the board, or has parameters that it does not know.
pub fn compression(text: &str) -> Result<Compression> {
    let (entry, parameters) = read(text, COMPRESSIONS, "compression")?;
    Ok(Compression { name: entry.name.to_owned(), parameters })
}

/// When a token leaves the model early.
///
/// # Errors
/// As [`compression`].
pub fn exit(text: &str) -> Result<Exit> {
    let (entry, parameters) = read(text, EXITS, "exit policy")?;
    Ok(Exit { policy: entry.name.to_owned(), parameters })
}

fn read(text: &str, board: &'static [Entry], what: &str) -> Result<(&'static Entry, Map<String, Json>)> {
    let (name, given) = text.split_once(':').unwrap_or((text, ""));
    let entry = board.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<&str> = board.iter().map(|entry| entry.name).collect();
        let meant = nearest(name, &names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Stop::usage(format!("unknown {what} `{name}`\nhelp: {meant}known are {}", names.join(", ")))
    })?;
    let mut words: Map<String, Json> = Map::new();
    for pair in given.split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Stop::usage(format!(
                "`{pair}` of `{name}` is no `KEY=VALUE`\nhelp: write for example `{}`",
                example(entry)
            ))
        })?;
        words.insert(key.trim().to_owned(), value.trim().into());
    }
    let mut parameters = Map::new();
    for parameter in entry.parameters {
        let word = words.remove(parameter.name);
        let text = word.as_ref().and_then(Json::as_str).or(parameter.default);
        let value = text.and_then(|text| value_of(text, parameter)).ok_or_else(|| {
            let found = text.map_or("is missing".to_owned(), |text| format!("is `{text}`"));
            Stop::usage(format!(
                "`{}` of `{name}` {found}: expected {}\nhelp: write for example `{}`",
                parameter.name,
                parameter_bounds(parameter.value),
                example(entry)
            ))
        })?;
        parameters.insert(parameter.name.to_owned(), value);
    }
    match words.keys().next() {
        None => Ok((entry, parameters)),
        Some(key) => Err(Stop::usage(format!(
            "`{name}` has no parameter `{key}`\nhelp: write for example `{}`",
            example(entry)
        ))
        .into()),
    }
}

fn value_of(text: &str, parameter: &Parameter) -> Option<Json> {
    match parameter.value {
        Value::Number { min, max } => {
            text.parse::<f64>().ok().filter(|value| (min..=max).contains(value)).map(Json::from)
        }
        Value::Integer { min, max } => {
            text.parse::<i64>().ok().filter(|value| (min..=max).contains(value)).map(Json::from)
        }
        Value::Word(words) => words.contains(&text).then(|| Json::from(text)),
        Value::Flag => text.parse::<bool>().ok().map(Json::from),
        Value::Path => std::path::Path::new(text).is_file().then(|| Json::from(text)),
        // Several numbers in one word: `exits=4+8+12`; none is written `[]`, as in a suite.
        Value::Rising { .. } if text == "[]" => Some(Json::Array(Vec::new())),
        Value::Rising { min, max } => {
            let numbers: Option<Vec<i64>> = text.split('+').map(|number| number.parse().ok()).collect();
            let rises = |numbers: &Vec<i64>| {
                numbers.iter().all(|number| (min..=max).contains(number))
                    && numbers.windows(2).all(|pair| pair[0] < pair[1])
            };
            numbers.filter(rises).map(Json::from)
        }
    }
}

/// How an entry is written with the parameters that it needs.
fn example(entry: &Entry) -> String {
    let needed: Vec<String> = entry
        .parameters
        .iter()
        .filter(|parameter| parameter.default.is_none())
        .map(|parameter| {
            let value = match parameter.value {
                Value::Number { max, .. } => format!("{}", max / 2.0),
                Value::Integer { min, .. } => format!("{}", min.max(1)),
                Value::Word(words) => words.first().copied().unwrap_or_default().to_owned(),
                Value::Flag => "true".to_owned(),
                Value::Path => "FILE".to_owned(),
                Value::Rising { min, .. } => format!("{min}+{}", min + 1),
            };
            format!("{}={value}", parameter.name)
        })
        .collect();
    if needed.is_empty() { entry.name.to_owned() } else { format!("{}:{}", entry.name, needed.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_an_entry_and_its_parameters() {
        let found = compression("ffn-neurons:ratio=0.25").unwrap();
        assert_eq!((found.name.as_str(), &found.parameters["ratio"]), ("ffn-neurons", &Json::from(0.25)));
        assert_eq!(found.parameters["by"], "magnitude");
        assert_eq!(exit("fixed:layer=8").unwrap().parameters["layer"], 8);
        assert_eq!(compression("int8-weight").unwrap().parameters["head"], false);
        assert_eq!(compression("int8-weight:head=true").unwrap().parameters["head"], true);
    }

    #[test]
    fn examples_of_the_boards_can_be_read_and_what_they_leave_out_has_its_default() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |entry: &Entry| example(entry).replace("FILE", &file.path().display().to_string());
        for entry in EXITS {
            let found = exit(&read(entry)).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
            assert_eq!(found.parameters.len(), entry.parameters.len());
        }
        for entry in COMPRESSIONS {
            compression(&read(entry)).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        }
    }

    #[test]
    fn what_no_board_knows_is_refused_with_an_example() {
        for (text, words) in [
            ("int8-weight:head=yes", "expected `true` or `false`"),
            ("int8-wieght", "did you mean `int8-weight`?"),
            ("ffn-neurons", "`ratio` of `ffn-neurons` is missing"),
            ("ffn-neurons:ratio=2", "is `2`: expected a number from 0 to 0.95"),
            ("ffn-neurons:ratio", "is no `KEY=VALUE`"),
            ("ffn-neurons:ratio=0.5,depth=2", "has no parameter `depth`"),
        ] {
            let error = compression(text).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("\nhelp: "), "{text}: {error}");
        }
        assert!(exit("fixed:layer=0").unwrap_err().to_string().contains("write for example `fixed:layer=1`"));
    }
}
