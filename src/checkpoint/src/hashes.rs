//! SHA-256 of large files, remembered by path, size and time of change, so that a model is hashed once.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use harness_text::atomic;
use harness_text::hash;
use sha2::{Digest, Sha256};

/// A file changed so recently may change again without a new time.
const SETTLED: Duration = Duration::from_secs(2);

/// SHA-256 of the files' bytes, one file after another, in hexadecimal.
pub fn sha256(files: &[PathBuf]) -> io::Result<String> {
    let note = folder().zip(state(files)?).map(|(folder, state)| folder.join(hash::text(&state)));
    if let Some(known) = note.as_ref().and_then(|note| fs::read_to_string(note).ok())
        && known.len() == 64
        && known.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Ok(known);
    }
    let mut hash = Sha256::new();
    for file in files {
        hash::add_file(&mut hash, file)?;
    }
    let found = hash::hex(&hash.finalize());
    if let Some(note) = note {
        // A folder that cannot be written to costs time, nothing else.
        let _ = atomic::write(&note, found.as_bytes());
    }
    Ok(found)
}

/// What tells the files' content apart; None: one of them may still be changing.
fn state(files: &[PathBuf]) -> io::Result<Option<String>> {
    let mut state = String::new();
    for file in files {
        let found = fs::metadata(file)?;
        let age = SystemTime::now().duration_since(found.modified()?);
        if age.map_or(true, |age| age < SETTLED) {
            return Ok(None);
        }
        let path = fs::canonicalize(file)?;
        state.push_str(&format!(
            "{}\0{}\0{}\0{}.{:09}\0{}.{:09}\n",
            path.display(),
            found.len(),
            found.ino(),
            found.mtime(),
            found.mtime_nsec(),
            found.ctime(),
            found.ctime_nsec()
        ));
    }
    Ok(Some(state))
}

/// Where notes lie: below the user's cache.
fn folder() -> Option<PathBuf> {
    Some(cache()?.join("sha256"))
}

/// The user's cache of this project.
pub fn cache() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|path| Path::new(path).is_absolute());
    let base = match named {
        Some(path) => PathBuf::from(path),
        None => Path::new(&std::env::var_os("HOME").filter(|home| !home.is_empty())?).join(".cache"),
    };
    Some(base.join("harness"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_hashed_as_one_and_a_young_one_is_never_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let files = [folder.path().join("a"), folder.path().join("b")];
        fs::write(&files[0], "a").unwrap();
        fs::write(&files[1], "bc").unwrap();
        assert_eq!(sha256(&files).unwrap(), hash::text("abc"));
        assert_eq!(state(&files).unwrap(), None);
        let old = SystemTime::now() - Duration::from_secs(60);
        for file in &files {
            fs::File::options().write(true).open(file).unwrap().set_modified(old).unwrap();
        }
        let before = state(&files).unwrap().unwrap();
        fs::write(&files[1], "bd").unwrap();
        fs::File::options().write(true).open(&files[1]).unwrap().set_modified(old).unwrap();
        assert_ne!(state(&files).unwrap().unwrap(), before, "the time of change tells");
    }
}
