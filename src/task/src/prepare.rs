//! Makes a corpus ready for training: a tokenizer and two token streams.

use std::fs;
use std::path::{Path, PathBuf};

use harness_text::atomic;
use harness_text::tokenizer::{Tokenizer, train_bpe};
use serde::{Deserialize, Serialize};

use crate::corpus::{CorpusCount, CorpusForm, corpus_files, read_corpus};
use crate::document::Document;
use crate::error::TaskError;
use crate::stream::{Boundary, write_stream};

/// What to make out of which corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CorpusSpec {
    /// Folder or file.
    pub path: PathBuf,
    /// What it is written in.
    pub form: CorpusForm,
    /// What cuts it into tokens.
    pub tokenizer: TokenizerSpec,
    /// Share of documents that goes into the held-out stream, from 0 up to but not including 1.
    pub held_out: f64,
    /// Draws the order of the documents.
    pub seed: u64,
    /// The training stream ends before the document that would exceed this.
    pub max_tokens: Option<u64>,
    /// Receives `tokenizer.json`, `train.u32`, `held-out.u32` and `prepared.json`.
    pub out: PathBuf,
}

/// Where a tokenizer comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerSpec {
    /// It is learnt from the training documents.
    New {
        /// Its tokens, at least 258 and at most 65,536.
        vocabulary: usize,
    },
    /// A model's own, which already lies in `out`.
    Own {
        /// SHA-256 of its JSON, in hexadecimal.
        sha256: String,
        /// What its documents stand between.
        boundary: Boundary,
    },
}

/// What came out; tokens count those around documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// Documents in the training stream.
    pub documents: u64,
    /// Documents in the held-out stream.
    pub held_out_documents: u64,
    /// Tokens in the training stream.
    pub tokens: u64,
    /// Tokens in the held-out stream.
    pub held_out_tokens: u64,
    /// SHA-256 of the tokenizer's JSON, in hexadecimal.
    pub tokenizer_sha256: String,
    /// What the documents stand between.
    pub boundary: Boundary,
    /// What became of the corpus's files.
    pub count: CorpusCount,
}

impl CorpusSpec {
    /// Where the training stream is.
    pub fn train_stream(&self) -> PathBuf {
        self.out.join("train.u32")
    }

    /// Where the held-out stream is.
    pub fn held_out_stream(&self) -> PathBuf {
        self.out.join("held-out.u32")
    }

    fn check(&self) -> Result<(), TaskError> {
        if let TokenizerSpec::New { vocabulary } = self.tokenizer
            && !(SMALLEST_VOCABULARY..=LARGEST_VOCABULARY).contains(&vocabulary)
        {
            return Err(TaskError::refused(
                format!(
                    "a vocabulary of {vocabulary} tokens: expected {SMALLEST_VOCABULARY} to {LARGEST_VOCABULARY}"
                ),
                "4096 is a good size for a small model of code",
            ));
        }
        if !(0.0..1.0).contains(&self.held_out) {
            return Err(TaskError::refused(
                format!("a held-out share of {}: expected at least 0 and less than 1", self.held_out),
                "0.02 holds out two documents in a hundred",
            ));
        }
        Ok(())
    }
}

/// The 256 bytes, `<s>` and `</s>`.
const SMALLEST_VOCABULARY: usize = 258;
/// More is of no use to a model that is small enough to be trained from nothing.
const LARGEST_VOCABULARY: usize = 1 << 16;

/// The file beside the streams that says what they were made from.
#[derive(PartialEq, Serialize, Deserialize)]
struct Note {
    spec: CorpusSpec,
    /// Files and bytes of the corpus, so that a corpus that grew is prepared again.
    source: (u64, u64),
    prepared: Prepared,
}

/// Reads the corpus, learns a tokenizer from the training documents where none is given, and writes both streams.
///
/// Files that an earlier call made from the same spec and corpus are kept.
pub fn prepare(spec: &CorpusSpec) -> Result<Prepared, TaskError> {
    spec.check()?;
    let source = measure(&spec.path, spec.form)?;
    if let Some(prepared) = finished(spec, source) {
        return Ok(prepared);
    }
    let (documents, count) = read_corpus(&spec.path, spec.form, spec.seed)?;
    if documents.is_empty() {
        return Err(TaskError::refused(
            format!("`{}` holds no {} file that could be used", spec.path.display(), spec.form),
            "fetch the corpus with `scripts/fetch_corpus`, or check the path",
        ));
    }
    let held_out = (documents.len() as f64 * spec.held_out).round() as usize;
    let (held_out, training) = documents.split_at(held_out);
    if let TokenizerSpec::New { vocabulary } = spec.tokenizer {
        train_bpe(training.iter().map(Document::text), vocabulary, &spec.out.join("tokenizer.json"))?;
    }
    let tokenizer = Tokenizer::open(&spec.out)?;
    let boundary = match &spec.tokenizer {
        TokenizerSpec::New { .. } => Boundary::of(&tokenizer, None)?,
        TokenizerSpec::Own { boundary, .. } => *boundary,
    };
    let write = |documents, path: &Path, max| write_stream(documents, &tokenizer, boundary, path, max);
    let (documents, tokens) = write(training, &spec.train_stream(), spec.max_tokens)?;
    let (held_out_documents, held_out_tokens) = write(held_out, &spec.held_out_stream(), None)?;
    let prepared = Prepared {
        documents,
        held_out_documents,
        tokens,
        held_out_tokens,
        tokenizer_sha256: tokenizer.sha256().to_owned(),
        boundary,
        count,
    };
    let note = Note { spec: spec.clone(), source, prepared };
    let json = serde_json::to_vec_pretty(&note).map_err(|error| {
        TaskError::refused(format!("cannot note what was prepared: {error}"), "give folders UTF-8 names")
    })?;
    atomic::write(&note_path(spec), &json)?;
    Ok(note.prepared)
}

