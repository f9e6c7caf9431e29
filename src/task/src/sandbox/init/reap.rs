//! The first process around a program: starts its steps, ends what they leave behind, counts what they used.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::prctl::{set_child_subreaper, set_dumpable, set_pdeathsig};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, chdir, execve, getpid, pipe2, setsid};

use super::namespace::Namespaces;
use super::tell::{Teller, text};
use super::{fence, raw, root};
use crate::sandbox::layer;
use crate::sandbox::spec::{Event, Finish, Spec, Step};

/// The descriptor on which a program proves that it came to its end.
const RESULT_END: i32 = 3;

/// Time in which a supervisor that ends what a step left hears that nothing is left: else it would end the next step.
const SETTLE: Duration = Duration::from_millis(200);

/// Most bytes kept of what a step writes to its result descriptor.
const RESULT: usize = 2048;

/// Builds the file system, then runs every step, or one that does nothing but shut the doors.
pub(super) fn run(teller: &mut Teller, spec: &Spec, mut spaces: Namespaces) -> Result<(), String> {
    set_pdeathsig(Signal::SIGKILL).map_err(text)?;
    set_child_subreaper(true).map_err(text)?;
    let mut work = spec.scratch.to_string_lossy().into_owned();
    spaces.files =
        spaces.mount && teller.layer(layer::FILES, root::build(&spec.visible, spec.disk, spaces.process));
    if spaces.files {
        root::WORK.clone_into(&mut work);
    }
    // The program cannot look into this process, even where both are the same user.
    set_dumpable(false).map_err(text)?;
    if teller.must_stop() && !spec.steps.is_empty() {
        return Ok(());
    }
    for (name, content) in &spec.files {
        fs::write(Path::new(&work).join(name), content).map_err(|error| format!("`{name}`: {error}"))?;
    }
    if spec.steps.is_empty() {
        // With time enough to shut the doors.
        let nothing = Step { cpu_seconds: 60, ..Step::default() };
        return start(teller, spec, &nothing, &work, spaces).map(|_| ());
    }
    for (number, step) in spec.steps.iter().enumerate() {
        if number > 0 && !spaces.process {
            thread::sleep(SETTLE);
        }
        let before = cpu_seconds();
        let Some((child, result)) = start(teller, spec, step, &work, spaces)? else { return Ok(()) };
        let begin = Instant::now();
        teller.tell(&Event::Started(number));
        let status = await_end(child)?;
        let seconds = begin.elapsed().as_secs_f64();
        teller.tell(&Event::Ended(number));
        end_rest(spaces);
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(text)?;
        let (code, signal) = match status {
            WaitStatus::Exited(_, code) => (Some(code), None),
            WaitStatus::Signaled(_, signal, _) => (None, Some(signal as i32)),
            _ => (None, None),
        };
        teller.tell(&Event::Finished(Finish {
            step: number,
            code,
            signal,
            seconds,
            cpu_seconds: cpu_seconds() - before,
            peak_bytes: u64::try_from(usage.max_rss()).unwrap_or(0) * 1024,
            result: read_result(result),
        }));
        if code != Some(0) {
            return Ok(());
        }
    }
    Ok(())
}

/// Starts a step behind all its doors; None: it did not start, and why was told.
fn start(
    teller: &mut Teller,
    spec: &Spec,
    step: &Step,
    work: &str,
    spaces: Namespaces,
) -> Result<Option<(Pid, OwnedFd)>, String> {
    let (input, input_end) = pipe2(OFlag::O_CLOEXEC).map_err(text)?;
    // Whoever floods the result loses its own proof and does not block.
    let (result, result_end) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(text)?;
    let (told, told_end) = pipe2(OFlag::O_CLOEXEC).map_err(text)?;
    File::from(input_end).write_all(step.input.as_bytes()).map_err(text)?;
    let parent = getpid();
    match raw::fork_single_threaded()? {
        ForkResult::Child => {
            drop((result, told));
            let mut own = Teller::new(told_end.as_raw_fd(), spec.strict);
            if let Err(problem) =
                become_program(&mut own, spec, step, work, spaces, parent, [&input, &result_end])
            {
                own.tell(&Event::Failed(problem));
            }
            // Not `exit`: nothing of the parent's is to be flushed or closed twice.
            drop_out()
        }
        ForkResult::Parent { child } => {
            drop((input, result_end, told_end));
            let mut started = true;
            // Ends when the program takes over, or its process ends.
            for line in BufReader::new(File::from(told)).lines().map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(Event::Layer { name, problem }) => {
                        teller.layer(&name, problem.map_or(Ok(()), Err));
                    }
                    Ok(event) => {
                        started = false;
                        teller.tell(&event);
                    }
                    Err(error) => return Err(format!("`{line}`: {error}")),
                }
            }
            if started && !teller.must_stop() && !step.command.is_empty() {
                return Ok(Some((child, result)));
            }
            waitpid(child, None).map_err(text)?;
            Ok(None)
        }
    }
}

