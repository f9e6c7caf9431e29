//! Work on files that may be damaged, with a library that may panic over them.

use std::path::Path;

use harness_text::guard;
use polars::prelude::PolarsResult;

use super::TableError;

/// Names of the threads that the data frame library works in begin so: its pool, and the executor of its lazy frames.
const LIBRARY_THREADS: &[&str] = &["polars-", "async-executor-"];

/// Panics of guarded work are errors and say nothing from now on; all others are told as before.
pub fn keep_guarded_panics_quiet() {
    guard::keep_quiet(LIBRARY_THREADS);
}

/// Does something with a file; a panic says that the file is damaged.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> PolarsResult<T>) -> Result<T, TableError> {
    let damaged = |reason: String| TableError::Damaged { path: path.to_path_buf(), reason };
    guard::guarded(work)
        .ok_or_else(|| damaged("the Parquet reader gave up".to_owned()))?
        .map_err(|error| damaged(error.to_string()))
}
