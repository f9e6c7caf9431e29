//! Writes whole files so that a reader never sees half of one.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::TaskError;

/// Writes `bytes` under a temporary name beside `path`, syncs, and renames. Makes missing folders.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), TaskError> {
    let failed = |source| TaskError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut file = File::create(&part).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}
