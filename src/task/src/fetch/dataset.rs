//! Fetches all files of a task set into a folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::client::{Client, check_address};
use super::download::{Wanted, download, hash_file};
use super::entry::{DatasetEntry, Form, Host, RemoteFile};
use super::hub::{self, Repository, file_url};
use super::origin::{FileOrigin, Origin, now};
use super::spec::{Checked, FetchSpec, Progress};
use crate::error::TaskError;

/// A task set that lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// In the board's order, those of a pattern in the hub's.
    pub files: Vec<FetchedFile>,
    /// The commit they are of.
    pub revision: String,
    /// Whether all lay there already, so that nothing was downloaded.
    pub from_cache: bool,
}

/// One of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Of the file as it lies there, in hexadecimal digits.
    pub sha256: String,
    /// Where it comes from, without credentials.
    pub url: String,
    /// What is in it.
    pub form: Form,
    /// What it was compared with.
    pub checked: Checked,
}

/// One file to have.
struct Planned {
    path: String,
    name: String,
    form: Form,
    pinned: Option<String>,
    listed: Option<String>,
}

/// Fetches a task set, and writes `origin.json` beside it. What lies there already is verified and kept: a
/// second call, and one with files that the board knows, needs no network.
///
/// Errors: no network, no leave, no such revision; a file that is not what it should be, which is removed; a
/// file of that name that no fetch brought, which stays; a folder that cannot be written.
pub fn fetch(
    entry: &DatasetEntry,
    spec: &FetchSpec,
    report: &mut dyn FnMut(Progress),
) -> Result<Fetched, TaskError> {
    let (address, token) = match entry.host {
        Host::Hub => (&spec.hub, spec.token.as_ref()),
        Host::GitHub => (&spec.raw, None),
    };
    let base = check_address(address)?;
    let by_hand = "or get the file on another machine: a suite's `task.path` takes any local file".to_owned();
    let client = Client::new(&base, token, spec.limits, by_hand)?;
    let out = spec.out.as_path();
    let _lock = lock(out, report)?;

    let before = Origin::read(out)?;
    if let Some(other) = before.as_ref().filter(|origin| origin.dataset != entry.name) {
        return Err(TaskError::refused(
            format!("`{}` holds the task set `{}`", out.display(), other.dataset),
            "fetch into another folder",
        ));
    }
    let recorded = before.as_ref().map(|origin| origin.revision.as_str());
    let revision = spec.revision.as_deref().or(entry.revision).or(recorded);
    let repository = Repository::from(entry);
    let commit = hub::commit(&client, repository, &base, revision.unwrap_or("main"), report)?;
    report(Progress::Revision(commit.clone()));
    let same = before.as_ref().filter(|origin| origin.revision == commit);
    let planned = plan(&client, entry, &base, &commit, same, report)?;

    let mut origin = Origin {
        dataset: entry.name.to_owned(),
        repo: entry.repo.to_owned(),
        revision: commit.clone(),
        licence: entry.licence.to_owned(),
        complete: false,
        files: Vec::new(),
    };
    let mut from_cache = true;
    for file in &planned {
        let known = same.and_then(|origin| origin.file(&file.name));
        let url = file_url(repository, &base, &commit, &file.path);
        let kept = keep(&out.join(&file.name), file, known, before.as_ref(), &url)?;
        if let Some(kept) = kept {
            report(Progress::Kept { name: file.name.clone() });
            origin.files.push(kept);
            continue;
        }
        from_cache = false;
        let wanted = Wanted {
            url: &url,
            target: &out.join(&file.name),
            name: &file.name,
            commit: &commit,
            unpack: file.path.ends_with(".gz"),
            pinned: file.pinned.as_deref(),
            listed: file.listed.as_deref(),
        };
        let brought = download(&client, &wanted, report)?;
        origin.files.push(FileOrigin {
            name: file.name.clone(),
            url,
            bytes: brought.bytes,
            sha256: brought.sha256,
            form: file.form,
            checked: brought.checked,
            fetched: now(),
        });
        // Whoever stops now finds next time which files are ours.
        let rest = before.iter().flat_map(|before| &before.files);
        let rest = rest.filter(|file| origin.file(&file.name).is_none()).cloned();
        let files = origin.files.iter().cloned().chain(rest).collect();
        Origin { files, ..origin.clone() }.write(out)?;
    }
    origin.complete = true;
    if before.as_ref() != Some(&origin) {
        origin.write(out)?;
    }
    let files = origin.files.into_iter().map(|file| FetchedFile {
        path: out.join(file.name),
        bytes: file.bytes,
        sha256: file.sha256,
        url: file.url,
        form: file.form,
        checked: file.checked,
    });
    Ok(Fetched { files: files.collect(), revision: commit, from_cache })
}

