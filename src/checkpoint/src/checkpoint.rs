//! A model's files as one thing: what suites check, what items are cut with, what an engine loads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harness_protocol::ModelSource;
use harness_text::Tokenizer;

use crate::architectures;
use crate::blueprint::Blueprint;
use crate::config::{Config, token_ids};
use crate::error::{CheckpointError, CheckpointFault, Result};
use crate::tensors::Tensors;
use crate::{fit, folder, hashes, tiny};

/// A checkpoint whose config was read.
pub struct Checkpoint {
    place: Place,
    config: Config,
}

/// Where a checkpoint lies.
enum Place {
    /// Made in memory.
    Tiny,
    /// A folder as Hugging Face publishes it.
    Folder(PathBuf),
}

/// What a chat template may write besides the turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatParts {
    /// The template's Jinja.
    pub template: String,
    /// The file that it stands in.
    pub path: PathBuf,
    /// Text of the token that begins a document.
    pub bos: String,
    /// Text of the token that ends one.
    pub eos: String,
}

impl Checkpoint {
    /// Reads the config of a source.
    pub fn open(source: &ModelSource) -> Result<Self> {
        match source.path.as_deref().map(Path::new) {
            None => Ok(Self { place: Place::Tiny, config: tiny::config() }),
            Some(path) => Self::folder(path),
        }
    }

    /// Reads the config of a folder.
    pub fn folder(path: &Path) -> Result<Self> {
        let file = path.join(folder::CONFIG);
        let text =
            std::fs::read_to_string(&file).map_err(|error| CheckpointError::unreadable(&file, error))?;
        Ok(Self { place: Place::Folder(path.to_owned()), config: Config::parse(&text, &file)? })
    }

    /// The config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How the decoder is assembled.
    ///
    /// # Errors
    /// The architecture is not run here, or the config does not fit it.
    pub fn blueprint(&self) -> Result<Blueprint> {
        architectures::blueprint(&self.config)
    }

    /// Longest context, tokens.
    ///
    /// # Errors
    /// The config says none.
    pub fn context(&self) -> Result<u32> {
        if let Ok(blueprint) = self.blueprint() {
            return Ok(u32::try_from(blueprint.shape.context).unwrap_or(u32::MAX));
        }
        // Another engine may run what this project does not.
        let keys = ["max_position_embeddings", "n_positions", "n_ctx", "seq_length"];
        let json = &self.config.json;
        let found =
            keys.iter().find_map(|key| json.get(*key)?.as_u64().and_then(|size| u32::try_from(size).ok()));
        found.filter(|context| *context > 0).ok_or_else(|| {
            CheckpointError::damaged(format!("`{}` says no `max_position_embeddings`", self.config.origin))
        })
    }

    /// Tokens that end an answer: those of the config and of `generation_config.json`.
    ///
    /// # Errors
    /// One of them is no token id.
    pub fn eos(&self) -> Result<Vec<u32>> {
        let mut files = vec![self.config.json.clone()];
        if let Place::Folder(path) = &self.place {
            files.extend(folder::json(&path.join(folder::GENERATION))?);
        }
        let mut eos = BTreeSet::new();
        for json in &files {
            eos.extend(token_ids(json, "eos_token_id").map_err(|message| self.config.refuse(message))?);
        }
        Ok(eos.into_iter().collect())
    }

    /// The tokenizer; None: the checkpoint has none.
    ///
    /// # Errors
    /// It is damaged.
    pub fn tokenizer(&self) -> Result<Option<Tokenizer>> {
        let opened = match &self.place {
            Place::Tiny => Tokenizer::bytes(),
            Place::Folder(path) if path.join(folder::TOKENIZER).is_file() => Tokenizer::open(path),
            Place::Folder(_) => return Ok(None),
        };
        opened.map(Some).map_err(|error| split(&error.to_string()))
    }

    /// The tokenizer, which is needed.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn needed_tokenizer(&self) -> Result<Tokenizer> {
        self.tokenizer()?.ok_or_else(|| {
            CheckpointError::missing(
                format!("`{}` has no `{}`", self.origin(), folder::TOKENIZER),
                "a model folder needs the `tokenizer.json` that belongs to its weights: fetch or train the model again",
            )
        })
    }

    /// The checkpoint's name in messages.
    pub fn origin(&self) -> String {
        match &self.place {
            Place::Tiny => "tiny-random".to_owned(),
            Place::Folder(path) => path.display().to_string(),
        }
    }

    /// Files that hold weights, in the order in which they are hashed; none where they are made in memory.
    ///
    /// # Errors
    /// There are none, or their index is damaged.
    pub fn weight_files(&self) -> Result<Vec<PathBuf>> {
        match &self.place {
            Place::Tiny => Ok(Vec::new()),
            Place::Folder(path) => folder::weights(path),
        }
    }

    /// Names and sizes of all tensors, checked against the blueprint; None where weights are made in memory.
    ///
    /// # Errors
    /// A file is missing or damaged, or its tensors are not those that the config asks for.
    pub fn tensors(&self, blueprint: &Blueprint) -> Result<Option<Tensors>> {
        let files = self.weight_files()?;
        if files.is_empty() {
            return Ok(None);
        }
        let mut tensors = Tensors::open(&self.origin(), &files)?;
        fit::check(blueprint, &mut tensors)?;
        Ok(Some(tensors))
    }

    /// SHA-256 of the weight files' bytes, remembered between calls.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn weights_sha256(&self) -> Result<String> {
        let files = self.weight_files()?;
        hashes::sha256(&files).map_err(|error| {
            CheckpointError::unreadable(files.first().map_or(Path::new(""), PathBuf::as_path), error)
        })
    }
}

/// A text error's words and help apart.
fn split(text: &str) -> CheckpointError {
    let (message, help) = text.split_once("\nhelp: ").unwrap_or((text, "check the model's tokenizer"));
    CheckpointError { kind: CheckpointFault::Damaged, message: message.to_owned(), help: help.to_owned() }
}
