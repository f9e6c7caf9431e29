//! Where the init begins: reads what to do, enters the namespaces, and waits for the process inside.

use std::fs::File;
use std::io::{Read, Seek};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, getppid, setsid};

use super::namespace::{self, Namespaces};
use super::tell::{Teller, text};
use super::{fence, raw, reap};
use crate::sandbox::spec::{Event, Spec};
use crate::sandbox::tree;

/// Longest time for hunting down what a program left.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often the init looks whether the supervisor still runs.
const LOOK: Duration = Duration::from_millis(100);

/// The whole life of the init: what `Sandbox` starts must call this before it starts any thread.
///
/// Standard input tells what to run, events go to standard output, what programs print to standard error.
pub fn init_main() -> ! {
    let mut teller = Teller::new(1, true);
    if let Err(problem) = enter() {
        teller.tell(&Event::Failed(problem));
    }
    process::exit(0)
}

fn enter() -> Result<(), String> {
    raw::close_from(3, false)?;
    leave_the_callers_settings();
    SigSet::from_iter([Signal::SIGTERM, Signal::SIGCHLD]).thread_block().map_err(text)?;
    raw::end_with(getppid(), Signal::SIGKILL)?;
    let mut told = String::new();
    std::io::stdin().read_to_string(&mut told).map_err(text)?;
    let spec: Spec = serde_json::from_str(&told).map_err(text)?;
    let supervisor = Pid::from_raw(i32::try_from(spec.supervisor).map_err(text)?);
    // Opened here: from the program's file system the supervisor is not seen.
    let state = File::open(format!("/proc/{supervisor}/stat")).ok();
    let mut teller = Teller::new(1, spec.strict);
    let spaces = namespace::enter(&mut teller);
    // New rights may have undone it. With a namespace of processes this one's end is the end of all.
    let signal = if spaces.process { Signal::SIGKILL } else { Signal::SIGTERM };
    raw::end_with(supervisor, signal)?;
    match raw::fork_single_threaded()? {
        ForkResult::Child => reap::run(&mut teller, &spec, spaces),
        ForkResult::Parent { child } => wait_for(&mut teller, child, supervisor, state, spaces),
    }
}

/// Makes files, signals and the stack of programs the same whoever called. What cannot be set stays as it is.
fn leave_the_callers_settings() {
    umask(Mode::from_bits_truncate(0o022));
    // A terminal's keys are for the supervisor.
    let _ = setsid();
    raw::reset_signal(Signal::SIGCHLD);
    raw::reset_signal(Signal::SIGTERM);
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_STACK) {
        // Root may raise the hard limit too.
        let raised = setrlimit(Resource::RLIMIT_STACK, fence::STACK, hard.max(fence::STACK));
        if raised.is_err() {
            let _ = setrlimit(Resource::RLIMIT_STACK, fence::STACK.min(hard), hard);
        }
    }
}

/// Hands the supervisor's SIGTERM on until the process inside ends; without a supervisor, ends all below itself.
///
/// While the supervisor is stopped nobody holds the program to its limits, so it is ended then.
fn wait_for(
    teller: &mut Teller,
    child: Pid,
    supervisor: Pid,
    mut state: Option<File>,
    spaces: Namespaces,
) -> Result<(), String> {
    let waited = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGTERM]);
    loop {
        match waitpid(child, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => {}
            Ok(WaitStatus::Signaled(_, signal, _)) => return Err(format!("ended by {signal}")),
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(format!("waitpid: {error}")),
        }
        match raw::wait_for_signal(&waited, LOOK)? {
            Some(Signal::SIGTERM) => {
                let _ = kill(child, Signal::SIGTERM);
                if getppid() != supervisor {
                    hunt(child);
                    return Ok(());
                }
            }
            Some(_) => {}
            None if state.as_mut().is_some_and(is_stopped) => {
                teller.tell(&Event::Stopped);
                if spaces.process {
                    // Everything inside ends with it.
                    let _ = kill(child, Signal::SIGKILL);
                    waitpid(child, None).map_err(text)?;
                } else {
                    let _ = kill(child, Signal::SIGTERM);
                    hunt(child);
                }
                return Ok(());
            }
            None => {}
        }
    }
}

/// Whether the process of an open `/proc/PID/stat` is stopped by a signal. One that a debugger holds is not.
fn is_stopped(stat: &mut File) -> bool {
    let mut text = String::new();
    if stat.rewind().is_err() || stat.read_to_string(&mut text).is_err() {
        return false;
    }
    // The name in brackets may hold anything; the state is the first word behind it.
    let state = text.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
    state == Some("T")
}

/// Ends whatever the program became, again and again, until the process inside has nothing left to wait for.
fn hunt(child: Pid) {
    let begin = Instant::now();
    while matches!(waitpid(child, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(Errno::EINTR))
    {
        tree::end(&tree::below(child.as_raw().unsigned_abs()));
        if begin.elapsed() > PATIENCE {
            let _ = kill(child, Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(1));
    }
}