/// The folder for this process alone, until the file is dropped.
pub(super) fn lock(out: &Path, report: &mut dyn FnMut(Progress)) -> Result<File, TaskError> {
    fs::create_dir_all(out).map_err(|source| TaskError::Write { path: out.to_owned(), source })?;
    let path = out.join(".fetch.lock");
    let failed = |source| TaskError::Write { path: path.clone(), source };
    // A complete set may lie in a folder that only others may write.
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .or_else(|error| File::open(&path).map_err(|_| error))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            report(Progress::Waiting);
            file.lock().map_err(failed)?;
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    Ok(file)
}

/// Which files the entry has at a commit. Patterns are looked up in a complete record of the same commit, and
/// at the hub where there is none.
fn plan(
    client: &Client<'_>,
    entry: &DatasetEntry,
    base: &str,
    commit: &str,
    same: Option<&Origin>,
    report: &mut dyn FnMut(Progress),
) -> Result<Vec<Planned>, TaskError> {
    let mut planned = Vec::new();
    let at_board = entry.revision.is_some_and(|revision| revision.eq_ignore_ascii_case(commit));
    for &RemoteFile { path, name, form, sha256 } in entry.files {
        if !path.contains('*') {
            planned.push(Planned {
                path: path.to_owned(),
                name: name.to_owned(),
                form,
                pinned: sha256.filter(|_| at_board).map(str::to_owned),
                listed: None,
            });
            continue;
        }
        let listed = match same.filter(|origin| origin.complete) {
            Some(origin) => {
                let ours = origin.files.iter().filter(|file| hub::fits(path, &file.name));
                ours.map(|file| hub::Listed { path: file.name.clone(), bytes: None, sha256: None }).collect()
            }
            None => hub::matching(client, entry.into(), base, commit, path, report)?,
        };
        planned.extend(listed.into_iter().map(|file| Planned {
            name: file.path.clone(),
            path: file.path,
            form,
            pinned: None,
            listed: file.sha256,
        }));
    }
    Ok(planned)
}

/// What is known of a file that lies there and is right; None where it is to be brought. Refused: one that
/// lies there and may be the user's own.
fn keep(
    path: &Path,
    file: &Planned,
    known: Option<&FileOrigin>,
    before: Option<&Origin>,
    url: &str,
) -> Result<Option<FileOrigin>, TaskError> {
    if !path.exists() {
        return Ok(None);
    }
    let (bytes, found) = hash_file(path)?;
    let expected = file.pinned.as_deref().or(known.map(|known| known.sha256.as_str()));
    if expected == Some(&found) {
        return Ok(Some(known.filter(|known| known.sha256 == found).cloned().unwrap_or_else(|| {
            FileOrigin {
                name: file.name.clone(),
                url: url.to_owned(),
                bytes,
                sha256: found.clone(),
                form: file.form,
                checked: Checked::Board,
                fetched: None,
            }
        })));
    }
    if before.is_some_and(|origin| origin.file(&file.name).is_some()) {
        return Ok(None);
    }
    Err(TaskError::refused(
        format!("`{}` lies there already, and is not known to be what would be fetched", path.display()),
        "use it as it is with a suite's `task.path`, move it away, or fetch into another folder",
    ))
}
