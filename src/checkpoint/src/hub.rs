//! Where models from a hub lie: in the cache that Python's `huggingface_hub` keeps, so that what is there is not
//! fetched twice.

use std::path::{Path, PathBuf};

use harness_text::regular;

use crate::error::{CheckpointError, Result};

/// The revision that is taken where none is named.
pub const MAIN: &str = "main";

/// The cache's folder; None: the machine names no home.
pub fn cache() -> Option<PathBuf> {
    let named = |key: &str| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(cache) = named("HF_HUB_CACHE") {
        return Some(cache);
    }
    if let Some(home) = named("HF_HOME") {
        return Some(home.join("hub"));
    }
    let base = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(base.join("huggingface/hub"))
}

/// Refuses what is no name on a hub, before it becomes part of a path or an address.
pub fn check_name(name: &str) -> std::result::Result<(), String> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.contains("..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match name.split('/').collect::<Vec<_>>()[..] {
        [owner, model] if part(owner) && part(model) && name.len() <= 200 => Ok(()),
        _ => Err(format!("`{name}` is no model's name, expected `owner/name`")),
    }
}

/// Refuses what is no revision.
pub fn check_revision(revision: &str) -> std::result::Result<(), String> {
    let good = !revision.is_empty()
        && revision.len() <= 200
        && revision.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
        && revision.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if good {
        Ok(())
    } else {
        Err(format!("`{revision}` is no revision, expected a branch, a tag or a commit"))
    }
}

/// The folder of a model in the cache.
pub fn repository(cache: &Path, name: &str) -> PathBuf {
    cache.join(format!("models--{}", name.replace('/', "--")))
}

/// The folder of a model's files; None: not fetched yet.
pub fn snapshot(cache: &Path, name: &str, revision: &str) -> Option<PathBuf> {
    let repository = repository(cache, name);
    let named = regular::read_text(&repository.join("refs").join(revision), regular::WRITTEN);
    let commit = named.map_or_else(|_| revision.to_owned(), |text| text.trim().to_owned());
    let folder = repository.join("snapshots").join(commit);
    folder.is_dir().then_some(folder)
}

/// The folder of a model's files.
///
/// # Errors
/// The names are none, or the model was not fetched yet.
pub fn find(name: &str, revision: Option<&str>) -> Result<PathBuf> {
    let revision = revision.unwrap_or(MAIN);
    let refused = |message| CheckpointError::unsupported(message, "write for example `hub = \"org/name\"`");
    check_name(name).and_then(|()| check_revision(revision)).map_err(refused)?;
    cache().and_then(|cache| snapshot(&cache, name, revision)).ok_or_else(|| {
        CheckpointError::missing(
            format!("the model `{name}` (revision `{revision}`) is not on this machine yet"),
            format!("fetch it: `harness fetch model {name} --revision {revision}`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_and_revisions_that_lead_elsewhere_are_refused() {
        for name in ["a", "a/b/c", "../b", "a/..", "a/.b", "a/b c", "", "/b", "a/", "a/-b"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("HuggingFaceTB/SmolLM2-135M").is_ok());
        for revision in ["", "..", "a/../b", "a b", "/a", ".git"] {
            assert!(check_revision(revision).is_err(), "{revision}");
        }
        assert!(check_revision("refs/pr/1").is_ok());
    }

    #[test]
    fn a_snapshot_is_found_by_branch_and_by_commit() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("models--a--b/snapshots/c0ffee");
        fs::create_dir_all(&folder).unwrap();
        let refs = cache.path().join("models--a--b/refs");
        fs::create_dir_all(&refs).unwrap();
        fs::write(refs.join("main"), "c0ffee\n").unwrap();
        for revision in ["main", "c0ffee"] {
            assert_eq!(snapshot(cache.path(), "a/b", revision), Some(folder.clone()));
        }
        assert_eq!(snapshot(cache.path(), "a/b", "v2"), None);
        assert_eq!(snapshot(cache.path(), "a/c", "main"), None);
    }
}
