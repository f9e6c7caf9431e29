//! What chat templates expect of Python: methods of texts, how values are printed, JSON, dates.

use std::io;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, Output, State, Value};
use regex::Regex;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

/// A template as this Jinja reads it: line ends as Python reads files, and the tags that mark what a model was trained
/// on, which change nothing that is rendered, as tags that it knows.
pub(super) fn readable(source: &str) -> String {
    let lines = source.replace("\r\n", "\n").replace('\r', "\n");
    let tag = |word: &str, known: &str, text: &str| match Regex::new(&format!(
        r"\{{%([-+]?)\s*{word}\s*([-+]?)%\}}"
    )) {
        Ok(tag) => tag.replace_all(text, format!("{{%$1 {known} $2%}}")).into_owned(),
        Err(_) => text.to_owned(),
    };
    tag("endgeneration", "endif", &tag("generation", "if true", &lines))
}

/// Methods of Python's texts that the library's own list lacks, then that list.
pub(super) fn method(state: &State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let Some(text) = value.as_str() else {
        return minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args);
    };
    let list = |parts: &[&str]| parts.iter().map(|part| Value::from(*part)).collect::<Value>();
    Ok(match (name, args.first().and_then(Value::as_str)) {
        ("removeprefix", Some(part)) => text.strip_prefix(part).unwrap_or(text).into(),
        ("removesuffix", Some(part)) => text.strip_suffix(part).unwrap_or(text).into(),
        ("partition", Some(mark)) if !mark.is_empty() => match text.split_once(mark) {
            Some((before, behind)) => list(&[before, mark, behind]),
            None => list(&[text, "", ""]),
        },
        ("rpartition", Some(mark)) if !mark.is_empty() => match text.rsplit_once(mark) {
            Some((before, behind)) => list(&[before, mark, behind]),
            None => list(&["", "", text]),
        },
        ("rsplit", Some(mark)) if !mark.is_empty() => {
            let most = args.get(1).and_then(Value::as_i64).and_then(|most| usize::try_from(most).ok());
            let mut parts: Vec<&str> = match most {
                Some(most) => text.rsplitn(most + 1, mark).collect(),
                None => text.rsplit(mark).collect(),
            };
            parts.reverse();
            list(&parts)
        }
        _ => return minijinja_contrib::pycompat::unknown_method_callback(state, value, name, args),
    })
}

/// Prints a value as Python prints it: texts as they are, everything else by its `repr`.
pub(super) fn write(out: &mut Output, _state: &State, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Undefined => String::new(),
        ValueKind::String => value.to_string(),
        _ => repr(value),
    };
    out.write_str(&text).map_err(Error::from)
}

fn repr(value: &Value) -> String {
    let elements = |value: &Value| value.try_iter().map(|all| all.collect::<Vec<_>>()).unwrap_or_default();
    match value.kind() {
        ValueKind::None => "None".to_owned(),
        ValueKind::Bool => if value.is_true() { "True" } else { "False" }.to_owned(),
        ValueKind::String => quoted(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let inside: Vec<String> = elements(value).iter().map(repr).collect();
            format!("[{}]", inside.join(", "))
        }
        ValueKind::Map => {
            let pair = |key: &Value| {
                let found = value.get_item(key).unwrap_or_default();
                format!("{}: {}", repr(key), repr(&found))
            };
            format!("{{{}}}", elements(value).iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

/// A text in the quotes that Python takes for it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for sign in text.chars() {
        match sign {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            sign if sign == quote => out.extend(['\\', sign]),
            sign if sign.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(sign))),
            sign => out.push(sign),
        }
    }
    out.push(quote);
    out
}

/// `json.dumps` with the arguments that the library `transformers` hands on.
pub(super) fn to_json(value: &Value, arguments: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = arguments.get("indent")?;
    let ascii: Option<bool> = arguments.get("ensure_ascii")?;
    arguments.assert_all_used()?;
    let mut bytes = Vec::new();
    let written = match indent {
        Some(indent) => {
            let blanks = vec![b' '; indent.min(64)];
            value
                .serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(&blanks)))
        }
        None => value.serialize(&mut Serializer::with_formatter(&mut bytes, PythonJson)),
    };
    let failed = |error: String| Error::new(ErrorKind::InvalidOperation, error);
    written.map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    if ascii != Some(true) {
        return Ok(text);
    }
    let mut units = [0; 2];
    let escaped = |sign: char| match sign.is_ascii() {
        true => sign.to_string(),
        false => sign.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    };
    Ok(text.chars().map(escaped).collect())
}

