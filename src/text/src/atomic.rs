//! Writes a file so that a reader finds the old one or the new one, never half of it.
//!
//! The new one has another name until it is whole. Its writer holds a lock on it: where one was killed, the next write
//! into the folder finds that nobody does, and removes what is left.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::TextError;
use crate::plain;

/// Names of files that are not whole begin so; no other program's do.
const UNFINISHED: &str = ".new-harness-";

/// Calls `fill` with a temporary file in the folder of `path`, then puts that file in place of `path`.
///
/// # Errors
/// What `fill` or the file system reports; `path` is then as it was before.
pub fn write_atomically(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    let mut temporary = beside(folder)?;
    fill(temporary.as_file_mut())?;
    put(temporary, folder, path)
}

/// The same for a writer that opens the file by its path.
///
/// # Errors
/// As [`write_atomically`].
pub fn replace(path: &Path, fill: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    let temporary = beside(folder)?;
    fill(temporary.path())?;
    // The writer may have made a file of its own under that name.
    File::open(temporary.path())?.sync_all()?;
    put(temporary, folder, path)
}

/// Writes `bytes` so; makes missing folders.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), TextError> {
    fs::create_dir_all(folder_of(path))
        .and_then(|()| write_atomically(path, |file| file.write_all(bytes)))
        .map_err(|source| TextError::Write { path: path.to_owned(), source })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    clear(folder);
    loop {
        // Temporary files are private by default; what is written here is for sharing (the umask still applies).
        let mode = Permissions::from_mode(0o666);
        let new = tempfile::Builder::new().prefix(UNFINISHED).permissions(mode).tempfile_in(folder)?;
        if hold(new.as_file())? {
            return Ok(new);
        }
    }
}

/// Locks a file that was just made; whether it is still there: another writer may have taken it for a leftover.
fn hold(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(false),
        // Where a file system has no locks, nothing is taken for a leftover either.
        _ => Ok(file.metadata()?.nlink() > 0),
    }
}

/// Removes what killed writers have left. What cannot be removed stays: it does no harm.
fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes())
            && let Ok(file) = plain::open(&entry.path(), File::options().read(true).write(true))
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn put(temporary: NamedTempFile, folder: &Path, path: &Path) -> io::Result<()> {
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // Without this the new name may be lost in a power cut although the data isn't.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_killed_writers_left_is_removed_and_what_is_held_or_foreign_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let foreign = [".new-other", "x.new-harness-abc", "table"];
        for name in foreign.iter().chain(&[".new-harness-left"]) {
            fs::write(at(name), "half").unwrap();
        }
        std::os::unix::fs::symlink(at("table"), at(".new-harness-link")).unwrap();
        fs::create_dir(at(".new-harness-folder")).unwrap();
        write_atomically(&at("outer"), |file| {
            file.write_all(b"whole")?;
            // This one is held: a write beside it leaves it alone.
            write_atomically(&at("inner"), |file| file.write_all(b"whole"))
        })
        .unwrap();
        assert!(!at(".new-harness-left").exists());
        for name in foreign.iter().chain(&[".new-harness-link", ".new-harness-folder", "outer", "inner"]) {
            assert!(at(name).exists(), "{name}");
        }
        assert_eq!(fs::read(at("outer")).unwrap(), b"whole");
    }

    #[test]
    fn writers_in_one_folder_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = folder.path().join(number.to_string());
                scope.spawn(move || {
                    for _ in 0..100 {
                        write_atomically(&path, |file| file.write_all(b"whole")).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 8);
    }

    #[test]
    fn a_new_file_takes_the_place_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        for text in ["old", "new"] {
            write_atomically(&path, |file| file.write_all(text.as_bytes())).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_writer_that_takes_a_path_leaves_the_old_file_too_where_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        replace(&path, |part| fs::write(part, "old")).unwrap();
        let failed = replace(&path, |part| {
            fs::write(part, "ne")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
