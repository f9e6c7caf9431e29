//! Token streams for training: documents end to end as little-endian 16-bit ids.

use std::fs;
use std::path::Path;

use crate::document::Document;
use crate::error::TaskError;
use harness_text::atomic;
use harness_text::tokenizer::Tokenizer;

/// Writes every document as `<s>`, its ids and `</s>`, and returns how many documents and tokens that were.
///
/// Stops before the document that would exceed `max_tokens`. Ids must fit into 16 bits, and the
/// tokenizer must know `<s>` and `</s>`.
pub fn write_stream<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    tokenizer: &Tokenizer,
    path: &Path,
    max_tokens: Option<u64>,
) -> Result<(u64, u64), TaskError> {
    let (Some(start), Some(end)) = (tokenizer.id("<s>"), tokenizer.id("</s>")) else {
        return Err(TaskError::refused(
            "the tokenizer has no `<s>` and `</s>`, which separate documents in a stream",
            "use a tokenizer that `harness train` made",
        ));
    };
    let mut bytes = Vec::new();
    let mut count = 0;
    for document in documents {
        let mut ids = vec![start];
        ids.extend(tokenizer.encode(&document.text())?);
        ids.push(end);
        let tokens = (bytes.len() / 2 + ids.len()) as u64;
        if max_tokens.is_some_and(|max| tokens > max) {
            break;
        }
        for id in ids {
            let id = u16::try_from(id).map_err(|_| {
                TaskError::refused(
                    format!("token id {id} does not fit into a stream, whose ids end at 65535"),
                    "use a tokenizer with a smaller vocabulary",
                )
            })?;
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        count += 1;
    }
    atomic::write(path, &bytes)?;
    Ok((count, (bytes.len() / 2) as u64))
}

/// Reads a stream that [`write_stream`] wrote.
pub fn read_stream(path: &Path) -> Result<Vec<u16>, TaskError> {
    const HELP: &str = "make the streams again: remove the folder and start the training again";
    let bytes = fs::read(path).map_err(|error| TaskError::read(path, error, HELP))?;
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TaskError::damaged(path, "ends in the middle of a 16-bit id", HELP));
    }
    Ok(pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_comes_back_as_marked_documents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/train.u16");
        let tokenizer = Tokenizer::bytes().unwrap();
        let document = |text: &str| Document { name: String::new(), tokens: vec![text.to_owned()] };
        let documents = [document("ab"), document("c"), document("d")];

        assert_eq!(write_stream(&documents, &tokenizer, &path, None).unwrap(), (3, 10));
        assert_eq!(read_stream(&path).unwrap(), [256, 97, 98, 257, 256, 99, 257, 256, 100, 257]);
        assert_eq!(write_stream(&documents, &tokenizer, &path, Some(7)).unwrap(), (2, 7));
        assert_eq!(write_stream(&documents, &tokenizer, &path, Some(6)).unwrap(), (1, 4));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn half_an_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        fs::write(&path, [1, 0, 2]).unwrap();
        assert!(read_stream(&path).unwrap_err().to_string().contains("in the middle of a 16-bit id"));
    }
}
