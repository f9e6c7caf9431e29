//! The clock that harness and its engines share.

use libc::{CLOCK_MONOTONIC, clock_gettime, timespec};

/// `CLOCK_MONOTONIC` in nanoseconds: the same clock in every process of a machine, never set back, not
/// running while the machine is suspended.
#[expect(unsafe_code, reason = "clock_gettime fills a local struct")]
pub fn now_ns() -> i64 {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live local. The call cannot fail: this clock always exists on Linux.
    unsafe { clock_gettime(CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_and_never_goes_back() {
        let start = now_ns();
        let mut last = start;
        while last == start {
            let now = now_ns();
            assert!(now >= last);
            last = now;
        }
    }
}
