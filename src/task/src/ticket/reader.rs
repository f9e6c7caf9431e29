//! Reads tickets, generated or an operator's own, with the names that their fields have there.

use std::collections::HashSet;
use std::path::Path;

use harness_text::regular;
use serde_json::Value;

use super::record::{Alarm, Ticket};
use crate::error::TaskError;
use crate::once::Once;

/// The fields of a ticket, as `columns` names them.
pub(super) const FIELDS: &[&str] = &[
    "id",
    "title",
    "severity",
    "device",
    "alarms",
    "description",
    "class",
    "cause",
    "resolution",
    "feedback",
];

/// How data say that there is nothing to say.
const BLANKS: &[&str] = &["", "n/a", "na", "none", "null", "-"];

const FORM_HELP: &str = "write one ticket a line, `{\"id\": \"…\", \"description\": \"…\", \"class\": \"…\", \
    \"cause\": \"…\"}`, and map other names with `columns`";

/// What is wrong with a ticket, and what to do.
struct Fault(String, &'static str);

/// A row of the data with its place, and its key where it has one.
struct Row {
    place: Place,
    key: Option<String>,
    value: Value,
}

#[derive(Clone, Copy)]
enum Place {
    /// Counted from 1.
    Line(usize),
    /// Counted from 1.
    Record(usize),
}

/// Reads tickets from JSON lines (`.jsonl`) or from a JSON array or object of records (`.json`).
///
/// `columns` are pairs of our field and the data's, such as (`cause`, `root cause`); a dot leads into an
/// object (`fields.summary`) unless a field has that very name. Of an object of records the keys are the
/// ids, unless the records have their own. Every ticket needs an `id`; other fields may be absent, and so is
/// a field whose text is empty, `N/A`, `none` or `-`. An alarm is an object with `name`, and if known `time`,
/// `device` and `severity`, or a text. A byte order mark, CRLF and blank lines are allowed. Refused with line
/// or number: what is not UTF-8, not JSON, not a ticket, or an id used twice. A file without tickets is
/// refused too.
pub fn read_tickets(path: &Path, columns: &[(String, String)]) -> Result<Vec<Ticket>, TaskError> {
    if let Some((wrong, _)) = columns.iter().find(|(ours, _)| !FIELDS.contains(&ours.as_str())) {
        return Err(TaskError::refused(
            format!("`{wrong}` in `columns` is no field of a ticket: expected {}", FIELDS.join(", ")),
            "write our name first, then the data's: `cause = \"root cause\"`",
        ));
    }
    let bytes = regular::read(path, regular::DATA).map_err(|error| {
        TaskError::read(path, error, "check the path; in a suite it starts from the suite's folder")
    })?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let rows = match path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl") => lines(path, bytes)?,
        Some("json") => records(path, bytes)?,
        _ => {
            let problem =
                format!("`{}` is no known form of tickets: expected `.jsonl` or `.json`", path.display());
            return Err(TaskError::refused(problem, FORM_HELP));
        }
    };
    if rows.is_empty() {
        let problem = format!("`{}` is empty: expected tickets", path.display());
        return Err(TaskError::refused(problem, FORM_HELP));
    }
    let mut ids = HashSet::new();
    let mut tickets = Vec::with_capacity(rows.len());
    for row in rows {
        let ticket = ticket(&row, columns)
            .and_then(|ticket| {
                if ids.insert(ticket.id.clone()) {
                    return Ok(ticket);
                }
                let problem = format!("the `id` `{}` was used before", ticket.id);
                Err(Fault(problem, "give every ticket its own `id`"))
            })
            .map_err(|fault| located(path, row.place, fault))?;
        tickets.push(ticket);
    }
    Ok(tickets)
}

fn lines(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, TaskError> {
    let mut rows = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = Place::Line(index + 1);
        let value = text(line)
            .and_then(|line| {
                let refuse = |error| Fault(format!("expected a ticket as JSON: {error}"), FORM_HELP);
                serde_json::from_str(line).map(|Once(value)| value).map_err(refuse)
            })
            .map_err(|fault| located(path, place, fault))?;
        rows.push(Row { place, key: None, value });
    }
    Ok(rows)
}

