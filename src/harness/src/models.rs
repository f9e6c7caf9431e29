//! Models by the words of a command line: where they lie, and what must be fetched first.

use std::path::Path;

use anyhow::Result;
use harness_checkpoint::{CheckpointError, CheckpointFault, hub, is_gguf};
use harness_protocol::ModelSource;

use crate::stop::Stop;

/// The source that a word names: a folder, a .gguf file, `org/name` of a hub, or the built-in model.
///
/// # Errors
/// The word names nothing.
pub fn find_source(word: &str, revision: Option<&str>, dtype: &str) -> Result<ModelSource> {
    let dtype = dtype.to_owned();
    let path = Path::new(word);
    if word == "tiny-random" && !path.exists() {
        return Ok(ModelSource { kind: word.to_owned(), dtype, ..ModelSource::default() });
    }
    if path.exists() || is_gguf(path) {
        let kind = if path.is_dir() { "hugging-face-folder" } else { "gguf-file" };
        return Ok(ModelSource {
            kind: kind.to_owned(),
            path: Some(word.to_owned()),
            dtype,
            ..ModelSource::default()
        });
    }
    if hub::check_name(word).is_ok() {
        if let Some(revision) = revision {
            let refuse =
                |message| Stop::usage(format!("{message}\nhelp: write for example `--revision main`"));
            hub::check_revision(revision).map_err(refuse)?;
        }
        return Ok(ModelSource {
            kind: "hub".to_owned(),
            hub: Some(word.to_owned()),
            revision: revision.map(str::to_owned),
            dtype,
            ..ModelSource::default()
        });
    }
    Err(Stop::usage(format!(
        "`{word}` is no folder, no .gguf file and no `org/name` of a hub\nhelp: `harness fetch model` fetches one; `tiny-random` is built in"
    ))
    .into())
}

/// What is wrong with a model, with the exit code that says so.
pub fn stop(error: CheckpointError) -> Stop {
    match error.kind {
        CheckpointFault::Missing | CheckpointFault::Damaged => Stop::missing(error.to_string()),
        CheckpointFault::Unsupported => Stop::usage(error.to_string()),
    }
}
