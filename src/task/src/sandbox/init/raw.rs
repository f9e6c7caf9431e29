//! System calls for which no safe function exists.

#![expect(unsafe_code, reason = "system calls")]

use std::ffi::CString;
use std::io;
use std::os::fd::RawFd;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{ForkResult, Pid, fork, getppid};

use super::tell::text;

/// Forks. The init has one thread, so the child may do whatever the parent may.
pub(super) fn fork_single_threaded() -> Result<ForkResult, String> {
    // SAFETY: the process has one thread, so no lock is held by a thread that the child lacks.
    unsafe { fork() }.map_err(|error| format!("fork: {error}"))
}

/// Has the kernel send this process a signal when its parent ends; an error where that has ended already.
pub(super) fn end_with(parent: Pid, signal: Signal) -> Result<(), String> {
    set_pdeathsig(signal).map_err(text)?;
    if getppid() == parent { Ok(()) } else { Err(format!("process {parent} is gone")) }
}

/// Makes `to` another name of `from`, not closed on exec.
pub(super) fn duplicate(from: RawFd, to: RawFd) -> Result<(), String> {
    // SAFETY: numbers only; nothing else in the process owns descriptor `to`.
    match unsafe { libc::dup2(from, to) } {
        -1 => Err(format!("dup2: {}", io::Error::last_os_error())),
        _ => Ok(()),
    }
}

/// Closes every descriptor from `first` on, or marks them for exec.
pub(super) fn close_from(first: u32, on_exec: bool) -> Result<(), String> {
    let flags = if on_exec { libc::CLOSE_RANGE_CLOEXEC } else { 0 };
    // SAFETY: numbers only; called before anything owns a descriptor of that range, or with `on_exec`.
    match unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, flags) } {
        -1 => Err(format!("close_range: {}", io::Error::last_os_error())),
        _ => Ok(()),
    }
}

/// Adds attributes to the mount at `path`, and to those below it; takes none away.
pub(super) fn restrict_mount(path: &Path, attributes: u64, below: bool) -> Result<(), String> {
    let name = CString::new(path.as_os_str().as_encoded_bytes()).map_err(text)?;
    let wanted = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = if below { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the name ends in a zero byte, and the struct is as long as said; both outlive the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            name.as_ptr(),
            flags,
            &raw const wanted,
            size_of::<libc::mount_attr>(),
        )
    };
    match done {
        -1 => Err(format!("mount_setattr `{}`: {}", path.display(), io::Error::last_os_error())),
        _ => Ok(()),
    }
}

/// Takes every capability out of the set that running a program could give back.
pub(super) fn drop_capability_bounds() -> Result<(), String> {
    for capability in 0..=63 {
        // SAFETY: numbers only.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } == -1 {
            let error = io::Error::last_os_error();
            // The kernel knows no capability of this number, nor of a higher one.
            if error.raw_os_error() == Some(libc::EINVAL) {
                return Ok(());
            }
            return Err(format!("prctl PR_CAPBSET_DROP: {error}"));
        }
    }
    Ok(())
}

/// Waits for one of the signals, which must be blocked; None: the time went by, or another signal came.
pub(super) fn wait_for_signal(signals: &SigSet, time: Duration) -> Result<Option<Signal>, String> {
    let time = libc::timespec {
        tv_sec: time.as_secs() as libc::time_t,
        tv_nsec: time.subsec_nanos() as libc::c_long,
    };
    // SAFETY: both structs outlive the call; nothing is to be told of the signal.
    match unsafe { libc::sigtimedwait(signals.as_ref(), std::ptr::null_mut(), &raw const time) } {
        -1 => match Errno::last() {
            Errno::EAGAIN | Errno::EINTR => Ok(None),
            error => Err(format!("sigtimedwait: {error}")),
        },
        signal => Signal::try_from(signal).map(Some).map_err(text),
    }
}

/// Has the kernel give this process, and what it becomes, no transparent huge pages. Kernels without any refuse it.
pub(super) fn use_small_pages() {
    // SAFETY: numbers only.
    let _ = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
}

/// Gives a signal its default effect back, which exec would not.
pub(super) fn reset_signal(signal: Signal) {
    // SAFETY: no handler is installed, only the default.
    let _ = unsafe { nix::sys::signal::signal(signal, nix::sys::signal::SigHandler::SigDfl) };
}