fn note_path(spec: &CorpusSpec) -> PathBuf {
    spec.out.join("prepared.json")
}

/// What an earlier call made, if it is all there; anything doubtful is simply made again.
fn finished(spec: &CorpusSpec, source: (u64, u64)) -> Option<Prepared> {
    let note: Note = serde_json::from_slice(&fs::read(note_path(spec)).ok()?).ok()?;
    let has_tokens = |path: &Path, tokens: u64| fs::metadata(path).is_ok_and(|data| data.len() == 4 * tokens);
    let whole = note.spec == *spec
        && note.source == source
        && has_tokens(&spec.train_stream(), note.prepared.tokens)
        && has_tokens(&spec.held_out_stream(), note.prepared.held_out_tokens)
        && Tokenizer::open(&spec.out).ok()?.sha256() == note.prepared.tokenizer_sha256;
    whole.then_some(note.prepared)
}

/// How many files a corpus has, and how many bytes.
fn measure(path: &Path, form: CorpusForm) -> Result<(u64, u64), TaskError> {
    let files = corpus_files(path, form)?;
    let bytes = files.iter().filter_map(|file| fs::metadata(file).ok()).map(|data| data.len()).sum();
    Ok((files.len() as u64, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::read_stream;

    fn corpus(folder: &Path, files: usize) {
        for file in 0..files {
            let body: String = (0..20).map(|n| format!("int field{file} = {n}; ")).collect();
            fs::write(folder.join(format!("C{file}.java")), format!("class C{file} {{ {body} }}")).unwrap();
        }
    }

    #[test]
    fn streams_are_made_once_and_again_when_the_corpus_grows() {
        let (source, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        corpus(source.path(), 10);
        let spec = CorpusSpec {
            path: source.path().to_owned(),
            form: CorpusForm::Java,
            tokenizer: TokenizerSpec::New { vocabulary: 280 },
            held_out: 0.2,
            seed: 3,
            max_tokens: None,
            out: out.path().to_owned(),
        };
        let first = prepare(&spec).unwrap();
        assert_eq!((first.documents, first.held_out_documents, first.count.files), (8, 2, 10));
        assert_eq!(read_stream(&spec.train_stream()).unwrap().len() as u64, first.tokens);
        assert_eq!(read_stream(&spec.held_out_stream()).unwrap().len() as u64, first.held_out_tokens);

        let written = || fs::metadata(note_path(&spec)).unwrap().modified().unwrap();
        let before = written();
        assert_eq!(prepare(&spec).unwrap(), first);
        assert_eq!(written(), before, "nothing was made again");

        fs::write(spec.train_stream(), [0, 0]).unwrap();
        assert_eq!(prepare(&spec).unwrap(), first, "a shortened stream is made again");
        assert_eq!(read_stream(&spec.train_stream()).unwrap().len() as u64, first.tokens);

        corpus(source.path(), 15);
        assert_eq!(prepare(&spec).unwrap().count.files, 15);
    }

    #[test]
    fn an_impossible_spec_is_refused() {
        let source = tempfile::tempdir().unwrap();
        let good = CorpusSpec {
            path: source.path().to_owned(),
            form: CorpusForm::Java,
            tokenizer: TokenizerSpec::New { vocabulary: 4096 },
            held_out: 0.1,
            seed: 1,
            max_tokens: None,
            out: source.path().to_owned(),
        };
        let cases = [
            (
                CorpusSpec { tokenizer: TokenizerSpec::New { vocabulary: 100 }, ..good.clone() },
                "expected 258 to 65536",
            ),
            (
                CorpusSpec { tokenizer: TokenizerSpec::New { vocabulary: 70_000 }, ..good.clone() },
                "expected 258 to 65536",
            ),
            (CorpusSpec { held_out: 1.0, ..good.clone() }, "less than 1"),
            (CorpusSpec { held_out: f64::NAN, ..good.clone() }, "less than 1"),
            (good, "holds no Java file"),
        ];
        for (spec, expected) in cases {
            let error = prepare(&spec).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
