//! One folder, one writer: a lock that other processes see.

use std::fs::File;
use std::path::Path;

use fs4::TryLockError;
use harness_text::printable::Shown;

use crate::stop::Stop;

/// Held while a run folder is written; the kernel releases it with the process, however it ends.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "open means locked")] Option<File>);

impl FolderLock {
    /// Takes the lock of a folder.
    ///
    /// # Errors
    /// Another process has it.
    pub(super) fn take(folder: &Path) -> Result<Self, Stop> {
        // The folder itself is locked, so that no file is left over.
        let Ok(file) = File::open(folder) else { return Ok(Self(None)) };
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(Stop::usage(format!(
                "another process is writing into `{}`\nhelp: wait until it is done, or end it",
                folder.shown()
            ))),
            // Some network file systems lock no folders: nobody else can hold a lock there either.
            Err(TryLockError::Error(_)) => Ok(Self(None)),
        }
    }
}