/// JSON with blanks behind commas and colons, as Python writes it.
struct PythonJson;

impl Formatter for PythonJson {
    fn begin_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// The date that templates write as today's: the day that Llama 3.1's falls back to.
///
/// A real one would change the prompts, and with them the answers, from day to day.
pub(super) fn strftime(format: &str) -> Result<String, Error> {
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(sign) = rest.next() {
        if sign != '%' {
            text.push(sign);
            continue;
        }
        let mut code = rest.next();
        let unpadded = code == Some('-');
        if unpadded {
            code = rest.next();
        }
        let found = match code {
            Some('Y') => "2024",
            Some('y') => "24",
            Some('m') => "07",
            Some('d' | 'e') => "26",
            Some('j') => "208",
            Some('b' | 'h') => "Jul",
            Some('B') => "July",
            Some('a') => "Fri",
            Some('A') => "Friday",
            Some('I') => "12",
            Some('H' | 'M' | 'S') => "00",
            Some('p') => "AM",
            Some('F') => "2024-07-26",
            Some('T') => "00:00:00",
            // A time without a zone writes none.
            Some('Z' | 'z') => "",
            Some('%') => "%",
            other => {
                let code = other.map(String::from).unwrap_or_default();
                let problem = format!("`strftime_now` does not know `%{code}`");
                return Err(Error::new(ErrorKind::InvalidOperation, problem));
            }
        };
        let short = found.strip_prefix('0').filter(|short| unpadded && found.len() == 2 && !short.is_empty());
        text += short.unwrap_or(found);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::template::ChatTemplate;

    fn render(source: &str) -> Result<String, String> {
        let template = ChatTemplate::parse(source, "<s>", "</s>").map_err(|error| error.to_string())?;
        template.render(&[]).map_err(|error| error.to_string())
    }

    #[test]
    fn values_print_as_python_prints_them() {
        for (source, expected) in [
            ("{{ [1, 'a', none, true, 1.0] }}|{{ {'k': 'v'} }}", "[1, 'a', None, True, 1.0]|{'k': 'v'}"),
            ("{{ ['it\\'s', 'a\"b', 'x\\ny'] }}", "[\"it's\", 'a\"b', 'x\\ny']"),
            ("{{ true }}|{{ none }}|{{ nothing }}|{{ 'plain' }}", "True|None||plain"),
        ] {
            assert_eq!(render(source).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn texts_have_pythons_methods() {
        for (source, expected) in [
            ("{{ 'Tell me.'.removeprefix('Tell') }}|{{ 'Tell me.'.removesuffix('.') }}", " me.|Tell me"),
            ("{{ 'a b c'.rsplit(' ', 1) }}|{{ 'a b c'.rsplit(' ')[0] }}", "['a b', 'c']|a"),
            ("{{ 'a b c'.partition(' ')[2] }}|{{ 'abc'.partition(' ')[0] }}", "b c|abc"),
            ("{{ 'a b c'.rpartition(' ')[0] }}", "a b"),
        ] {
            assert_eq!(render(source).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn json_is_that_of_python() {
        let value = "{'b': 1, 'a': [1, 2]}";
        assert_eq!(render(&format!("{{{{ {value}|tojson }}}}")).unwrap(), r#"{"b": 1, "a": [1, 2]}"#);
        let indented = "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ]\n}";
        assert_eq!(render(&format!("{{{{ {value}|tojson(indent=2) }}}}")).unwrap(), indented);
        assert_eq!(render("{{ 'ä'|tojson(ensure_ascii=true) }}").unwrap(), "\"\\u00e4\"");
        assert_eq!(render("{{ 'ä'|tojson(ensure_ascii=false) }}").unwrap(), "\"ä\"");
        assert!(render("{{ 1|tojson(colour='red') }}").is_err());
    }

    #[test]
    fn line_ends_and_training_marks_change_nothing() {
        assert_eq!(render("a\r\n{% if true %}\r\nb\r\n{% endif %}").unwrap(), "a\nb\n");
        assert_eq!(render("x {%- generation -%} y {% endgeneration %}z").unwrap(), "xy z");
    }

    #[test]
    fn dates_are_the_same_every_day() {
        let found = render("{{ strftime_now('%-d %B %Y, %A, %j, %p, %Z%z|%-m|%H') }}").unwrap();
        assert_eq!(found, "26 July 2024, Friday, 208, AM, |7|00");
    }

    #[test]
    fn what_cannot_be_rendered_as_python_does_is_refused() {
        assert!(render("{{ '%s: %d' % ('n', 3) }}").is_err());
    }
}