/// Shuts the doors and hands the process over; returns only where it cannot, or is not to.
fn become_program(
    teller: &mut Teller,
    spec: &Spec,
    step: &Step,
    work: &str,
    spaces: Namespaces,
    parent: Pid,
    [input, result]: [&OwnedFd; 2],
) -> Result<(), String> {
    setsid().map_err(text)?;
    // Of a huge page no part is given back, so that some of it would be held and not seen.
    raw::use_small_pages();
    chdir(work).map_err(|error| format!("`{work}`: {error}"))?;
    // Out of the way of the numbers that the program expects.
    let aside = |end: &OwnedFd| fcntl(end, FcntlArg::F_DUPFD_CLOEXEC(10)).map_err(text);
    let (input, result) = (aside(input)?, aside(result)?);
    raw::duplicate(input, 0)?;
    raw::duplicate(2, 1)?;
    fence::shut(teller, spec, step, work, spaces);
    // Only now: becoming another user undoes it.
    raw::end_with(parent, Signal::SIGKILL)?;
    if teller.must_stop() || step.command.is_empty() {
        return Ok(());
    }
    raw::close_from(3, true)?;
    raw::duplicate(result, RESULT_END)?;
    // A caller's ignored signals, such as those of `nohup`, are not the program's.
    Signal::iterator().for_each(raw::reset_signal);
    SigSet::empty().thread_set_mask().map_err(text)?;
    let strings = |from: &[String]| -> Result<Vec<CString>, String> {
        from.iter().map(|word| CString::new(placed(word, work)).map_err(text)).collect()
    };
    let (command, environment) = (strings(&step.command)?, strings(&step.environment)?);
    let Some(program) = command.first() else { return Ok(()) };
    let failed: Result<Infallible, Errno> = execve(program, &command, &environment);
    let Err(error) = failed;
    Err(format!("cannot execute `{}`: {error}", step.command[0]))
}

/// A word of a step with the program's folder in it, where that is another than inside a private file system.
fn placed(word: &str, work: &str) -> String {
    word.strip_suffix("=/tmp").map_or(word.to_owned(), |name| format!("{name}={work}"))
}

#[expect(unsafe_code, reason = "_exit(2)")]
fn drop_out() -> ! {
    // SAFETY: ends the process; nothing runs after it.
    unsafe { libc::_exit(0) }
}

/// Waits for the first process of a step, or for the supervisor's word that it is over.
fn await_end(child: Pid) -> Result<WaitStatus, String> {
    let waited = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGTERM]);
    loop {
        loop {
            match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => break,
                Ok(status @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..))) if pid == child => {
                    return Ok(status);
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(format!("waitpid: {error}")),
            }
        }
        if waited.wait().map_err(text)? == Signal::SIGTERM {
            let _ = kill(child, Signal::SIGKILL);
        }
    }
}

/// Ends and reaps all that is left. Without a namespace of processes the supervisor does the ending.
fn end_rest(spaces: Namespaces) {
    loop {
        if spaces.process {
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        }
        match waitpid(Pid::from_raw(-1), None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}

fn cpu_seconds() -> f64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return 0.0 };
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6)
        .sum()
}

/// The last bytes of what was written; all writers are gone, or the pipe does not block.
fn read_result(result: OwnedFd) -> String {
    let mut bytes = Vec::new();
    let _ = File::from(result).take(1 << 20).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(RESULT)..]).into_owned()
}
