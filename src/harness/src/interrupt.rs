//! Signals that ask the program to end: a run then ends after what it is doing, with a readable folder.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::exit;

use crate::stop::INTERRUPTED;

/// Signals so close together are one wish: `timeout` sends SIGTERM to a process and again to its group, and launchers
/// hand on the SIGINT that the terminal has sent already.
const ONE_WISH: Duration = Duration::from_secs(1);

/// Whether a signal only asks.
static LISTENING: AtomicBool = AtomicBool::new(false);

/// Whether one has asked.
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP end the program with exit code 130, and a file that grows beyond `ulimit -f`
/// gives an error in place of a death. A SIGHUP that the caller ignores, as `nohup` does, stays ignored. Programs that
/// are started have the usual dispositions: handlers do not outlive an exec.
///
/// # Errors
/// The system gives no handler or no thread.
pub fn watch() -> io::Result<()> {
    static WATCHING: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
    WATCHING.get_or_init(|| begin().map_err(|error| error.kind())).map_err(io::Error::from)
}

/// From now on these signals only ask; one more SIGINT or SIGTERM a second later ends the program at once. SIGHUP never
/// does: a terminal that closes sends it twice.
///
/// # Errors
/// As [`watch`].
pub fn listen() -> io::Result<()> {
    watch()?;
    LISTENING.store(true, Ordering::SeqCst);
    Ok(())
}

/// Whether the user wants to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

fn begin() -> io::Result<()> {
    remember_children();
    // Its default action would end the program within a write.
    flag::register(SIGXFSZ, std::sync::Arc::default())?;
    let mut asking = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        asking.push(SIGHUP);
    }
    let signals = Signals::new(asking)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || attend(signals)).map(drop)
}

fn attend(mut signals: Signals) {
    let mut first: Option<Instant> = None;
    for signal in signals.forever() {
        if !LISTENING.load(Ordering::SeqCst) {
            exit(i32::from(INTERRUPTED));
        }
        REQUESTED.store(true, Ordering::SeqCst);
        let begun = *first.get_or_insert_with(Instant::now);
        if signal != SIGHUP && begun.elapsed() > ONE_WISH {
            exit(i32::from(INTERRUPTED));
        }
    }
}

/// Gives SIGCHLD its usual effect: a caller that ignores it would have the kernel forget how children ended.
#[expect(unsafe_code, reason = "signal(2)")]
fn remember_children() {
    // SAFETY: no handler is installed, only the default.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
}

/// Whether the caller has left the signal ignored.
#[expect(unsafe_code, reason = "sigaction(2), which only asks")]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: all zeros are a valid `sigaction`, and a null pointer for the new action changes nothing.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut now) == 0 && now.sa_sigaction == libc::SIG_IGN
    }
}
