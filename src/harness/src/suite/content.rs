//! What lies where a suite points: the files of a model, and hashes of what they and the data hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value as Json;

use crate::hash;

/// Files of a model folder that harness itself reads, to cut items.
pub(super) const CONFIG: &[&str] = &["config.json", "tokenizer.json"];
/// The weights in one file.
pub(super) const WEIGHTS: &str = "model.safetensors";
/// The list of files that the weights are spread over, where they are.
pub(super) const INDEX: &str = "model.safetensors.index.json";

/// The names of the files that `harness-engine` and harness read from a model folder, sorted, whether they are there
/// or not.
pub(crate) fn model_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files: BTreeSet<String> = CONFIG.iter().map(|name| (*name).to_owned()).collect();
    let index = folder.join(INDEX);
    if folder.join(WEIGHTS).is_file() || !index.is_file() {
        files.insert(WEIGHTS.to_owned());
        return Ok(files.into_iter().collect());
    }
    let text = std::fs::read_to_string(&index).with_context(|| format!("cannot read `{INDEX}`"))?;
    let json: Json = serde_json::from_str(&text).with_context(|| format!("`{INDEX}` is damaged"))?;
    let map = json.get("weight_map").and_then(Json::as_object);
    let map = map.with_context(|| format!("`{INDEX}` is damaged: it has no `weight_map`"))?;
    files.insert(INDEX.to_owned());
    files.extend(map.values().filter_map(Json::as_str).map(str::to_owned));
    Ok(files.into_iter().collect())
}

/// SHA-256 of the names and hashes of the files that are read from a model folder. Another engine than the own one may
/// do without the weights: those that are there count.
///
/// # Errors
/// A file that is needed cannot be read.
pub(super) fn model_sha256(folder: &Path, own_engine: bool) -> anyhow::Result<String> {
    let mut files = model_files(folder);
    if !own_engine {
        let mut known =
            files.unwrap_or_else(|_| CONFIG.iter().chain(&[INDEX]).map(|file| (*file).to_owned()).collect());
        known.retain(|file| CONFIG.contains(&file.as_str()) || folder.join(file).is_file());
        files = Ok(known);
    }
    let mut listing = String::new();
    for file in files? {
        listing.push_str(&format!("{}  {}\n", file_sha256(&folder.join(&file))?, file));
    }
    Ok(hash::text(&listing))
}

/// SHA-256 of a task's data: of the file's bytes, or of the listing of all files in the folder.
///
/// # Errors
/// Something in it cannot be read.
pub(crate) fn data_sha256(path: &Path) -> anyhow::Result<String> {
    if !path.is_dir() {
        return file_sha256(path);
    }
    let mut files = Vec::new();
    list(path, &mut files)?;
    files.sort();
    let mut listing = String::new();
    for file in &files {
        let name = file.strip_prefix(path).unwrap_or(file).display();
        listing.push_str(&format!("{}  {name}\n", file_sha256(file)?));
    }
    Ok(hash::text(&listing))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read `{}`", folder.display()))?;
        // A link may lead in a circle; what it names is no part of the folder.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), files)?,
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}

/// SHA-256 of a file's bytes, 64 lower-case hexadecimal digits.
pub(crate) fn file_sha256(path: &Path) -> anyhow::Result<String> {
    hash::file(path).with_context(|| format!("cannot read `{}`", path.display()))
}
