//! The clock that harness and its engines share.

use libc::{CLOCK_MONOTONIC, clock_gettime, timespec};

/// CLOCK_MONOTONIC, ns.
#[expect(unsafe_code, reason = "clock_gettime fills a local struct")]
pub fn now_ns() -> i64 {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live local.
    unsafe { clock_gettime(CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
