//! A model's files as one thing: what suites check, what items are cut with, what an engine loads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use harness_protocol::ModelSource;
use harness_text::{Tokenizer, regular};
use serde_json::Value as Json;

use crate::architectures;
use crate::blueprint::Blueprint;
use crate::chat::ChatParts;
use crate::config::{Config, kind, token_ids};
use crate::error::{CheckpointError, Result};
use crate::gguf::vocab::Vocab;
use crate::gguf::{self, Gguf, GgufError};
use crate::tensors::{Mapped, Tensors};
use crate::{chat, fit, folder, hashes, hub, tiny};

/// A checkpoint whose config was read.
pub struct Checkpoint {
    files: Files,
    config: Config,
}

/// What a checkpoint is made of.
pub(crate) enum Files {
    /// Nothing: it is made in memory.
    Made,
    /// A folder as Hugging Face publishes it.
    Folder(PathBuf),
    /// A GGUF file, which holds config, weights and tokenizer.
    Gguf(Mapped),
}

/// A kind of source: its name on harness's board and where it lies.
pub struct SourceEntry {
    /// As in [`harness_protocol::MODELS`].
    pub name: &'static str,
    place: fn(&ModelSource) -> Result<Place>,
}

/// Every kind, in the order of [`harness_protocol::MODELS`].
pub const SOURCES: &[SourceEntry] = &[
    SourceEntry {
        name: "hugging-face-folder",
        place: |source| Ok(Place::Folder(needed(source.path.as_deref(), "path")?.into())),
    },
    SourceEntry {
        name: "gguf-file",
        place: |source| Ok(Place::Gguf(needed(source.path.as_deref(), "path")?.into())),
    },
    SourceEntry {
        name: "hub",
        place: |source| {
            let name = needed(source.hub.as_deref(), "hub")?;
            Ok(Place::Folder(hub::find(name, source.revision.as_deref())?))
        },
    },
    SourceEntry { name: "tiny-random", place: |_| Ok(Place::Tiny) },
];

/// Where a checkpoint lies.
enum Place {
    /// Made in memory.
    Tiny,
    /// A folder as Hugging Face publishes it.
    Folder(PathBuf),
    /// A GGUF file.
    Gguf(PathBuf),
}

impl Place {
    /// Where a source lies on this machine.
    fn of(source: &ModelSource) -> Result<Self> {
        let entry = SOURCES.iter().find(|entry| entry.name == source.kind).ok_or_else(|| {
            let message = format!("model source `{}` is not known", source.kind);
            CheckpointError::unsupported(message, "`harness list models` shows the known ones")
        })?;
        (entry.place)(source)
    }
}

/// Files that are read of a source, sorted: whether they are there or not, but for those that may be absent.
///
/// # Errors
/// The source is not on this machine; with `weights`: it has none, or their index is damaged.
pub fn files(source: &ModelSource, weights: bool) -> Result<Vec<PathBuf>> {
    match Place::of(source)? {
        Place::Tiny => Ok(Vec::new()),
        Place::Folder(path) => folder::files(&path, weights),
        Place::Gguf(path) => Ok(vec![path]),
    }
}

impl Checkpoint {
    /// Reads the config of a source; looks on this machine only.
    ///
    /// # Errors
    /// It is not there, or its config is damaged.
    pub fn open(source: &ModelSource) -> Result<Self> {
        match Place::of(source)? {
            Place::Tiny => Ok(Self { files: Files::Made, config: tiny::config() }),
            Place::Folder(path) => Self::folder(&path),
            Place::Gguf(path) => Self::gguf(&path),
        }
    }

    /// Reads the config of a folder.
    pub fn folder(path: &Path) -> Result<Self> {
        let file = path.join(folder::CONFIG);
        let text = regular::read_text(&file, regular::WRITTEN)
            .map_err(|error| CheckpointError::unreadable(&file, error))?;
        Ok(Self { files: Files::Folder(path.to_owned()), config: Config::parse(&text, &file)? })
    }

