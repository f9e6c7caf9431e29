//! For tests: reads text as if it were a file.

use std::fs;
use std::path::Path;

use super::options::ReadOptions;
use crate::error::TaskError;
use crate::question::QuestionSet;

/// A board's reader.
type Reader = fn(&Path, &ReadOptions) -> Result<QuestionSet, TaskError>;

/// Reads a file `a.jsonl` of that content.
pub(super) fn read(
    reader: Reader,
    content: impl AsRef<[u8]>,
    options: &ReadOptions,
) -> Result<QuestionSet, TaskError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, content).unwrap();
    reader(&path, options)
}

/// The message of refused content, which ends in what to do.
pub(super) fn refusal(reader: Reader, content: impl AsRef<[u8]>) -> String {
    let error = read(reader, content, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("\nhelp: "), "{error}");
    error
}
