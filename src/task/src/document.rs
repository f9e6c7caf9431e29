//! Task sets as documents: one source file each, read from `.txt` or `.jsonl`.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;

use harness_protocol::{END, START};
use harness_text::regular;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::TaskError;
use crate::once::Once;

/// One source file as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it comes from: a path inside its corpus, its `id`, or `line-N` of a text file.
    pub name: String,
    /// Its tokens, without `<s>` and `</s>`.
    pub tokens: Vec<String>,
}

impl Document {
    /// The tokens, one blank between two.
    pub fn text(&self) -> String {
        self.tokens.join(" ")
    }
}

/// Puts documents into an order drawn from `seed`: by hash of seed and name.
///
/// Unlike a shuffle by a random generator's numbers it stays the same with another version of a
/// library, and a document more or less leaves the others in order.
pub fn shuffle(documents: &mut [Document], seed: u64) {
    documents.sort_by_cached_key(|document| shuffle_key(seed, &document.name));
}

/// What a name is sorted by in the order drawn from `seed`.
pub(crate) fn shuffle_key(seed: u64, name: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name).finalize().into()
}

/// A line of a `.jsonl` task set, as written.
#[derive(Deserialize)]
struct LineFile {
    id: String,
    code: CodeFile,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CodeFile {
    Tokens(Vec<String>),
    Text(String),
}

const FORM_HELP: &str = "write one document a line: `<s> … </s>` in a `.txt` file, \
    `{\"id\": \"…\", \"code\": [\"<s>\", …, \"</s>\"]}` in a `.jsonl` file";

/// What is wrong with a line, and what to do.
struct Fault(String, &'static str);

/// The first so many bytes of a file; None: all of them.
fn read_up_to(path: &Path, first: Option<u64>) -> io::Result<Vec<u8>> {
    let Some(first) = first else { return regular::read(path, regular::DATA) };
    let mut bytes = Vec::new();
    regular::open(path)?.take(first).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a task set: `.txt` with `<s> … </s>` a line, or `.jsonl` with `id` and `code` a line.
///
/// `code` is an array of tokens or the same as one string. Refused with its line: text that is not
/// UTF-8, JSON without these keys, a document without `<s>` or `</s>` or with nothing between, an
/// `id` used twice. A file without any document is refused too. A byte order mark, line ends of CRLF and
/// blank lines at the end are accepted.
pub fn read_documents(path: &Path) -> Result<Vec<Document>, TaskError> {
    read_first_documents(path, None)
}

/// The same of the lines within the first so many bytes, to see what is in a file; None: all.
pub fn read_first_documents(path: &Path, first: Option<u64>) -> Result<Vec<Document>, TaskError> {
    let parse: fn(&str, usize) -> Result<Document, Fault> = match path.extension().and_then(|e| e.to_str()) {
        Some("txt") => |line, number| document(format!("line-{number}"), split(line)),
        Some("jsonl") => |line, _| parse_json(line),
        _ => {
            let problem =
                format!("`{}` is no known form of task set: expected `.txt` or `.jsonl`", path.display());
            return Err(TaskError::refused(problem, FORM_HELP));
        }
    };
    let mut bytes = read_up_to(path, first).map_err(|error| {
        TaskError::read(path, error, "check the path; in a suite it starts from the suite's folder")
    })?;
    if first.is_some_and(|first| bytes.len() as u64 >= first) {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => bytes.truncate(end),
            None => return read_first_documents(path, None),
        }
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_end();
    if bytes.is_empty() {
        return Err(TaskError::refused(
            format!("`{}` is empty: expected documents", path.display()),
            FORM_HELP,
        ));
    }
    let mut names = HashSet::new();
    let mut documents = Vec::new();
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let number = index + 1;
        let document = str::from_utf8(line)
            .map_err(|_| {
                Fault("is not UTF-8".to_owned(), "convert the file, for example with `iconv -t UTF-8`")
            })
            .and_then(|line| parse(line, number))
            .and_then(|document| {
                if names.insert(document.name.clone()) {
                    return Ok(document);
                }
                Err(Fault(
                    format!("the `id` `{}` was used before", document.name),
                    "give every document its own `id`",
                ))
            })
            .map_err(|Fault(problem, help)| TaskError::Line {
                path: path.to_owned(),
                line: number,
                problem,
                help: help.to_owned(),
            })?;
        documents.push(document);
    }
    Ok(documents)
}

fn parse_json(line: &str) -> Result<Document, Fault> {
    let file: LineFile = serde_json::from_str(line)
        .and_then(|Once(json)| serde_json::from_value(json))
        .map_err(|error| Fault(format!("expected an object with `id` and `code`: {error}"), FORM_HELP))?;
    match file.code {
        CodeFile::Tokens(tokens) => document(file.id, tokens),
        CodeFile::Text(text) => document(file.id, split(&text)),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn document(name: String, mut tokens: Vec<String>) -> Result<Document, Fault> {
    if tokens.first().is_none_or(|token| token != START) || tokens.last().is_none_or(|token| token != END) {
        return Err(Fault("a document begins with `<s>` and ends with `</s>`".to_owned(), FORM_HELP));
    }
    if tokens.len() == 2 {
        return Err(Fault("the document is empty".to_owned(), "remove the line"));
    }
    tokens.pop();
    tokens.remove(0);
    Ok(Document { name, tokens })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::TaskErrorKind;

    #[test]
    fn the_first_lines_are_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "<s> a </s>\n<s> b </s>\nno document\n").unwrap();
        let read = |first| read_first_documents(&path, first).map(|documents| documents.len());
        assert_eq!((read(Some(22)).unwrap(), read(Some(15)).unwrap()), (2, 1));
        for all in [Some(4), Some(1000), None] {
            assert!(read(all).unwrap_err().to_string().contains("line 3"), "{all:?}");
        }
    }

    fn read(name: &str, content: &[u8]) -> Result<Vec<Document>, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        read_documents(&path)
    }

    #[test]
    fn both_forms_give_the_same_tokens() {
        let text = read("a.txt", b"<s> int a ; </s>\n<s> b </s>\n").unwrap();
        assert_eq!(
            text[0],
            Document { name: "line-1".into(), tokens: vec!["int".into(), "a".into(), ";".into()] }
        );
        assert_eq!(text[1].name, "line-2");
        for line in [
            r#"{"id": "x", "code": ["<s>", "int", "a", ";", "</s>"], "more": 1}"#,
            r#"{"id": "x", "code": "<s> int a ; </s>"}"#,
        ] {
            let json = read("a.jsonl", line.as_bytes()).unwrap();
            assert_eq!((json[0].name.as_str(), json[0].text().as_str()), ("x", "int a ;"));
        }
    }

    #[test]
    fn byte_order_marks_and_other_line_ends_change_nothing() {
        for (name, content) in [
            ("a.txt", "<s> a ; </s>\n<s> b </s>"),
            (
                "a.jsonl",
                "{\"id\": \"line-1\", \"code\": \"<s> a ; </s>\"}\n{\"id\": \"line-2\", \"code\": \"<s> b </s>\"}",
            ),
        ] {
            let plain = read(name, content.as_bytes()).unwrap();
            let dressed = format!("\u{feff}{}\r\n\r\n \n", content.replace('\n', "\r\n"));
            assert_eq!(read(name, dressed.as_bytes()).unwrap(), plain);
        }
    }

    #[test]
    fn a_bad_line_is_named_with_what_to_do() {
        let good = r#"{"id": "x", "code": ["<s>", "a", "</s>"]}"#;
        let cases: &[(&str, Vec<u8>, &str)] = &[
            ("a.txt", b"<s> a </s>\n<s> \xff </s>".to_vec(), "line 2: is not UTF-8"),
            ("a.txt", b"<s> a </s>\n\n<s> a </s>".to_vec(), "line 2: a document begins with `<s>`"),
            ("a.txt", b"<s> a </s>\n<s> </s>".to_vec(), "line 2: the document is empty"),
            ("a.txt", b"<s> a </s>\n<s>".to_vec(), "line 2: a document begins with `<s>`"),
            ("a.jsonl", format!("{good}\n{{\"id\": \"y\", ").into(), "line 2: expected an object"),
            ("a.jsonl", format!("{good}\n{{\"id\": \"y\"}}").into(), "missing field `code`"),
            ("a.jsonl", format!("{good}\n{{\"code\": \"<s> a </s>\"}}").into(), "missing field `id`"),
            ("a.jsonl", format!("{good}\n{good}").into(), "line 2: the `id` `x` was used before"),
            ("a.jsonl", b"\n \n".to_vec(), "is empty"),
            ("a.txt", b"".to_vec(), "is empty"),
            ("a.csv", b"a".to_vec(), "no known form"),
        ];
        for (name, content, expected) in cases {
            let error = read(name, content).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(expected) && text.contains("\nhelp: "), "{text}");
            assert_eq!(error.kind(), TaskErrorKind::BadInput, "{text}");
        }
    }

    #[test]
    fn an_absent_file_is_a_missing_resource() {
        let error = read_documents(Path::new("absent.jsonl")).unwrap_err();
        assert_eq!(error.kind(), TaskErrorKind::MissingResource);
    }

    #[test]
    fn a_document_less_leaves_the_others_in_order() {
        let make = |skip: usize| {
            let names =
                (0..50).filter(|&n| n != skip).map(|n| Document { name: n.to_string(), tokens: vec![] });
            let mut documents: Vec<_> = names.collect();
            shuffle(&mut documents, 7);
            documents.into_iter().map(|document| document.name).collect::<Vec<_>>()
        };
        let mut all = make(usize::MAX);
        assert_ne!(all, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
        all.retain(|name| name != "3");
        assert_eq!(all, make(3));
    }
}
