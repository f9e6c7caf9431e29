//! Folders of the host that programs may fill: removed with their owner, or found later and removed then.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::init::{NOBODY, nobody_is_mapped};
use crate::error::TaskError;

/// How the names of all such folders begin.
const PREFIX: &str = "harness-sandbox-";

/// A folder for one program, removed with all that is in it.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    /// Held while the folder is in use: a sweep takes only what nobody holds.
    _lock: File,
}

impl Scratch {
    /// A new folder among the system's temporary ones.
    pub fn new() -> Result<Self, TaskError> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(folder: &Path) -> Result<Self, TaskError> {
        loop {
            let path = folder.join(format!("{PREFIX}{:032x}", rand::random::<u128>()));
            let failed = |source| TaskError::Write { path: path.clone(), source };
            fs::create_dir(&path).map_err(failed)?;
            match hold(&path) {
                Ok(lock) => return Ok(Self { path, _lock: lock }),
                // A sweep came between.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

/// Locks the folder and gives it to whom programs run as.
fn hold(path: &Path) -> io::Result<File> {
    // First: the caller's file mask may have left no right to it.
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    let lock = File::open(path)?;
    lock.lock_shared()?;
    if geteuid().is_root() && nobody_is_mapped() {
        match chown(path, Some(NOBODY), Some(NOBODY)) {
            // A root without its rights: its programs run in a user namespace, where the folder is theirs as it is.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            other => other?,
        }
    }
    Ok(lock)
}

/// Removes folders whose processes were killed before they could. What cannot be removed stays.
pub(super) fn sweep() {
    sweep_in(&std::env::temp_dir());
}

fn sweep_in(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_ours) {
        let options = libc::O_DIRECTORY | libc::O_NOFOLLOW;
        let opened = OpenOptions::new().read(true).custom_flags(options).open(entry.path());
        if let Ok(lock) = opened
            && lock.try_lock().is_ok()
        {
            let _ = remove(&entry.path());
        }
    }
}

/// Removes a folder with all that a program left in it: folders without rights, and folders within each other deeper
/// than a path can name.
fn remove(top: &Path) -> io::Result<()> {
    open(top)?;
    let mut hoisted = 0_u64;
    loop {
        let before = hoisted;
        for entry in fs::read_dir(top)? {
            let path = entry?.path();
            if path.symlink_metadata()?.is_dir() {
                hoisted += hoist(&path, top, hoisted)?;
                fs::remove_dir(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        if hoisted == before {
            return fs::remove_dir(top);
        }
    }
}

/// Empties a folder: removes its files, and moves the folders in it to `top`. Returns how many were moved.
fn hoist(folder: &Path, top: &Path, count: u64) -> io::Result<u64> {
    open(folder)?;
    let mut moved = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.symlink_metadata()?.is_dir() {
            // Its own rights count too: it gets another parent.
            open(&path)?;
            fs::rename(&path, top.join(format!("hoisted-{:016x}-{}", rand::random::<u64>(), count + moved)))?;
            moved += 1;
        } else {
            fs::remove_file(&path)?;
        }
    }
    Ok(moved)
}

/// Gives its owner all rights over a folder that nobody uses any more.
fn open(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// By name and owner: this user, or the one that root's programs run as.
fn is_ours(entry: &DirEntry) -> bool {
    let user = geteuid();
    entry.file_name().to_string_lossy().starts_with(PREFIX)
        && entry.metadata().is_ok_and(|data| {
            data.is_dir() && (data.uid() == user.as_raw() || user.is_root() && data.uid() == NOBODY)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_program_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new_in(folder.path()).unwrap();
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o751)).unwrap();
        for name in ["a/b/c", "shut/in", "a/b/d"] {
            fs::create_dir_all(scratch.path().join(name)).unwrap();
        }
        fs::write(scratch.path().join("a/b/c/file"), "").unwrap();
        std::os::unix::fs::symlink(&outside, scratch.path().join("a/link")).unwrap();
        for name in ["shut/in", "shut", "a/b"] {
            fs::set_permissions(scratch.path().join(name), fs::Permissions::from_mode(0o000)).unwrap();
        }
        // Deeper than a process has descriptors, and than a path may be long.
        let mut deep = scratch.path().join("deep");
        fs::create_dir(&deep).unwrap();
        for _ in 0..3000 {
            let around = scratch.path().join("around");
            fs::create_dir(&around).unwrap();
            fs::rename(&deep, around.join("d")).unwrap();
            deep = scratch.path().join("deep");
            fs::rename(&around, &deep).unwrap();
        }
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
        assert_eq!(fs::metadata(&outside).unwrap().permissions().mode() & 0o777, 0o751);
    }

    #[test]
    fn a_sweep_takes_only_what_nobody_holds() {
        let folder = tempfile::tempdir().unwrap();
        let held = Scratch::new_in(folder.path()).unwrap();
        let left = folder.path().join(format!("{PREFIX}left"));
        fs::create_dir_all(left.join("deep")).unwrap();
        fs::create_dir(folder.path().join("another")).unwrap();
        fs::write(folder.path().join(format!("{PREFIX}file")), "").unwrap();
        sweep_in(folder.path());
        assert!(!left.exists() && held.path().exists());
        drop(held);
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["another", "harness-sandbox-file"]);
    }
}
