//! The token streams of a training file: what to learn from, what to measure on, and the 5-gram's accuracy there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use harness_task::{NGram, Prepared, START, prepare, read_documents, read_stream, write_stream};
use harness_text::Tokenizer;

use super::file::TrainFile;
use crate::progress::say;
use crate::stop::Stop;

/// Order of the baseline that a model must beat.
const NGRAM_ORDER: usize = 5;

/// Streams with what made them.
pub(crate) struct Streams {
    pub(crate) prepared: Prepared,
    /// The file to learn from.
    pub(crate) train: PathBuf,
    /// (name, file) of each stream to measure on, the held-out documents first.
    pub(crate) evaluate: Vec<(String, String)>,
    start: u16,
}

/// Accuracy of the 5-gram model on one stream.
pub(crate) struct Baseline {
    pub(crate) stream: String,
    pub(crate) accuracy: f64,
}

impl Streams {
    /// Makes whatever an earlier call has not made from the same corpus: tokenizer and streams.
    pub(crate) fn make(file: &TrainFile, asked: &[(String, PathBuf)]) -> Result<Self> {
        if !file.corpus_folder().is_dir() {
            return Err(Stop::missing(format!(
                "there is no corpus in `{}`\nhelp: fetch it with `scripts/fetch_corpus` (Java) or `scripts/fetch_corpus --python`",
                file.corpus_folder().display()
            ))
            .into());
        }
        say("reading the corpus: lexing, tokenizer, streams (minutes the first time)");
        let corpus = file.corpus_spec();
        let prepared = prepare(&corpus)?;
        say(&format!(
            "{} documents, {} tokens; {} held-out documents",
            prepared.documents, prepared.tokens, prepared.held_out_documents
        ));
        let tokenizer = Tokenizer::open(file.work())?;
        let Some(start) = tokenizer.id(START).and_then(|id| u16::try_from(id).ok()) else {
            bail!("the tokenizer has no `{START}`");
        };
        let mut evaluate = vec![("held-out".to_owned(), cut(file, &corpus.held_out_stream(), start)?)];
        for (name, documents) in asked {
            let documents = read_documents(documents)?;
            let path = file.work().join(format!("evaluate-{name}.u16"));
            write_stream(&documents, &tokenizer, &path, Some(file.evaluate_tokens()))?;
            evaluate.push((name.clone(), path.display().to_string()));
        }
        Ok(Self { prepared, train: corpus.train_stream(), evaluate, start })
    }

    /// Fits an interpolated 5-gram model on the whole training stream.
    pub(crate) fn baseline(&self, vocabulary: u32) -> Result<Vec<Baseline>> {
        say("fitting the 5-gram baseline on the same tokens");
        let model = NGram::fit(NGRAM_ORDER, &read_stream(&self.train)?, vocabulary as usize, self.start)?;
        let mut baselines = Vec::new();
        for (name, path) in &self.evaluate {
            let (right, total) = model.accuracy(&read_stream(Path::new(path))?, &[self.start]);
            baselines.push(Baseline { stream: name.clone(), accuracy: right as f64 / total as f64 });
        }
        Ok(baselines)
    }
}

/// The first held-out documents, to the end of the one that `evaluate-tokens` falls into.
fn cut(file: &TrainFile, held_out: &Path, start: u16) -> Result<String> {
    let path = file.work().join("evaluate-held-out.u16");
    let stream = read_stream(held_out)?;
    let cut = stream.iter().enumerate().skip(file.evaluate_tokens() as usize).find(|(_, id)| **id == start);
    let cut = cut.map_or(stream.len(), |(at, _)| at);
    let bytes: Vec<u8> = stream[..cut].iter().flat_map(|id| id.to_le_bytes()).collect();
    fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(path.display().to_string())
}
