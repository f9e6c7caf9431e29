//! Reads a corpus as documents: source code, each content once, or documents that others have made.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use harness_text::regular;
use sha2::{Digest, Sha256};

use crate::document::{Document, read_documents, shuffle};
use crate::error::{LexError, TaskError};
use crate::texts::read_texts;
use crate::{java, python};

/// Shorter files teach little beyond a header.
const MIN_TOKENS: usize = 50;
/// Longer files are mostly generated tables.
const MAX_TOKENS: usize = 6_000;
/// The public task set is made of this project's files: training on them would spoil the measurement.
const HELD_FOR_MEASURING: &str = "asakusafw";

/// Tokens of a source file.
type Lexer = fn(&str) -> Result<Vec<String>, LexError>;

/// What a corpus is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorpusForm {
    /// Files `.java`, as tokens of CodeXGLUE's JavaCorpus.
    Java,
    /// Files `.py`, as tokens of CodeXGLUE's PY150.
    Python,
    /// Task sets in the form of CodeXGLUE's JavaCorpus and PY150, as they are.
    Tokens,
    /// Plain text: a `.txt` file is a document, and so is each line of a `.jsonl` file.
    Text,
}

impl CorpusForm {
    /// How the names of its files end.
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Java => &[".java"],
            Self::Python => &[".py"],
            Self::Tokens | Self::Text => &[".txt", ".jsonl"],
        }
    }

    /// Files that hold no code.
    fn no_code(self) -> &'static [&'static str] {
        match self {
            Self::Java => &["package-info.java", "module-info.java"],
            Self::Python | Self::Tokens | Self::Text => &[],
        }
    }

    /// How source code becomes tokens; None: the corpus is not source code.
    fn lexer(self) -> Option<Lexer> {
        match self {
            Self::Java => Some(|text| Ok(java::lex(text)?.iter().map(java::normalise).collect())),
            Self::Python => Some(|text| Ok(python::normalise(&python::lex(text)?))),
            Self::Tokens | Self::Text => None,
        }
    }
}

impl fmt::Display for CorpusForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Java => "Java",
            Self::Python => "Python",
            Self::Tokens => "token-form",
            Self::Text => "text",
        })
    }
}

/// What became of the files of a corpus; every source file is counted in exactly one field but `files` and `tokens`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CorpusCount {
    /// Files of the corpus's language, except those without code.
    pub files: u64,
    /// Became documents.
    pub documents: u64,
    /// Could not be split into tokens.
    pub not_lexed: u64,
    /// Under 50 tokens.
    pub too_short: u64,
    /// Over 6,000 tokens.
    pub too_long: u64,
    /// Token for token the same as an earlier file.
    pub duplicates: u64,
    /// Belong to the project that the public task set is made of.
    pub refused: u64,
    /// Tokens of the language in the documents; 0 of plain text, which has none before a tokenizer.
    pub tokens: u64,
}

/// Reads every document of a corpus, a folder or a file, in an order drawn from `seed`.
///
/// The order depends on the documents' names and the seed alone, so that one more file moves no other.
/// Fails where a folder or file cannot be read.
pub fn read_corpus(
    root: &Path,
    form: CorpusForm,
    seed: u64,
) -> Result<(Vec<Document>, CorpusCount), TaskError> {
    let (mut documents, count) = match form.lexer() {
        Some(lex) => lexed(root, form, lex)?,
        None => made(root, form)?,
    };
    shuffle(&mut documents, seed);
    Ok((documents, count))
}

/// The documents of files that hold them ready made.
fn made(root: &Path, form: CorpusForm) -> Result<(Vec<Document>, CorpusCount), TaskError> {
    let mut count = CorpusCount::default();
    let mut documents = Vec::new();
    for path in corpus_files(root, form)? {
        count.files += 1;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let mut found = if form == CorpusForm::Tokens { read_documents(&path)? } else { read_texts(&path)? };
        found.iter_mut().for_each(|document| document.name = format!("{name}#{}", document.name));
        count.documents += found.len() as u64;
        if form == CorpusForm::Tokens {
            count.tokens += found.iter().map(|document| document.tokens.len() as u64).sum::<u64>();
        }
        documents.extend(found);
    }
    Ok((documents, count))
}

