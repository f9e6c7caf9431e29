//! Work of libraries that panic over damaged files instead of saying so.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::thread;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Panics of guarded work say nothing from now on, nor do those of threads whose names begin with `threads`; all others
/// are told as before.
pub fn keep_quiet(threads: &'static str) {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let library = thread::current().name().is_some_and(|name| name.starts_with(threads));
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
