//! The token streams of a training file: what to learn from, what to measure on, and the 5-gram's accuracy there.

use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_task::{NGram, Prepared, prepare, read_documents, read_stream, write_ids, write_stream};
use harness_text::Tokenizer;
use harness_text::printable::Shown;

use super::base::Base;
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
}

/// Accuracy of the 5-gram model on one stream.
pub(crate) struct Baseline {
    pub(crate) stream: String,
    pub(crate) accuracy: f64,
}

impl Streams {
    /// Makes whatever an earlier call has not made from the same corpus: tokenizer and streams.
    pub(crate) fn make(file: &TrainFile, base: &Base, asked: &[(String, PathBuf)]) -> Result<Self> {
        if !file.corpus_path().exists() {
            return Err(Stop::missing(format!(
                "there is no corpus in `{}`\nhelp: fetch it with `scripts/fetch_corpus` (Java) or `scripts/fetch_corpus --python`",
                file.corpus_path().shown()
            ))
            .into());
        }
        say("reading the corpus: documents, tokenizer, streams (minutes the first time)");
        let corpus = file.corpus_spec(base.tokenizer(file.work())?);
        let prepared = prepare(&corpus)?;
        say(&format!(
            "{} documents, {} tokens; {} held-out documents",
            prepared.documents, prepared.tokens, prepared.held_out_documents
        ));
        enough(file, &prepared)?;
        let mut evaluate = Vec::new();
        if prepared.held_out_documents > 0 {
            evaluate.push(("held-out".to_owned(), cut(file, &prepared, &corpus.held_out_stream())?));
        }
        let tokenizer = Tokenizer::open(file.work())?;
        for (name, documents) in asked {
            let documents = read_documents(documents)?;
            let path = file.work().join(format!("evaluate-{name}.u32"));
            write_stream(&documents, &tokenizer, prepared.boundary, &path, Some(file.evaluate_tokens()))?;
            evaluate.push((name.clone(), path.display().to_string()));
        }
        Ok(Self { prepared, train: corpus.train_stream(), evaluate })
    }

    /// Fits an interpolated 5-gram model on the whole training stream. It counts tokens in 16 bits: none for larger
    /// vocabularies.
    pub(crate) fn baseline(&self, vocabulary: u32) -> Result<Vec<Baseline>> {
        let Ok(start) = u16::try_from(self.prepared.boundary.start) else { return Ok(Vec::new()) };
        if vocabulary > 1 << 16 {
            return Ok(Vec::new());
        }
        say("fitting the 5-gram baseline on the same tokens");
        let model = NGram::fit(NGRAM_ORDER, &short(&self.train)?, vocabulary as usize, start)?;
        let mut baselines = Vec::new();
        for (name, path) in &self.evaluate {
            let (right, total) = model.accuracy(&short(Path::new(path))?, &[start]);
            baselines.push(Baseline { stream: name.clone(), accuracy: right as f64 / total as f64 });
        }
        Ok(baselines)
    }
}

/// A stream of a vocabulary that fits into 16 bits.
fn short(path: &Path) -> Result<Vec<u16>> {
    Ok(read_stream(path)?.into_iter().map(|id| u16::try_from(id).unwrap_or(u16::MAX)).collect())
}

/// Refuses a corpus that gives not even one step.
fn enough(file: &TrainFile, prepared: &Prepared) -> Result<()> {
    let step = file.tokens_per_step();
    if prepared.tokens > step {
        return Ok(());
    }
    let message = format!(
        "`{}` gives {} tokens to learn from, and one step takes {step} and the one behind them\n\
         help: name a larger corpus, or make `steps.batch`, `steps.accumulate` or `steps.sequence` smaller",
        file.corpus_path().shown(),
        prepared.tokens
    );
    Err(Stop::usage(message).into())
}

/// The first held-out documents, to the end of the one that `evaluate-tokens` falls into.
fn cut(file: &TrainFile, prepared: &Prepared, held_out: &Path) -> Result<String> {
    let (path, start) = (file.work().join("evaluate-held-out.u32"), prepared.boundary.start);
    let stream = read_stream(held_out)?;
    let cut = stream.iter().enumerate().skip(file.evaluate_tokens() as usize).find(|(_, id)| **id == start);
    let cut = cut.map_or(stream.len(), |(at, _)| at);
    write_ids(&path, &stream[..cut])?;
    Ok(path.display().to_string())
}