fn records(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, TaskError> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let whole = text(bytes).map_err(|fault| {
        let valid = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
        let line = 1 + bytes[..valid].iter().filter(|byte| **byte == b'\n').count();
        located(path, Place::Line(line), fault)
    })?;
    let Once(value) = serde_json::from_str(whole).map_err(|error| {
        let fault = Fault(format!("expected a JSON array of tickets: {error}"), FORM_HELP);
        located(path, Place::Line(error.line()), fault)
    })?;
    let keyed: Vec<(Option<String>, Value)> = match value {
        Value::Array(values) => values.into_iter().map(|value| (None, value)).collect(),
        Value::Object(map) if map.values().all(Value::is_object) => {
            map.into_iter().map(|(key, value)| (Some(key), value)).collect()
        }
        _ => {
            let problem = format!("`{}` is no JSON array, nor an object, of tickets", path.display());
            return Err(TaskError::refused(problem, "for one ticket a line, name the file `.jsonl`"));
        }
    };
    let row = |(index, (key, value))| Row { place: Place::Record(index + 1), key, value };
    Ok(keyed.into_iter().enumerate().map(row).collect())
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(bytes)
        .map_err(|_| Fault("is not UTF-8".to_owned(), "convert the file, for example with `iconv -t UTF-8`"))
}

fn located(path: &Path, place: Place, Fault(problem, help): Fault) -> TaskError {
    match place {
        Place::Line(line) => TaskError::Line { path: path.to_owned(), line, problem, help: help.to_owned() },
        Place::Record(number) => {
            TaskError::refused(format!("`{}`, ticket {number}: {problem}", path.display()), help)
        }
    }
}

fn ticket(row: &Row, columns: &[(String, String)]) -> Result<Ticket, Fault> {
    if !row.value.is_object() {
        return Err(Fault("expected an object with the fields of a ticket".to_owned(), FORM_HELP));
    }
    let theirs = |ours: &'static str| {
        columns.iter().find(|(name, _)| name == ours).map_or(ours, |(_, theirs)| theirs.as_str())
    };
    let field = |ours: &'static str| scalar(find(&row.value, theirs(ours)), theirs(ours));
    let id = field("id")?.or_else(|| row.key.clone()).ok_or_else(|| {
        Fault(
            format!("the ticket has no `{}`", theirs("id")),
            "give every ticket its own `id`, or map it with `columns`",
        )
    })?;
    Ok(Ticket {
        id,
        title: field("title")?,
        severity: field("severity")?,
        device: field("device")?,
        alarms: alarms(find(&row.value, theirs("alarms")), theirs("alarms"))?,
        description: field("description")?,
        class: field("class")?,
        cause: field("cause")?,
        resolution: field("resolution")?,
        feedback: field("feedback")?,
    })
}

/// The field of that very name, or the one to which its dots lead.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).or_else(|| name.split('.').try_fold(value, |value, part| value.get(part)))
}

/// Text, or a number or truth value as text; None where there is nothing to say.
fn scalar(value: Option<&Value>, name: &str) -> Result<Option<String>, Fault> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Some(_) => {
            return Err(Fault(
                format!("expected a text in `{name}`"),
                "map a field that holds a text with `columns`; dots lead into objects: `fields.summary`",
            ));
        }
    };
    Ok(Some(text).filter(|text| !BLANKS.contains(&text.to_ascii_lowercase().as_str())))
}

