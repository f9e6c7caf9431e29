//! Plain text as documents: `.txt` files whole, `.jsonl` files line by line.

use std::path::Path;

use harness_text::regular;

use crate::document::Document;
use crate::error::TaskError;
use crate::once::Once;

/// Keys that hold a document's text, the first one that a line has.
const KEYS: [&str; 3] = ["text", "code", "content"];

const HELP: &str = "write one object a line, such as `{\"text\": \"…\"}`; `code` and `content` are read too";

/// Reads the documents of a text file. A document of blanks alone is left out; its text is one token, blanks and line
/// ends as they are.
///
/// # Errors
/// The file cannot be read or is not UTF-8; a line of a `.jsonl` file is no object with a text.
pub fn read_texts(path: &Path) -> Result<Vec<Document>, TaskError> {
    let bytes =
        regular::read(path, regular::DATA).map_err(|error| TaskError::read(path, error, "check the path"))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        TaskError::damaged(path, "is not UTF-8", "convert the file, for example with `iconv -t UTF-8`")
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if path.extension().is_none_or(|ending| ending != "jsonl") {
        return Ok(document("text".to_owned(), text).into_iter().collect());
    }
    let mut documents = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = index + 1;
        let found = of_line(line).map_err(|problem| TaskError::Line {
            path: path.to_owned(),
            line: number,
            problem,
            help: HELP.to_owned(),
        })?;
        documents.extend(document(format!("line-{number}"), &found));
    }
    Ok(documents)
}

fn of_line(line: &str) -> Result<String, String> {
    let Once(json) = serde_json::from_str(line).map_err(|error| format!("is no JSON: {error}"))?;
    let text = KEYS.iter().find_map(|key| json.get(*key)).ok_or("has none of `text`, `code`, `content`")?;
    text.as_str().map(str::to_owned).ok_or_else(|| "holds something else than a text".to_owned())
}

fn document(name: String, text: &str) -> Option<Document> {
    (!text.trim().is_empty()).then(|| Document { name, tokens: vec![text.to_owned()] })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: &str, content: &[u8]) -> Result<Vec<Document>, TaskError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        read_texts(&path)
    }

    #[test]
    fn a_text_file_is_one_document_and_a_line_of_json_is_one() {
        assert_eq!(read("a.txt", b"one\n\n two").unwrap()[0].text(), "one\n\n two");
        assert!(read("a.txt", b" \n").unwrap().is_empty());
        let lines =
            read("a.jsonl", b"{\"code\": \"x\"}\n\n{\"text\": \" \"}\n{\"text\": \"y\", \"code\": \"z\"}");
        let texts: Vec<String> = lines.unwrap().iter().map(Document::text).collect();
        assert_eq!(texts, ["x", "y"]);
    }

    #[test]
    fn a_bad_line_is_named_with_what_to_do() {
        for (content, words) in [
            (b"{\"text\": \"a\"}\n{".as_slice(), "line 2: is no JSON"),
            (b"{\"id\": \"a\"}", "line 1: has none of `text`"),
            (b"{\"text\": [1]}", "line 1: holds something else"),
            (b"\xff", "is not UTF-8"),
        ] {
            let message = read("a.jsonl", content).unwrap_err().to_string();
            assert!(message.contains(words) && message.contains("\nhelp: "), "{message}");
        }
    }
}