    /// Reads the metadata of a GGUF file.
    pub fn gguf(path: &Path) -> Result<Self> {
        let file = Mapped::open(path)?;
        let config = gguf::model::config(&parse(&file)?, file.bytes(), &path.display().to_string())?;
        Ok(Self { files: Files::Gguf(file), config })
    }

    /// What it is made of.
    pub(crate) fn files(&self) -> &Files {
        &self.files
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
        let blueprint = architectures::blueprint(&self.config)?;
        match &self.files {
            Files::Gguf(file) => Ok(gguf::model::adapt(blueprint, &parse(file)?)),
            Files::Made | Files::Folder(_) => Ok(blueprint),
        }
    }

    /// Longest context, tokens.
    ///
    /// # Errors
    /// The config says none, or one that no model has.
    pub fn context(&self) -> Result<u32> {
        if let Ok(blueprint) = self.blueprint() {
            return Ok(u32::try_from(blueprint.shape.context).unwrap_or(u32::MAX));
        }
        // Another engine may run what this project does not.
        for key in ["max_position_embeddings", "n_positions", "n_ctx", "seq_length"] {
            if let Some(size) = self.config.whole(key)? {
                self.config.size(key, size)?;
                return Ok(u32::try_from(size).unwrap_or(u32::MAX));
            }
        }
        Err(self.config.damaged("it says no `max_position_embeddings`"))
    }

    /// Entries of the embedding; None: the architecture is not run here, and its config does not say it.
    pub fn vocabulary(&self) -> Option<u32> {
        let said = || self.config.whole("vocab_size").ok().flatten();
        let entries = self.blueprint().ok().map(|blueprint| blueprint.shape.vocabulary).or_else(said)?;
        u32::try_from(entries).ok()
    }

    /// Tokens that end an answer: those of the config and of `generation_config.json`.
    ///
    /// # Errors
    /// One of them is no token id.
    pub fn eos(&self) -> Result<Vec<u32>> {
        let mut files = vec![self.config.json.clone()];
        match &self.files {
            Files::Made => {}
            Files::Folder(path) => files.extend(generation(&path.join(folder::GENERATION))?),
            Files::Gguf(file) => return vocabulary(file, |vocab| Ok(vocab.eos_ids())),
        }
        let mut eos = BTreeSet::new();
        for json in &files {
            eos.extend(token_ids(json, "eos_token_id").map_err(|message| self.config.damaged(message))?);
        }
        Ok(eos.into_iter().collect())
    }

