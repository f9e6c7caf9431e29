//! Rows: JSON objects from `.jsonl`, `.jsonl.gz` and `.json` files, each with its line.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use harness_text::regular;
use serde_json::{Deserializer, Map, Value};

use super::options::ReadOptions;
use super::python_json;
use super::row::{Columns, Row};
use crate::error::TaskError;
use crate::once::Once;

const FORM_HELP: &str =
    "write one JSON object a line in a `.jsonl` or `.jsonl.gz` file, or an array in a `.json` file";

/// A small file can be packed that unpacks to more than memory holds.
const MOST_BYTES: u64 = regular::DATA;

/// One kind's fields and options, as its reader knows them.
pub(crate) struct Form {
    /// The kind's name.
    pub kind: &'static str,
    /// Every field that may be renamed.
    pub fields: &'static [&'static str],
    /// Options of [`ReadOptions`] other than `columns` and `language`.
    pub options: &'static [&'static str],
}

impl Form {
    /// Refused: options of other kinds, and columns that rename no field of this one.
    pub fn check(&self, options: &ReadOptions) -> Result<(), TaskError> {
        self.check_options(options)?;
        Columns::new(self.kind, self.fields, &options.columns).map(drop)
    }

    /// Refused: options of other kinds, which would be without effect.
    fn check_options(&self, options: &ReadOptions) -> Result<(), TaskError> {
        let given = [
            ("families", !options.families.is_empty()),
            ("recipes", !options.recipes.is_empty()),
            ("seeds", !options.seeds.is_empty()),
            ("split", options.split.is_some()),
            ("context", options.context.is_some()),
        ];
        match given.into_iter().find(|(name, given)| *given && !self.options.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(TaskError::refused(
                format!("`{name}` is no option of `{}`", self.kind),
                "remove it, or take another `kind`",
            )),
        }
    }
}

