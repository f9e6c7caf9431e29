//! What a training starts from, looked at before its weights are read.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use harness_checkpoint::{Checkpoint, is_gguf};
use harness_protocol::{DTYPES, ModelSource, Start, TrainModel};
use harness_task::{Boundary, TokenizerSpec};
use harness_text::printable::Shown;

use super::check::fits;
use super::file::{StartFile, TrainFile};
use crate::models;
use crate::stop::Stop;

/// A start that fits its training file.
pub(crate) struct Base {
    /// As the engine is told.
    pub(crate) start: Start,
    /// Rows of the embedding.
    pub(crate) vocabulary: u32,
    /// None: a new model.
    checkpoint: Option<Checkpoint>,
}

impl Base {
    /// Looks at config, tensors' names and tokenizer; what a hub has is fetched.
    ///
    /// # Errors
    /// It is not there or damaged, or does not fit the file: context, blocks.
    pub(crate) fn open(file: &TrainFile) -> Result<Self> {
        match (&file.model, &file.start) {
            (Some(model), _) => Ok(Self {
                start: Start::New(TrainModel {
                    vocabulary: model.vocabulary,
                    width: model.width,
                    layers: model.layers,
                    heads: model.heads,
                    kv_heads: model.kv_heads,
                    ffn: model.ffn,
                    context: model.context,
                }),
                vocabulary: model.vocabulary,
                checkpoint: None,
            }),
            (None, Some(start)) => Self::found(file, start),
            (None, None) => Err(Stop::usage(
                "the training file names no start\nhelp: write a table `model` or `start`, see suites/README.md",
            )
            .into()),
        }
    }

    fn found(file: &TrainFile, start: &StartFile) -> Result<Self> {
        let source = source(start);
        models::ensure(&source)?;
        let checkpoint = Checkpoint::open(&source).map_err(models::stop)?;
        checkpoint.check().map_err(models::stop)?;
        let blueprint = checkpoint.blueprint().map_err(models::stop)?;
        let whole = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
        let (layers, context) = (blueprint.blocks.len() as u32, whole(blueprint.shape.context));
        fits(file, layers, context).map_err(|message| {
            let origin = checkpoint.origin();
            Stop::usage(format!("`{origin}` does not fit the training file: {message}\nhelp: mend the file, or name another `start`"))
        })?;
        let weights_sha256 = checkpoint.weights_sha256().map_err(models::stop)?;
        Ok(Self {
            start: Start::Checkpoint { source, weights_sha256 },
            vocabulary: whole(blueprint.shape.vocabulary),
            checkpoint: Some(checkpoint),
        })
    }

    /// The tokenizer of the training; a checkpoint's own is put into `work`, with what stands beside it.
    ///
    /// # Errors
    /// The checkpoint's tokenizer marks no documents, or a file cannot be written.
    pub(crate) fn tokenizer(&self, work: &Path) -> Result<TokenizerSpec> {
        let Some(checkpoint) = &self.checkpoint else {
            return Ok(TokenizerSpec::New { vocabulary: self.vocabulary as usize });
        };
        fs::create_dir_all(work).with_context(|| format!("cannot create `{}`", work.shown()))?;
        checkpoint.carry_companions(work).map_err(models::stop)?;
        let tokenizer = checkpoint.needed_tokenizer().map_err(models::stop)?;
        let eos = checkpoint.eos().map_err(models::stop)?.first().copied();
        let boundary = Boundary::of(&tokenizer, eos)?;
        Ok(TokenizerSpec::Own { sha256: tokenizer.sha256().to_owned(), boundary })
    }

    /// What it is, for people.
    pub(crate) fn sentence(&self) -> String {
        match (&self.start, &self.checkpoint) {
            (Start::Checkpoint { source, weights_sha256 }, Some(checkpoint)) => {
                let origin = match &source.hub {
                    Some(name) => name.clone(),
                    None => crate::redact::private(Path::new(&checkpoint.origin())),
                };
                let architecture = checkpoint.config().model_type().unwrap_or("model").to_owned();
                format!("the {architecture} `{origin}` (weights {:.12})", weights_sha256)
            }
            _ => "random weights".to_owned(),
        }
    }
}

fn source(start: &StartFile) -> ModelSource {
    let dtype = DTYPES[0].to_owned();
    match &start.path {
        Some(path) => ModelSource {
            kind: if is_gguf(path) { "gguf-file" } else { "hugging-face-folder" }.to_owned(),
            path: Some(path.display().to_string()),
            dtype,
            ..ModelSource::default()
        },
        None => ModelSource {
            kind: "hub".to_owned(),
            hub: start.hub.clone(),
            revision: start.revision.clone(),
            dtype,
            ..ModelSource::default()
        },
    }
}
