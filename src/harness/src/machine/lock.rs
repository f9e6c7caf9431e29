//! One machine, one run: a lock that other runs on this machine see.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use fs4::TryLockError;
use harness_text::printable::Shown;

/// Held while a run measures; the kernel releases it with the process, however it ends.
#[derive(Debug)]
pub struct MachineLock(#[expect(dead_code, reason = "open means locked")] File);

/// Takes the lock, or says that another run has it.
pub fn acquire() -> Result<MachineLock> {
    let path = path();
    let file = open(&path).map_err(|error| {
        anyhow::anyhow!(
            "cannot open the lock `{}`: {error}\nhelp: make it readable, or pass `--no-exclusive`",
            path.shown()
        )
    })?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(MachineLock(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "another run is measuring on this machine\nhelp: wait for it, or pass `--no-exclusive` and accept that the two disturb each other"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock `{}`", path.shown()))
        }
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    match File::options().create(true).truncate(false).write(true).open(path) {
        Ok(file) => {
            // Other users must be able to lock it too; only its owner may say so.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o666));
            Ok(file)
        }
        // A lock needs no writing: another user's file will do.
        Err(_) => File::open(path),
    }
}

fn path() -> PathBuf {
    let shared = PathBuf::from("/run/lock");
    let folder = if shared.is_dir() { shared } else { std::env::temp_dir() };
    folder.join("harness-run.lock")
}
