//! Work of libraries that panic over damaged files instead of saying so.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::thread;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Panics of guarded work say nothing from now on, nor do those of threads whose names begin with one of `threads`; all
/// others are told as before.
pub fn keep_quiet(threads: &'static [&'static str]) {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = thread::current();
        let name = thread.name().unwrap_or_default();
        let library = threads.iter().any(|begins| name.starts_with(begins));
        if !library && !GUARDED.get() {
            usual(info);
        }
    }));
}

/// What the work gives; None: it panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    outcome.ok()
}