/// The documents of source files.
fn lexed(root: &Path, form: CorpusForm, lex: Lexer) -> Result<(Vec<Document>, CorpusCount), TaskError> {
    let mut count = CorpusCount::default();
    let mut seen = HashSet::new();
    let mut documents = Vec::new();
    for path in corpus_files(root, form)? {
        count.files += 1;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if name.to_lowercase().contains(HELD_FOR_MEASURING) {
            count.refused += 1;
            continue;
        }
        let bytes =
            regular::read(&path, regular::DATA).map_err(|error| TaskError::read(&path, error, READ_HELP))?;
        let Ok(tokens) = lex(&decode(bytes)) else {
            count.not_lexed += 1;
            continue;
        };
        let document = Document { name, tokens };
        let digest: [u8; 32] = Sha256::digest(document.text()).into();
        match document.tokens.len() {
            ..MIN_TOKENS => count.too_short += 1,
            length if length > MAX_TOKENS => count.too_long += 1,
            _ if !seen.insert(digest) => count.duplicates += 1,
            length => {
                count.documents += 1;
                count.tokens += length as u64;
                documents.push(document);
            }
        }
    }
    Ok((documents, count))
}

const READ_HELP: &str = "fetch the corpus with `scripts/fetch_corpus`, or check the path";

/// Every file of a corpus under `root`, or `root` itself where it is a file, by path. Links are not followed.
pub(crate) fn corpus_files(root: &Path, form: CorpusForm) -> Result<Vec<PathBuf>, TaskError> {
    if root.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| TaskError::read(&folder, error, READ_HELP);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                && form.suffixes().iter().any(|suffix| name.ends_with(suffix))
                && !form.no_code().contains(&name.as_ref())
            {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Old sources that are not UTF-8 are nearly always Latin-1, where every byte is its own character.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|&byte| char::from(byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_counted_once_and_bad_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        let class = |name: &str, times: usize| format!("class {name} {{ {} }}", "int a = 1 ; ".repeat(times));
        write("a/Good.java", class("Good", 20).as_bytes());
        write("b/Copy.java", format!("// a comment is no difference\n{}", class("Good", 20)).as_bytes());
        write("b/Latin.java", &[b"// \xe9\n".as_slice(), class("Latin", 20).as_bytes()].concat());
        write("b/Short.java", class("Short", 1).as_bytes());
        write("b/Long.java", class("Long", 1300).as_bytes());
        write("b/Broken.java", b"class # {}");
        write("AsakusaFW/Task.java", class("Task", 20).as_bytes());
        write("b/package-info.java", class("Info", 20).as_bytes());
        write("b/notes.txt", class("Notes", 20).as_bytes());

        let (documents, count) = read_corpus(folder.path(), CorpusForm::Java, 1).unwrap();
        let mut names: Vec<_> = documents.iter().map(|document| document.name.as_str()).collect();
        names.sort();
        assert_eq!(names, ["a/Good.java", "b/Latin.java"]);
        let expected = CorpusCount {
            files: 7,
            documents: 2,
            not_lexed: 1,
            too_short: 1,
            too_long: 1,
            duplicates: 1,
            refused: 1,
            tokens: 2 * 104,
        };
        assert_eq!(count, expected);
    }

    #[test]
    fn an_absent_folder_says_how_to_get_one() {
        let error = read_corpus(Path::new("absent"), CorpusForm::Java, 1).unwrap_err().to_string();
        assert!(error.contains("scripts/fetch_corpus"), "{error}");
    }

    #[test]
    fn documents_that_others_made_are_taken_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), "<s> int a ; </s>\n<s> b </s>\n").unwrap();
        fs::write(folder.path().join("b.jsonl"), "{\"id\": \"x\", \"code\": \"<s> c </s>\"}").unwrap();
        let (documents, count) = read_corpus(folder.path(), CorpusForm::Tokens, 1).unwrap();
        assert_eq!((documents.len(), count.files, count.documents, count.tokens), (3, 2, 3, 5));
        let (documents, _) = read_corpus(&folder.path().join("a.txt"), CorpusForm::Tokens, 1).unwrap();
        assert_eq!(documents.len(), 2);

        fs::write(folder.path().join("b.jsonl"), "{\"content\": \"one  two\\n\"}\n{\"text\": \"three\"}\n")
            .unwrap();
        let (documents, count) = read_corpus(folder.path(), CorpusForm::Text, 1).unwrap();
        assert_eq!((documents.len(), count.documents), (3, 3));
        assert!(documents.iter().any(|document| document.text() == "one  two\n"), "blanks stay as they are");
    }
}
