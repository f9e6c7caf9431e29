//! The suite of a run folder: where it was read, and what it means.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use harness_text::printable::Shown;

use super::{MANIFEST, Manifest};
use crate::stop::{MISSING, Stop};
use crate::suite::{Suite, SuiteError, load_resolved};

/// The suite that the manifest of the run in `path` holds.
///
/// # Errors
/// An earlier version kept too little, or a later one more than this one reads.
pub fn suite_of(manifest: &Manifest, path: &Path) -> Result<Suite> {
    let Some(folder) = manifest.suite_folder.as_ref().filter(|_| !manifest.shares.is_empty()) else {
        return Err(Stop::missing(format!(
            "`{}` was made by a version that kept too little to go on with\nhelp: run the suite again",
            path.shown()
        ))
        .into());
    };
    let mut suite = load_resolved(&manifest.suite_resolved, &found_suite_folder(folder, path))
        .map_err(|error| damaged(&error, path))?;
    if suite.tasks.len() != manifest.shares.len() {
        return Err(Stop::missing(format!(
            "`{}` is damaged: `shares` are of {} tasks and `suite_resolved` has {}\nhelp: copy the run folder again, or run the suite again",
            path.join(MANIFEST).display(),
            manifest.shares.len(),
            suite.tasks.len()
        ))
        .into());
    }
    suite.text.clone_from(&manifest.suite_text);
    suite.profile.clone_from(&manifest.profile);
    Ok(suite)
}

/// What a resolved suite says that no suite may is the manifest's fault, not its reader's.
fn damaged(error: &SuiteError, path: &Path) -> anyhow::Error {
    if error.exit_code() == MISSING {
        return anyhow::Error::from(error.clone());
    }
    let said = error.to_string();
    let why = said.lines().next().unwrap_or_default();
    Stop::missing(format!(
        "`{}` is damaged: `suite_resolved`: {why}\nhelp: copy the run folder again, or run the suite again",
        path.join(MANIFEST).display()
    ))
    .into()
}

/// The suite's folder as seen from the run folder; from `~` where the run folder is not below it, so that the user's
/// name is not told.
pub fn suite_folder(suite: &Path, run: &Path) -> Option<String> {
    let folder = std::path::absolute(suite).ok()?.parent()?.to_owned();
    let run = std::path::absolute(run).ok()?;
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.components().count() > 1);
    if let Some(inside) = home.as_ref().and_then(|home| folder.strip_prefix(home).ok())
        && !home.as_ref().is_some_and(|home| run.starts_with(home))
    {
        return Some(Path::new("~").join(inside).display().to_string());
    }
    let shared = folder.components().zip(run.components()).take_while(|(a, b)| a == b).count();
    let up = run.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(folder.components().skip(shared)).collect();
    Some(way.display().to_string())
}

/// Where the suite's folder is, for the run in this folder.
fn found_suite_folder(stored: &str, run: &Path) -> PathBuf {
    match (stored.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(inside), Some(home)) => Path::new(&home).join(inside),
        _ => run.join(stored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suites_folder_is_found_again_from_the_run_folder() {
        let stored = suite_folder(Path::new("/a/b/suites/x.toml"), Path::new("/a/runs/1")).unwrap();
        assert_eq!(stored, "../../b/suites");
        assert_eq!(
            found_suite_folder(&stored, Path::new("/a/runs/1")),
            Path::new("/a/runs/1/../../b/suites")
        );
    }
}
