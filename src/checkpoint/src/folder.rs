//! A folder as Hugging Face publishes models: config.json, safetensors, tokenizer.json and notes beside them.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use harness_text::regular;
use serde_json::Value as Json;

use crate::config::{clip, kind};
use crate::error::{CheckpointError, Result};

/// The config.
pub const CONFIG: &str = "config.json";
/// The tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";
/// End tokens and habits of sampling, beside the config.
pub const GENERATION: &str = "generation_config.json";
/// The weights in one file.
pub const WEIGHTS: &str = "model.safetensors";
/// The list of files that the weights are spread over.
pub const INDEX: &str = "model.safetensors.index.json";

/// The files of the weights, in name order; those of an index need not be there.
pub fn weights(folder: &Path) -> Result<Vec<PathBuf>> {
    let whole = folder.join(WEIGHTS);
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    let index = folder.join(INDEX);
    if !index.is_file() {
        return Err(without_weights(folder));
    }
    let json = json(&index)?.unwrap_or_default();
    let map = json.get("weight_map").and_then(Json::as_object).ok_or_else(|| {
        CheckpointError::damaged(format!("`{}` is damaged: it has no `weight_map`", index.display()))
    })?;
    let damaged = |why: String| CheckpointError::damaged(format!("`{}` {why}", index.display()));
    let mut names = BTreeSet::new();
    for (tensor, file) in map {
        let name = file.as_str().ok_or_else(|| {
            damaged(format!("says {} for tensor `{}`, expected a file's name", kind(file), clip(tensor)))
        })?;
        if name.is_empty() || name.contains(['/', '\\', '\0']) || name == ".." || name == "." {
            return Err(damaged(format!("names `{}`, expected a file of its own folder", clip(name))));
        }
        names.insert(name);
    }
    if names.is_empty() {
        return Err(damaged("names no file of weights".to_owned()));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The files that are read from a folder, sorted: whether they are there or not, but for those that may be absent.
pub fn files(folder: &Path, weights: bool) -> Result<Vec<PathBuf>> {
    let mut files = vec![folder.join(CONFIG), folder.join(TOKENIZER)];
    files.extend(Some(folder.join(GENERATION)).filter(|path| path.is_file()));
    if weights {
        files.extend(self::weights(folder)?);
        files.extend(
            Some(folder.join(INDEX)).filter(|path| path.is_file() && !folder.join(WEIGHTS).is_file()),
        );
    }
    files.sort();
    Ok(files)
}

fn without_weights(folder: &Path) -> CheckpointError {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let found = |ending: &str| names.iter().find(|name| name.ends_with(ending));
    let shown = folder.display();
    if let Some(pickled) = [".bin", ".pt", ".pth", ".ckpt"].iter().find_map(|ending| found(ending)) {
        return CheckpointError::unsupported(
            format!("`{shown}` holds its weights as `{pickled}`, which can run any code when it is read"),
            "convert it once in Python: `AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW)`, and `AutoTokenizer` likewise",
        );
    }
    if let Some(gguf) = found(".gguf") {
        return CheckpointError::missing(
            format!("`{shown}` holds no {WEIGHTS}"),
            format!("name the file: `{}`", folder.join(gguf).display()),
        );
    }
    CheckpointError::missing(
        format!("`{shown}` holds no {WEIGHTS}"),
        format!("fetch the model again, with {WEIGHTS} or {INDEX} and the files that it names"),
    )
}

/// A JSON file; None where there is no such file.
pub fn json(path: &Path) -> Result<Option<Json>> {
    let text = match regular::read_text(path, regular::WRITTEN) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CheckpointError::unreadable(path, error)),
    };
    let json = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| CheckpointError::damaged(format!("`{}` is no JSON: {error}", path.display())))?;
    Ok(Some(json))
}
