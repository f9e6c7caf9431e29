//! Token streams for training: documents end to end as little-endian 32-bit ids.

use std::path::Path;

use harness_protocol::{END, START};
use harness_text::tokenizer::Tokenizer;
use harness_text::{atomic, regular};
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::error::TaskError;

/// The tokens that stand around every document of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// Opens a document.
    pub start: u32,
    /// Closes it; None: the next one's `start` does.
    pub end: Option<u32>,
}

impl Boundary {
    /// What a tokenizer's documents stand between: it opens them with what it puts before a text itself, else with
    /// `<s>`, else with the end token, and closes them with the end token, else with `</s>`. `eos` is the first end
    /// token that the model's config names.
    pub fn of(tokenizer: &Tokenizer, eos: Option<u32>) -> Result<Self, TaskError> {
        let end = eos.or_else(|| tokenizer.id(END));
        let start = tokenizer.prefix().last().copied().or_else(|| tokenizer.id(START)).or(end);
        let start = start.ok_or_else(|| {
            TaskError::refused(
                "the tokenizer has no token that begins or ends a document",
                "name one in the model's `generation_config.json`: `{\"eos_token_id\": …}`",
            )
        })?;
        Ok(Self { start, end: end.filter(|end| *end != start) })
    }
}

/// Writes every document between the tokens of its boundary, and returns how many documents and tokens that were.
///
/// Stops before the document that would exceed `max_tokens`.
pub fn write_stream<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    tokenizer: &Tokenizer,
    boundary: Boundary,
    path: &Path,
    max_tokens: Option<u64>,
) -> Result<(u64, u64), TaskError> {
    let mut ids: Vec<u32> = Vec::new();
    let mut count = 0;
    for document in documents {
        let text = tokenizer.encode(&document.text())?;
        let around = 1 + usize::from(boundary.end.is_some());
        if max_tokens.is_some_and(|max| (ids.len() + text.len() + around) as u64 > max) {
            break;
        }
        ids.push(boundary.start);
        ids.extend(text);
        ids.extend(boundary.end);
        count += 1;
    }
    write_ids(path, &ids)?;
    Ok((count, ids.len() as u64))
}

/// Writes ids as a stream; makes missing folders.
pub fn write_ids(path: &Path, ids: &[u32]) -> Result<(), TaskError> {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    Ok(atomic::write(path, &bytes)?)
}

/// Reads a stream that [`write_stream`] wrote.
pub fn read_stream(path: &Path) -> Result<Vec<u32>, TaskError> {
    const HELP: &str = "make the streams again: remove the folder and start the training again";
    let bytes = regular::read(path, regular::DATA).map_err(|error| TaskError::read(path, error, HELP))?;
    let (words, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(TaskError::damaged(path, "ends in the middle of a 32-bit id", HELP));
    }
    Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_stream_comes_back_as_marked_documents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/train.u32");
        let tokenizer = Tokenizer::bytes().unwrap();
        let document = |text: &str| Document { name: String::new(), tokens: vec![text.to_owned()] };
        let documents = [document("ab"), document("c"), document("d")];
        let boundary = Boundary::of(&tokenizer, None).unwrap();
        let write = |boundary, max| write_stream(&documents, &tokenizer, boundary, &path, max).unwrap();

        assert_eq!(write(boundary, None), (3, 10));
        assert_eq!(read_stream(&path).unwrap(), [256, 97, 98, 257, 256, 99, 257, 256, 100, 257]);
        assert_eq!(write(boundary, Some(7)), (2, 7));
        assert_eq!(write(boundary, Some(6)), (1, 4));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");

        assert_eq!(write(Boundary { start: 70_000, end: None }, None), (3, 7));
        assert_eq!(read_stream(&path).unwrap(), [70_000, 97, 98, 70_000, 99, 70_000, 100]);
    }

    #[test]
    fn documents_begin_as_prompts_do_and_end_as_answers_do() {
        // The tokenizer over bytes puts nothing before a text but knows `<s>` and `</s>`.
        let tokenizer = Tokenizer::bytes().unwrap();
        assert_eq!(Boundary::of(&tokenizer, None).unwrap(), Boundary { start: 256, end: Some(257) });
        assert_eq!(Boundary::of(&tokenizer, Some(9)).unwrap(), Boundary { start: 256, end: Some(9) });
        assert_eq!(Boundary::of(&tokenizer, Some(256)).unwrap(), Boundary { start: 256, end: None });
    }

    #[test]
    fn half_an_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u32");
        fs::write(&path, [1, 0, 2]).unwrap();
        assert!(read_stream(&path).unwrap_err().to_string().contains("in the middle of a 32-bit id"));
    }
}