    /// The tokenizer; None: the checkpoint has none.
    ///
    /// # Errors
    /// It is damaged.
    pub fn tokenizer(&self) -> Result<Option<Tokenizer>> {
        let opened = match &self.files {
            Files::Made => Tokenizer::bytes(),
            Files::Folder(path) if path.join(folder::TOKENIZER).is_file() => Tokenizer::open(path),
            Files::Folder(_) => return Ok(None),
            Files::Gguf(file) => {
                Tokenizer::from_json(vocabulary(file, |vocab| vocab.tokenizer_json())?.to_string().as_bytes())
            }
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
                "fetch or train the model again, or make it in Python: `AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)`",
            )
        })
    }

    /// The checkpoint's name in messages.
    pub fn origin(&self) -> String {
        match &self.files {
            Files::Made => "tiny-random".to_owned(),
            Files::Folder(path) => path.display().to_string(),
            Files::Gguf(file) => file.path.display().to_string(),
        }
    }

    /// Its chat template; None: it has none.
    ///
    /// # Errors
    /// A file that may hold one cannot be read.
    pub fn chat(&self) -> Result<Option<ChatParts>> {
        match &self.files {
            Files::Made => Ok(None),
            Files::Folder(path) => chat::in_folder(path),
            Files::Gguf(file) => vocabulary(file, |vocab| {
                let text = |id: Option<u32>| id.and_then(|id| vocab.token(id)).unwrap_or_default().to_owned();
                Ok(vocab.chat_template().map(|template| ChatParts {
                    template: template.to_owned(),
                    path: file.path.clone(),
                    bos: text(vocab.bos()),
                    eos: text(vocab.eos_ids().first().copied()),
                }))
            }),
        }
    }

    /// Everything that can be said without reading weights: whether architecture, tensors and tokenizer fit together.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<()> {
        let blueprint = self.blueprint()?;
        self.tensors(&blueprint)?;
        let vocabulary = blueprint.shape.vocabulary;
        let beyond = |id: &&u32| i64::from(**id) >= vocabulary;
        if let Some(id) = self.eos()?.iter().find(beyond) {
            let message = format!("`eos_token_id` is {id}, and the embedding has {vocabulary} rows");
            return Err(self.config.damaged(message));
        }
        let tokenizer = self.needed_tokenizer()?;
        let refuse = |what: String| {
            let origin = self.origin();
            let message = format!("the tokenizer of `{origin}` {what}, its embedding {vocabulary} rows");
            Err(CheckpointError::damaged(message))
        };
        let largest = tokenizer.largest_id();
        if i64::from(largest) >= vocabulary {
            return refuse(format!("has ids up to {largest}"));
        }
        match tokenizer.prefix().iter().find(beyond) {
            Some(id) => refuse(format!("puts token {id} before every text")),
            None => Ok(()),
        }
    }

    /// Files that hold weights, in the order in which they are hashed; none where they are made in memory.
    ///
    /// # Errors
    /// There are none, or their index is damaged.
    pub fn weight_files(&self) -> Result<Vec<PathBuf>> {
        match &self.files {
            Files::Made => Ok(Vec::new()),
            Files::Folder(path) => folder::weights(path),
            Files::Gguf(file) => Ok(vec![file.path.clone()]),
        }
    }

    /// Names and sizes of all tensors, checked against the blueprint; None where weights are made in memory.
    ///
    /// # Errors
    /// A file is missing or damaged, or its tensors are not those that the config asks for.
    pub fn tensors(&self, blueprint: &Blueprint) -> Result<Option<Tensors>> {
        let mut tensors = match &self.files {
            Files::Made => return Ok(None),
            Files::Folder(path) => Tensors::open(&self.origin(), &folder::weights(path)?)?,
            Files::Gguf(file) => Tensors::gguf(file, &parse(file)?)?,
        };
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

/// A generation config; None where there is none.
fn generation(path: &Path) -> Result<Option<Json>> {
    let json = folder::json(path)?;
    match json.as_ref().filter(|json| !json.is_object()) {
        Some(other) => {
            let message = format!("`{}` is {}, expected an object", path.display(), kind(other));
            Err(CheckpointError::damaged(message))
        }
        None => Ok(json),
    }
}

/// The list of what a GGUF file holds.
fn parse(file: &Mapped) -> Result<Gguf<'_>> {
    Gguf::parse(file.bytes()).map_err(|error| damaged(file, &error))
}

/// Asks the vocabulary of a GGUF file.
fn vocabulary<T>(file: &Mapped, ask: impl FnOnce(&Vocab) -> std::result::Result<T, GgufError>) -> Result<T> {
    let listed = parse(file)?;
    Vocab::read(&listed).and_then(|vocab| ask(&vocab)).map_err(|error| damaged(file, &error))
}

fn damaged(file: &Mapped, error: &GgufError) -> CheckpointError {
    let message = format!("`{}`: {error}", file.path.display());
    match error {
        GgufError::Unsupported(_) | GgufError::BigEndian | GgufError::Version(_) => {
            CheckpointError::unsupported(
                message,
                "take another quantization of the model, or its safetensors",
            )
        }
        _ => CheckpointError::damaged(message),
    }
}

/// Whether a path is taken for a GGUF file: by its ending, whether it is there or not.
pub fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
}

fn needed<'s>(value: Option<&'s str>, key: &str) -> Result<&'s str> {
    value.ok_or_else(|| {
        CheckpointError::unsupported(format!("the model needs `{key}`"), format!("name it: `{key} = …`"))
    })
}

/// A text error's words and help apart.
fn split(text: &str) -> CheckpointError {
    let (message, help) = text.split_once("\nhelp: ").unwrap_or((text, "check the model's tokenizer"));
    CheckpointError { help: help.to_owned(), ..CheckpointError::damaged(message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = SOURCES.iter().map(|entry| entry.name).collect();
        let theirs: Vec<&str> = harness_protocol::MODELS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
