//! Where baselines stand: each a folder by its name, with `baseline.json` and the history `sessions.jsonl`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Session;
use super::names::{Kept, SCHEMA};
use crate::hash;
use crate::state;
use crate::stop::Stop;
use crate::suite::{Variant, load_resolved, unknown_name};
use harness_text::printable::Shown;
use harness_text::regular;

/// The file that says what a baseline is.
const BASELINE: &str = "baseline.json";

/// Its sessions, one a line.
const SESSIONS: &str = "sessions.jsonl";

/// Folders that are not whole yet begin so.
pub(super) const UNFINISHED: &str = ".new-";

/// The folder of all baselines.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
}

/// A baseline that stands there.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub kept: Kept,
    /// What its sessions measured, oldest first.
    pub sessions: Vec<Session>,
    /// Lines of the history that this version cannot read.
    pub unread: usize,
}

impl Shelf {
    /// That of this user on this machine.
    ///
    /// # Errors
    /// Nothing says where it is.
    pub fn open() -> Result<Self, Stop> {
        Ok(Self { path: state::folder()?.join("baselines") })
    }

    /// Where a baseline of this name stands, or would.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where contents are kept.
    pub(super) fn objects(&self) -> PathBuf {
        self.path.join(".objects")
    }

    /// Names of all baselines, sorted.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Stop> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(Stop::missing(format!(
                    "cannot read `{}`: {error}\nhelp: make it readable, or set `{}` to another folder",
                    self.path.shown(),
                    state::VARIABLE
                )));
            }
            Ok(entries) => entries,
        };
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        Ok(names)
    }

    /// Removes what interrupted additions left.
    pub(super) fn clear_unfinished(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// The baseline of this name.
    ///
    /// # Errors
    /// There is none, or it is damaged or of a later version.
    pub fn find(&self, name: &str) -> Result<Baseline, Stop> {
        let names = self.names()?;
        if !names.iter().any(|known| known == name) {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            if known.is_empty() {
                return Err(Stop::missing(format!(
                    "there is no baseline `{name}`, nor any other\nhelp: store one from a finished run: `harness baseline add {name} RUN`"
                )));
            }
            return Err(Stop::missing(unknown_name("baseline", name, &known).to_string()));
        }
        Baseline::read(name, self.place(name))
    }
}

impl Baseline {
    fn read(name: &str, folder: PathBuf) -> Result<Self, Stop> {
        let path = folder.join(BASELINE);
        let damaged = |why: String| {
            Stop::missing(format!(
                "the baseline `{name}` {why}\nhelp: remove it with `harness baseline prune {name}`, and add it again"
            ))
        };
        let text = regular::read(&path, regular::WRITTEN)
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        let json: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| damaged(format!("is damaged: {error}")))?;
        match json.get("schema").and_then(serde_json::Value::as_u64) {
            Some(schema) if schema > u64::from(SCHEMA) => {
                return Err(Stop::missing(format!(
                    "the baseline `{name}` is of schema {schema}, this version reads up to {SCHEMA}\nhelp: use the version of harness that wrote it, or a newer one"
                )));
            }
            Some(_) => {}
            None => return Err(damaged("is damaged: it names no schema".to_owned())),
        }
        let kept: Kept =
            serde_json::from_value(json).map_err(|error| damaged(format!("is damaged: {error}")))?;
        let (sessions, unread) = state::entries(&folder.join(SESSIONS));
        Ok(Self { name: name.to_owned(), folder, kept, sessions, unread })
    }

    /// The stored variant, once every file that was kept is there as it was.
    ///
    /// # Errors
    /// A file is gone or has changed.
    pub fn variant(&self) -> anyhow::Result<Variant> {
        for file in &self.kept.files {
            let path = self.folder.join(&file.path);
            let why = match hash::file(&path) {
                Ok(found) if found == file.sha256 => continue,
                Ok(_) => "has changed".to_owned(),
                Err(error) => format!("is gone: {error}"),
            };
            return Err(Stop::missing(format!(
                "the baseline `{}` cannot run: its `{}` {why}\nhelp: remove it with `harness baseline prune {}`, and add it again from a run",
                self.name, file.path, self.name
            ))
            .into());
        }
        let suite = load_resolved(&self.kept.suite_resolved, &self.folder)?;
        let variant = suite.variants.into_iter().next();
        let none = || Stop::missing(format!("the baseline `{}` holds no variant", self.name));
        let mut variant = variant.ok_or_else(none)?;
        for word in variant.engine.command.iter_mut().flatten() {
            if self.kept.files.iter().any(|file| file.path == *word) {
                *word = self.folder.join(&*word).display().to_string();
            }
        }
        Ok(variant)
    }

    /// Adds one more session to its history.
    ///
    /// # Errors
    /// It has that run already, or the history cannot be written.
    pub(super) fn remember(&self, session: &Session) -> Result<(), Stop> {
        if self.sessions.iter().any(|known| known.is_same_run(session)) {
            return Err(Stop::usage(format!(
                "the baseline `{}` has this run already\nhelp: each session is a run of its own: run the suite again",
                self.name
            )));
        }
        state::append(&self.folder.join(SESSIONS), session)
    }
}

/// Writes a new baseline's own files into its folder.
pub(super) fn write(folder: &Path, kept: &Kept, session: &Session) -> anyhow::Result<()> {
    crate::store::write_json(&folder.join(BASELINE), kept)?;
    Ok(state::append(&folder.join(SESSIONS), session)?)
}
