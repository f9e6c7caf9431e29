//! Hashes that a manifest names: a file is read only where it is the one that the run wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use harness_text::printable::Shown;
use harness_text::regular;

use super::manifest::{MANIFEST, Manifest};
use crate::hash;
use crate::stop::Stop;

/// Folder of what each step of a run has left, until the tables are joined.
pub(super) const PARTS: &str = "parts";

/// The files of a run folder as its manifest lists them, and those that were found to be whole.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// SHA-256 by name; None: nothing has a hash, since the run has not ended or this process writes the folder.
    hashes: Option<BTreeMap<String, String>>,
    /// Whether parts may be read that are not listed: this process writes them.
    grows: bool,
    /// Names of files whose bytes have the listed hash. Each is hashed once.
    whole: Mutex<BTreeSet<String>>,
}

impl Listed {
    /// The files that a manifest lists.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let hashes: BTreeMap<String, String> =
            manifest.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect();
        Self { hashes: Some(hashes).filter(|hashes| !hashes.is_empty()), ..Self::default() }
    }

    /// Lets parts be added to those that are listed.
    pub(super) fn let_grow(&mut self) {
        self.grows = true;
    }

    /// Whether a file is listed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.hashes.as_ref().is_some_and(|hashes| hashes.contains_key(name))
    }

    /// That a file of the folder is plain, and the one that the manifest lists.
    ///
    /// # Errors
    /// A [`Stop`] that names the file: it is damaged, missing, or not listed.
    pub(super) fn check(&self, folder: &Path, name: &str) -> Result<(), Stop> {
        let path = folder.join(name);
        let unread = |error: io::Error| {
            Stop::missing(format!(
                "cannot read `{}`: {error}\nhelp: copy the run folder again; `harness runs` lists those that are whole",
                path.shown()
            ))
        };
        regular::open(&path).map_err(unread)?;
        let Some(hashes) = &self.hashes else { return Ok(()) };
        let Some(expected) = hashes.get(name) else {
            if self.grows && name.starts_with(PARTS) {
                return Ok(());
            }
            return Err(Stop::missing(format!(
                "`{}` is not among the files that {MANIFEST} lists\nhelp: copy the run folder again; `harness verify {}` checks all of it",
                path.shown(),
                folder.shown()
            )));
        };
        if self.whole.lock().unwrap_or_else(PoisonError::into_inner).contains(name) {
            return Ok(());
        }
        if hash::file(&path).map_err(unread)? != *expected {
            return Err(Stop::missing(format!(
                "`{}` is damaged: its SHA-256 differs from {MANIFEST}\nhelp: copy the run folder again; `harness verify {}` says what else differs",
                path.shown(),
                folder.shown()
            )));
        }
        self.whole.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        Ok(())
    }
}
