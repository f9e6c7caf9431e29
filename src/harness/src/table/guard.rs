//! Work on files that may be damaged, with a library that may panic over them.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use polars::prelude::PolarsResult;

use super::TableError;

/// Names of the threads that the data frame library works in begin so.
const LIBRARY_THREADS: &str = "polars-";

thread_local! {
    static GUARDED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Panics of guarded work are errors and say nothing from now on; all others are told as before.
pub fn keep_guarded_panics_quiet() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let library = thread::current().name().is_some_and(|name| name.starts_with(LIBRARY_THREADS));
        if !library && !GUARDED.get() {
            usual(info);
        }
    }));
}

/// Does something with a file; a panic says that the file is damaged.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> PolarsResult<T>) -> Result<T, TableError> {
    let damaged = |reason: String| TableError::Damaged { path: path.to_path_buf(), reason };
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    outcome
        .map_err(|_| damaged("the Parquet reader gave up".to_owned()))?
        .map_err(|error| damaged(error.to_string()))
}
