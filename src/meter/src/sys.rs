//! The calls of the C library that Rust's own library has no safe form of.

#![expect(unsafe_code, reason = "clocks of other processes exist only as C functions")]

use std::io;

use libc::{clockid_t, timespec};

/// Time since boot with the machine's sleep, ns: runs ahead of the monotonic clock by that.
pub(crate) fn boot_ns() -> i64 {
    clock_ns(libc::CLOCK_BOOTTIME).unwrap_or(0)
}

/// CPU time of the calling thread, ns.
pub(crate) fn thread_cpu_ns() -> u64 {
    clock_ns(libc::CLOCK_THREAD_CPUTIME_ID).map_or(0, i64::unsigned_abs)
}

/// CPU time of all threads of a process, ended ones included, ns. It also answers for a process that has
/// ended and was not yet waited for.
///
/// # Errors
/// The process does not exist.
pub(crate) fn process_cpu_ns(pid: u32) -> io::Result<u64> {
    let pid = libc::pid_t::try_from(pid).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    let mut clock: clockid_t = 0;
    // SAFETY: `clock` is valid for one write.
    match unsafe { libc::clock_getcpuclockid(pid, &mut clock) } {
        0 => clock_ns(clock).map(i64::unsigned_abs),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// Time between two ticks of the scheduler, ns: the step of the coarse clock, which moves at each tick.
pub(crate) fn scheduler_tick_ns() -> Option<u64> {
    let mut step = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `step` is valid for one write.
    let code = unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut step) };
    (code == 0).then(|| nanoseconds(step).unsigned_abs())
}

fn clock_ns(clock: clockid_t) -> io::Result<i64> {
    let mut time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for one write.
    match unsafe { libc::clock_gettime(clock, &mut time) } {
        0 => Ok(nanoseconds(time)),
        _ => Err(io::Error::last_os_error()),
    }
}

fn nanoseconds(time: timespec) -> i64 {
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_time_of_a_process_that_does_not_exist_is_an_error() {
        // Above the kernel's largest possible process id (2^22).
        assert!(process_cpu_ns(1 << 23).is_err());
        assert!(process_cpu_ns(u32::MAX).is_err());
    }

    #[test]
    fn work_moves_the_own_cpu_clock() {
        let before = process_cpu_ns(std::process::id()).unwrap();
        while process_cpu_ns(std::process::id()).unwrap() == before {}
    }

    #[test]
    fn the_scheduler_ticks_between_100_and_1000_times_a_second() {
        let tick = scheduler_tick_ns().unwrap();
        assert!((900_000..=10_100_000).contains(&tick), "{tick} ns");
    }
}
