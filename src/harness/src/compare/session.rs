//! A run as a session: one stay on a machine, with its own temperature, layout of memory and other load.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use harness_text::printable::Shown;

use super::report::Side;
use crate::record::{Phase, WindowConditions, WindowRecord};
use crate::stop::Stop;
use crate::store::{Manifest, RunFolder};
use crate::summary::{Summary, SummaryRow};

/// A finished run with what it says.
pub struct Session {
    /// Name of the run folder, or its path where two have one name.
    pub name: String,
    /// Its tables.
    pub folder: RunFolder,
    /// What was run, with what, on what.
    pub manifest: Manifest,
    /// What it says.
    pub summary: Summary,
}

impl Session {
    /// Opens a run folder.
    ///
    /// # Errors
    /// A [`Stop`] where it holds no run, or one that is damaged, not complete or of a newer version.
    pub fn open(path: &Path) -> Result<Self> {
        let (folder, manifest) = RunFolder::open(path)?;
        let summary = folder.stored_summary(&manifest)?;
        let named =
            path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let name = named.unwrap_or_else(|| path.display().to_string());
        Ok(Self { name, folder, manifest, summary })
    }

    /// Opens several, each under a name of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_all(paths: &[impl AsRef<Path>]) -> Result<Vec<Self>> {
        let mut sessions = paths.iter().map(|path| Self::open(path.as_ref())).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = sessions.iter().map(|session| session.name.clone()).collect();
        for session in &mut sessions {
            if names.iter().filter(|name| **name == session.name).count() > 1 {
                session.name = session.folder.path().display().to_string();
            }
        }
        Ok(sessions)
    }

    /// What it says of a variant on a task.
    pub fn row(&self, task: &str, variant: &str) -> Option<&SummaryRow> {
        self.summary.rows.iter().find(|row| row.task == task && row.variant == variant)
    }

    /// How it is named in reports.
    pub(super) fn side(&self) -> Side {
        Side {
            run: self.name.clone(),
            created_utc: self.manifest.created_utc.clone(),
            harness_version: self.manifest.harness_version.clone(),
            git: self.manifest.git.clone(),
            suite_sha256: self.manifest.suite_sha256.clone(),
            hardware_key: self.manifest.hardware.key.clone(),
        }
    }

    /// What its measured windows say of the machine, each thing once, joined by `+`; None where nothing tells.
    ///
    /// # Errors
    /// The table of windows is damaged.
    pub(super) fn condition(
        windows: &[WindowRecord],
        of: fn(&WindowConditions) -> Option<String>,
    ) -> Option<String> {
        let measured = windows.iter().filter(|window| window.phase == Phase::Window);
        let all: BTreeSet<String> = measured.filter_map(|window| of(&window.conditions)).collect();
        (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join("+"))
    }
}

/// That no session is named twice.
///
/// # Errors
/// Two of them are the same, or one was made from the other.
pub(super) fn all_different(sessions: &[&Session]) -> Result<(), Stop> {
    let identity = |session: &Session| {
        let Manifest { created_utc, suite_sha256, mono_anchor, .. } = &session.manifest;
        (created_utc.clone(), suite_sha256.clone(), *mono_anchor)
    };
    for (place, session) in sessions.iter().enumerate() {
        if let Some(other) = sessions[..place].iter().find(|other| identity(other) == identity(session)) {
            return Err(Stop::usage(format!(
                "`{}` and `{}` are one session\nhelp: name every run once; a copy, or a run that was measured or scored again, is no second one",
                other.folder.path().shown(),
                session.folder.path().shown()
            )));
        }
    }
    Ok(())
}

/// The first digits of a hash, which tell it from others at a glance.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(8).collect()
}
