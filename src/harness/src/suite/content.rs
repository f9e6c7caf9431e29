//! What lies where a suite points: the files of a model, and hashes of what they and the data hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use harness_checkpoint::hashes;
use harness_protocol::ModelSource;

use crate::hash;

/// SHA-256 of the names and hashes of the files that are read of a model; empty where it is built in. Another engine
/// than the own one may do without the weights: those that are there count.
///
/// # Errors
/// A file that is needed cannot be read.
pub(super) fn model_sha256(model: &ModelSource, own_engine: bool) -> anyhow::Result<String> {
    let mut listing = String::new();
    for file in model_files(model, own_engine)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = hashes::sha256(std::slice::from_ref(&file));
        let sha256 = sha256.with_context(|| format!("cannot read `{}`", file.display()))?;
        listing.push_str(&format!("{sha256}  {name}\n"));
    }
    Ok(hash::text(&listing))
}

/// The files that are read of a model, sorted.
///
/// # Errors
/// The model is not on this machine, or lacks something that the engine needs.
pub(crate) fn model_files(model: &ModelSource, own_engine: bool) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::from_iter(harness_checkpoint::files(model, false)?);
    match harness_checkpoint::files(model, true) {
        Ok(all) => files.extend(all.into_iter().filter(|file| own_engine || file.is_file())),
        Err(error) if own_engine => return Err(error.into()),
        Err(_) => {}
    }
    Ok(files)
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
