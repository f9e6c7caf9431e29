//! The clock that everything is stamped with.

/// `CLOCK_MONOTONIC` in nanoseconds: the same clock in every process of a machine, never set back, not
/// running while the machine is suspended.
pub fn now_ns() -> i64 {
    crate::sys::monotonic_ns()
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