fn alarms(value: Option<&Value>, name: &str) -> Result<Vec<Alarm>, Fault> {
    let refused = || {
        Fault(
            format!("expected a list of alarms in `{name}`"),
            "an alarm is a text or `{\"name\": \"…\", \"time\": \"…\"}`",
        )
    };
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(refused()),
    };
    list.iter()
        .map(|alarm| match alarm {
            Value::String(name) => Ok(Alarm { name: name.clone(), ..Alarm::default() }),
            Value::Object(_) => Ok(Alarm {
                time: scalar(alarm.get("time"), "time")?,
                device: scalar(alarm.get("device"), "device")?,
                name: scalar(alarm.get("name"), "name")?.ok_or_else(refused)?,
                severity: scalar(alarm.get("severity"), "severity")?,
            }),
            _ => Err(refused()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::TaskErrorKind;

    fn read(name: &str, content: &[u8], columns: &[(&str, &str)]) -> Result<Vec<Ticket>, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let columns: Vec<_> = columns.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        read_tickets(&path, &columns)
    }

    #[test]
    fn generated_tickets_come_back_as_they_were() {
        let tickets = crate::ticket::generate(1, 20);
        let mut bytes = Vec::new();
        crate::ticket::write_tickets(&tickets, &mut bytes).unwrap();
        assert_eq!(read("a.jsonl", &bytes, &[]).unwrap(), tickets);
        let windows = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
        assert_eq!(read("a.jsonl", format!("\u{feff}{windows}\r\n").as_bytes(), &[]).unwrap(), tickets);
        let array = serde_json::to_vec(&tickets).unwrap();
        assert_eq!(read("a.json", &array, &[]).unwrap(), tickets);
    }

    #[test]
    fn columns_name_nested_fields_and_fields_with_dots() {
        let line = r#"{"key": 7, "fields": {"summary": "down"}, "root.cause": "worn", "fix": "N/A", "alarms": ["a"]}"#;
        let columns =
            [("id", "key"), ("title", "fields.summary"), ("cause", "root.cause"), ("resolution", "fix")];
        let ticket = read("a.jsonl", line.as_bytes(), &columns).unwrap().remove(0);
        let expected = Ticket {
            id: "7".into(),
            title: Some("down".into()),
            cause: Some("worn".into()),
            alarms: vec![Alarm { name: "a".into(), ..Alarm::default() }],
            ..Ticket::default()
        };
        assert_eq!(ticket, expected);
    }

    #[test]
    fn keys_of_an_object_of_records_are_their_ids() {
        let tickets = read("a.json", br#"{"x": {"title": "a"}, "y": {"id": 3}}"#, &[]).unwrap();
        assert_eq!(tickets.iter().map(|ticket| ticket.id.as_str()).collect::<Vec<_>>(), ["x", "3"]);
    }

    #[test]
    fn a_bad_ticket_is_named_with_what_to_do() {
        let deep = format!("{{\"id\": {}", "[".repeat(10_000));
        let cases: &[(&str, &[u8], &str)] = &[
            ("a.jsonl", b"{\"id\": 1}\n{\"id\": ", "line 2: expected a ticket as JSON"),
            ("a.jsonl", b"{\"id\": 1}\r\n\r\n{\"id\": \"1\"}", "line 3: the `id` `1` was used before"),
            ("a.jsonl", b"{\"id\": 1}\n{\"title\": \"\xff\"}", "line 2: is not UTF-8"),
            ("a.jsonl", b"{\"title\": \"x\"}", "line 1: the ticket has no `id`"),
            ("a.jsonl", b"{\"id\": \"n/a\"}", "line 1: the ticket has no `id`"),
            ("a.jsonl", b"[1]", "line 1: expected an object"),
            ("a.jsonl", b"{\"id\": 1, \"title\": [\"x\"]}", "line 1: expected a text in `title`"),
            ("a.jsonl", b"{\"id\": 1, \"alarms\": \"x\"}", "line 1: expected a list of alarms"),
            ("a.jsonl", b"{\"id\": 1, \"alarms\": [{\"time\": \"x\"}]}", "line 1: expected a list of alarms"),
            ("a.jsonl", deep.as_bytes(), "line 1: expected a ticket as JSON"),
            ("a.jsonl", b" \n\n", "is empty"),
            ("a.json", b"", "is empty"),
            ("a.json", b"[]", "is empty"),
            ("a.json", b"[{\"id\": 1},\n{]", "line 2: expected a JSON array"),
            ("a.json", b"[\n\n\"\xff\"]", "line 3: is not UTF-8"),
            ("a.json", b"[{\"id\": 1}, 5]", "ticket 2: expected an object"),
            ("a.json", b"{\"id\": 1}", "no JSON array"),
            ("a.csv", b"id", "no known form"),
        ];
        for (name, content, expected) in cases {
            let error = read(name, content, &[]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(expected) && text.contains("\nhelp: "), "{text}");
            assert_eq!(error.kind(), TaskErrorKind::BadInput, "{text}");
        }
        let error = read("a.jsonl", b"{}", &[("rootcause", "x")]).unwrap_err().to_string();
        assert!(
            error.contains("`rootcause` in `columns` is no field of a ticket: expected id, title"),
            "{error}"
        );
        let error = read_tickets(Path::new("absent.jsonl"), &[]).unwrap_err();
        assert_eq!(error.kind(), TaskErrorKind::MissingResource);
    }

    #[test]
    fn no_damage_to_a_good_file_makes_the_reader_panic() {
        let mut bytes = Vec::new();
        crate::ticket::write_tickets(&crate::ticket::generate(1, 2), &mut bytes).unwrap();
        let mut draw = crate::ticket::draw::Draw::new(1, 0);
        for _ in 0..400 {
            let mut damaged = bytes.clone();
            damaged.truncate(draw.below(bytes.len()) + 1);
            let place = draw.below(damaged.len());
            damaged[place] = draw.below(256) as u8;
            let _ = read("a.jsonl", &damaged, &[]);
            let _ = read("a.json", &damaged, &[]);
        }
    }
}