/// Reads the rows of a file, at least one. Refused with its line: what is no JSON object.
///
/// A byte order mark, line ends of CRLF and blank lines at the end are accepted.
pub(super) fn read_rows(path: &Path, form: &Form, options: &ReadOptions) -> Result<Vec<Row>, TaskError> {
    form.check_options(options)?;
    let columns = Columns::new(form.kind, form.fields, &options.columns)?;
    let name = path.to_string_lossy();
    if ![".jsonl", ".jsonl.gz", ".json"].iter().any(|end| name.ends_with(end)) {
        let problem =
            format!("`{name}` is no known form of task set: expected `.jsonl`, `.jsonl.gz` or `.json`");
        return Err(TaskError::refused(problem, FORM_HELP));
    }
    let bytes = match options.first {
        Some(most) => first_lines(path, most)?,
        None => read_bytes(path)?,
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_end();
    if bytes.is_empty() {
        return Err(TaskError::refused(format!("`{}` is empty: expected rows", path.display()), FORM_HELP));
    }
    let parse = |bytes: &[u8]| match is_array(path, bytes) {
        true => parse_array(bytes),
        false => parse_lines(bytes),
    };
    let (parsed, mended) = match parse(bytes) {
        Err(fault) => match python_json::mended(bytes) {
            Some(text) => (parse(&text), true),
            None => (Err(fault), false),
        },
        parsed => (parsed, false),
    };
    let fault = |(line, problem, help): Fault| TaskError::line(path, line, problem, help);
    let rows = parsed.map_err(fault)?;
    if rows.is_empty() {
        return Err(TaskError::refused(format!("`{}` has no rows", path.display()), FORM_HELP));
    }
    let path: Arc<Path> = path.into();
    let row = |(line, place, fields)| Row {
        path: path.clone(),
        line,
        place,
        fields,
        mended,
        columns: columns.clone(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Line, what is wrong, the next action.
type Fault = (usize, String, &'static str);

/// Line, name of the place, fields.
type Parsed = (usize, String, Map<String, Value>);

const UTF8_HELP: &str = "convert the file, for example with `iconv -t UTF-8`";

/// The whole lines within the first `most` bytes. Of an array all of it: its rows do not end where lines do.
fn first_lines(path: &Path, most: u64) -> Result<Vec<u8>, TaskError> {
    let mut bytes = read_up_to(path, most)?;
    if (bytes.len() as u64) < most {
        return Ok(bytes);
    }
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if !is_array(path, &bytes) => {
            bytes.truncate(end);
            Ok(bytes)
        }
        _ => read_bytes(path),
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, TaskError> {
    if !is_packed(path) {
        return regular::read(path, MOST_BYTES).map_err(|error| TaskError::read(path, error, READ_HELP));
    }
    let bytes = read_up_to(path, MOST_BYTES)?;
    match bytes.len() as u64 {
        ..MOST_BYTES => Ok(bytes),
        MOST_BYTES.. => Err(TaskError::damaged(path, "holds 4 GiB or more", "split the task set")),
    }
}

const READ_HELP: &str = "check the path; in a suite it starts from the suite's folder";

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

fn read_up_to(path: &Path, most: u64) -> Result<Vec<u8>, TaskError> {
    let mut bytes = Vec::new();
    let mut read = || {
        let file = regular::open(path)?;
        match is_packed(path) {
            true => MultiGzDecoder::new(file).take(most).read_to_end(&mut bytes),
            false => file.take(most).read_to_end(&mut bytes),
        }
    };
    read().map_err(|error| TaskError::read(path, error, READ_HELP))?;
    Ok(bytes)
}

/// CodeXGLUE names files of one object a line `.json`, so the first byte tells.
fn is_array(path: &Path, bytes: &[u8]) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
        && bytes.trim_ascii_start().starts_with(b"[")
}

fn parse_lines(bytes: &[u8]) -> Result<Vec<Parsed>, Fault> {
    let parse = |(index, line): (usize, &[u8])| {
        let number = index + 1;
        let line = str::from_utf8(line).map_err(|_| (number, "is not UTF-8".to_owned(), UTF8_HELP))?;
        if line.trim().is_empty() {
            return Err((number, "is blank: expected a JSON object".to_owned(), "remove the line"));
        }
        let Once(value) = serde_json::from_str(line).map_err(|error| malformed(number, &error))?;
        Ok((number, format!("line-{number}"), object(number, value)?))
    };
    bytes.split(|&byte| byte == b'\n').enumerate().map(parse).collect()
}

/// Takes an array apart one element at a time, because a parser of the whole loses their lines.
fn parse_array(bytes: &[u8]) -> Result<Vec<Parsed>, Fault> {
    let skip = |from: usize| from + bytes[from..].len() - bytes[from..].trim_ascii_start().len();
    let breaks = |part: &[u8]| part.iter().filter(|&&byte| byte == b'\n').count();
    let mut rows = Vec::new();
    let mut at = skip(skip(0) + 1);
    let mut line = 1 + breaks(&bytes[..at]);
    while bytes.get(at) != Some(&b']') {
        let mut values = Deserializer::from_slice(&bytes[at..]).into_iter::<Once>();
        let Once(value) = values
            .next()
            .ok_or_else(|| (line, "the array is not closed by `]`".to_owned(), FORM_HELP))?
            .map_err(|error| malformed(line + error.line().saturating_sub(1), &error))?;
        rows.push((line, format!("row-{}", rows.len() + 1), object(line, value)?));
        let behind = skip(at + values.byte_offset());
        let next = match bytes.get(behind) {
            Some(b',') => skip(behind + 1),
            _ => behind,
        };
        line += breaks(&bytes[at..next]);
        if next == behind && bytes.get(next) != Some(&b']') {
            return Err((line, "expected `,` or `]` behind a row".to_owned(), FORM_HELP));
        }
        at = next;
    }
    match bytes.len() - at {
        1 => Ok(rows),
        _ => Err((line, "more follows behind the array's `]`".to_owned(), FORM_HELP)),
    }
}

fn object(line: usize, value: Value) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => {
            Err((line, format!("expected a JSON object, not {}", super::row::form_of(&other)), FORM_HELP))
        }
    }
}

fn malformed(line: usize, error: &serde_json::Error) -> Fault {
    // The library's own "at line 1 column 7" counts lines from the row's start.
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let said = if error.is_data() { "" } else { "is no JSON: " };
    (line, format!("{said}{text}, at character {}", error.column()), FORM_HELP)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::error::TaskErrorKind;

    const FORM: Form = Form { kind: "test", fields: &["a"], options: &[] };

    fn read(name: &str, content: &[u8]) -> Result<Vec<(usize, String, String)>, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let rows = read_rows(&path, &FORM, &ReadOptions::default())?;
        rows.into_iter().map(|row| Ok((row.line, row.place.clone(), row.text("a")?.to_owned()))).collect()
    }

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_form_of_file_gives_the_same_rows() {
        let lines = "{\"a\": \"x\"}\n{\"a\": \"ä\"}";
        let expected = [(1, "line-1".into(), "x".into()), (2, "line-2".into(), "ä".into())];
        let dressed = format!("\u{feff}{}\r\n \r\n\n", lines.replace('\n', "\r\n"));
        for content in [lines, &dressed] {
            assert_eq!(read("a.jsonl", content.as_bytes()).unwrap(), expected);
            assert_eq!(read("a.json", content.as_bytes()).unwrap(), expected, "CodeXGLUE's name for lines");
            assert_eq!(read("a.jsonl.gz", &packed(content.as_bytes())).unwrap(), expected);
        }
        for (array, lines) in [
            ("[{\"a\": \"x\"}, {\"a\": \"ä\"}]", [1, 1]),
            ("\u{feff} [\r\n  {\"a\":\r\n \"x\"\r\n},\r\n\r\n{\"a\": \"ä\"}\r\n]\r\n", [2, 6]),
            ("[{\"a\": \"x\"},{\"a\": \"ä\"},]", [1, 1]),
        ] {
            let rows = read("a.json", array.as_bytes()).unwrap();
            assert_eq!(rows[0], (lines[0], "row-1".into(), "x".into()));
            assert_eq!(rows[1], (lines[1], "row-2".into(), "ä".into()));
        }
    }

    #[test]
    fn what_python_writes_does_no_harm_where_nobody_needs_it() {
        let rows =
            read("a.jsonl", b"{\"a\": \"x\", \"b\": NaN}\n{\"a\": \"y\", \"c\": [\"\\ud83d\"]}").unwrap();
        assert_eq!(rows, [(1, "line-1".into(), "x".into()), (2, "line-2".into(), "y".into())]);
    }

    #[test]
    fn the_first_lines_are_read_alone_and_arrays_whole() {
        let folder = tempfile::tempdir().unwrap();
        let rows = |name: &str, content: &[u8], first: u64| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            let options = ReadOptions { first: Some(first), ..ReadOptions::default() };
            read_rows(&path, &FORM, &options).map(|rows| rows.len())
        };
        let lines = b"{\"a\": \"x\"}\n{\"a\": \"y\"}\nno JSON\n";
        let packed = packed(lines);
        for (name, content) in [("a.jsonl", &lines[..]), ("a.json", lines), ("a.jsonl.gz", &packed)] {
            assert_eq!(rows(name, content, 24).unwrap(), 2, "{name}");
            assert_eq!(rows(name, content, 13).unwrap(), 1, "{name}");
            assert!(rows(name, content, 1000).unwrap_err().to_string().contains("line 3"), "{name}");
            // Without a whole line within them, the first bytes tell nothing.
            assert!(rows(name, content, 4).unwrap_err().to_string().contains("line 3"), "{name}");
        }
        assert_eq!(rows("a.json", b"[{\"a\": \"x\"},\n{\"a\": \"y\"}]", 16).unwrap(), 2);
    }

    #[test]
    fn a_bad_row_is_named_with_its_line() {
        let cases: &[(&str, &[u8], &str)] = &[
            ("a.jsonl", b"{\"a\": \"x\"}\n{\"a\": ", "line 2: is no JSON: EOF"),
            (
                "a.jsonl",
                b"{\"a\": \"x\"}\r\n{\"a\": \"x\"}}\r\n",
                "line 2: is no JSON: trailing characters, at character 11",
            ),
            ("a.jsonl", b"{\"a\": \"x\"}\n\n{\"a\": \"x\"}", "line 2: is blank"),
            ("a.jsonl", b"{\"a\": \"x\"}\n[1]", "line 2: expected a JSON object, not an array"),
            ("a.jsonl", b"null", "line 1: expected a JSON object, not null"),
            ("a.jsonl", b"{\"a\": \"x\"}\n{\"a\": \"\xff\"}", "line 2: is not UTF-8"),
            ("a.jsonl", b"\xff\xfe{\x00", "line 1: is not UTF-8"),
            ("a.jsonl", b"{\"a\": \"\\ud800\"}", "line 1: `a` holds `\\ud800`, one half of a character"),
            (
                "a.jsonl",
                b"{\"a\": \"x\"}\n{\"a\": NaN}",
                "line 2: `a` holds `NaN`, a number that JSON does not have",
            ),
            ("a.json", b"[{\"a\": \"x\"},\n{\"a\": -Infinity}]", "line 2: `a` holds `-Infinity`"),
            ("a.jsonl", b"{\"a\": NaN, \"b\": }", "line 1: is no JSON: expected value"),
            ("a.jsonl", b"{\"a\": 1}", "line 1: `a` is a number: expected text"),
            ("a.jsonl", b"{\"a\": null, \"b\": 1}", "line 1: `a` is null"),
            ("a.jsonl", b"{}", "line 1: has no `a`, only nothing"),
            ("a.jsonl", b"", "is empty"),
            ("a.jsonl", b"\xef\xbb\xbf\r\n", "is empty"),
            ("a.json", b"[]", "has no rows"),
            ("a.json", b"[\n{\"a\": \"x\"},\n{\"a\":\n}]", "line 4: is no JSON"),
            ("a.json", b"[{\"a\": \"x\"}", "line 1: expected `,` or `]`"),
            ("a.json", b"[{\"a\": \"x\"},", "line 1: the array is not closed"),
            ("a.json", b"[", "line 1: the array is not closed"),
            ("a.json", b"[{\"a\": \"x\"}]\n]", "line 1: more follows"),
            ("a.json", b"[{\"a\": \"\xff\"}]", "line 1: is no JSON"),
            ("a.csv", b"a", "no known form of task set"),
        ];
        for (name, content, expected) in cases {
            let error = read(name, content).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(expected) && text.contains("\nhelp: "), "expected {expected:?} in {text}");
            assert_eq!(error.kind(), TaskErrorKind::BadInput, "{text}");
        }
    }

    #[test]
    fn deep_nesting_and_damaged_archives_are_refused() {
        let deep = format!("{{\"a\": {}", "[".repeat(200_000));
        assert!(read("a.jsonl", deep.as_bytes()).unwrap_err().to_string().contains("line 1: is no JSON"));
        assert!(read("a.json", format!("[{deep}").as_bytes()).is_err());
        let whole = packed(b"{\"a\": \"x\"}");
        for content in [&whole[..whole.len() / 2], b"no archive"] {
            let error = read("a.jsonl.gz", content).unwrap_err();
            assert_eq!(error.kind(), TaskErrorKind::MissingResource);
        }
    }

    #[test]
    fn an_array_of_many_rows_is_read() {
        let rows = read("a.json", format!("[\n{}\n]", vec![r#"{"a": "x"}"#; 200_000].join(",\n")).as_bytes());
        assert_eq!(rows.unwrap().last().unwrap().0, 200_001);
    }

    #[test]
    fn lines_of_ten_megabytes_are_read() {
        let long = "x".repeat(10_000_000);
        let rows = read("a.jsonl", format!("{{\"a\": \"{long}\"}}\n{{\"a\": \"y\"}}").as_bytes()).unwrap();
        assert_eq!((rows[0].2.len(), rows[1].0), (long.len(), 2));
    }
}
