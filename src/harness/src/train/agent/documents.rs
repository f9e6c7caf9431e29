//! The documents that an agent learns from and is measured on, as tokens of its model.

use std::path::PathBuf;

use anyhow::{Context, Result};
use harness_checkpoint::Checkpoint;
use harness_protocol::agent::TokenDocuments;
use harness_task::document::shuffle;
use harness_task::{Document, read_corpus, read_documents};
use harness_text::printable::Shown;
use harness_text::{Tokenizer, atomic};

use super::file::AgentFile;
use crate::models::stop;
use crate::progress::say;
use crate::stop::Stop;

/// Writes the documents into the work folder; the file.
///
/// # Errors
/// There is no corpus, or it has too few documents.
pub(super) fn write(file: &AgentFile, model: &Checkpoint) -> Result<PathBuf> {
    let tokenizer = model.needed_tokenizer().map_err(stop)?;
    let documents = choose(file, read(file)?)?;
    let encoded = TokenDocuments {
        training: encode(&documents[file.corpus.held_out..], &tokenizer)?,
        held_out: encode(&documents[..file.corpus.held_out], &tokenizer)?,
    };
    say(&format!(
        "{} documents to learn from, {} to measure on",
        encoded.training.len(),
        encoded.held_out.len()
    ));
    std::fs::create_dir_all(&file.work).with_context(|| format!("cannot create `{}`", file.work.shown()))?;
    let path = file.work.join(format!("documents-{}.json", file.name));
    atomic::write(&path, &serde_json::to_vec(&encoded)?)?;
    Ok(path)
}

/// Every document of the corpus, in the order drawn from the corpus's seed.
fn read(file: &AgentFile) -> Result<Vec<Document>> {
    let corpus = &file.corpus;
    let from = corpus.from.shown();
    if corpus.from.is_file() {
        let mut documents = read_documents(&corpus.from)?;
        shuffle(&mut documents, corpus.seed);
        return Ok(documents);
    }
    let Some(form) = corpus.form else {
        return Err(Stop::usage(format!(
            "`corpus.from` is no file: `{from}`\nhelp: say with `corpus.form` what the folder is written in, or name a task set"
        ))
        .into());
    };
    if !corpus.from.is_dir() {
        return Err(Stop::missing(format!(
            "there is no corpus in `{from}`\nhelp: fetch it with `scripts/fetch_corpus` (Java) or `scripts/fetch_corpus --python`"
        ))
        .into());
    }
    say("reading the corpus");
    Ok(read_corpus(&corpus.from, form, corpus.seed)?.0)
}

/// The held-out documents, then those to learn from.
fn choose(file: &AgentFile, mut documents: Vec<Document>) -> Result<Vec<Document>> {
    let corpus = &file.corpus;
    let all = documents.len();
    // As a model's training counts the documents that it holds out.
    documents.truncate((all as f64 * corpus.share).round() as usize);
    if documents.len() <= corpus.held_out {
        return Err(Stop::usage(format!(
            "`corpus.held-out` is {}, but a share of {} of {all} documents are {}\nhelp: make `corpus.share` larger or `corpus.held-out` smaller",
            corpus.held_out,
            corpus.share,
            documents.len()
        ))
        .into());
    }
    documents.truncate(corpus.held_out + corpus.documents);
    Ok(documents)
}

fn encode(documents: &[Document], tokenizer: &Tokenizer) -> Result<Vec<Vec<u32>>> {
    documents.iter().map(|document| Ok(tokenizer.encode_document(&document.text())?)).collect()
}
