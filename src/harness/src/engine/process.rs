//! The engine process as harness sees it: started afresh for every cell, ended with its whole group.

use std::io::{BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use harness_meter::now_ns;
use harness_meter::proc::oom_kills;
use harness_protocol::{
    MAX_CAPABILITIES, MAX_CLOCK_SKEW_NS, MAX_LINE, MAX_NAME, Matmul, PROTOCOL, Reply, Request, TF32_SWITCH,
};
use harness_text::printable::Shown;

use super::failure::{CellFailure, Scope};
use super::identity::{EngineIdentity, can_start, program_sha256, redacted};
use super::line::read_reply;
use super::log::EngineLog;
use crate::interrupt;
use crate::record::Status;
use crate::suite::EngineSpec;

/// How often a wait looks whether the run was interrupted.
const GLANCE: Duration = Duration::from_millis(50);

/// How long an engine may take to leave after `shutdown`.
const LEAVING: Duration = Duration::from_secs(5);

/// Replies that may wait: an engine that floods its output waits too, and does not fill the memory.
const WAITING: usize = 16;

/// Exit codes of shells and of the system's loader: the program was not run.
const NOT_RUN: [i32; 2] = [126, 127];

/// A running engine. Dropping it ends its process group.
pub struct Engine {
    child: Child,
    requests: Option<Sender<Vec<u8>>>,
    replies: Receiver<Result<Reply, String>>,
    log: EngineLog,
    proc_root: PathBuf,
    oom_kills: Option<u64>,
    /// As the suite says it.
    command: Option<Vec<String>>,
    program_sha256: Option<String>,
    /// From its `hello`.
    pub name: String,
    /// From its `hello`.
    pub version: String,
    /// What it can do.
    pub capabilities: Vec<String>,
}

impl Engine {
    /// Starts an engine and shakes hands; what it prints to standard error goes to `log`.
    ///
    /// Below `proc_root` the kernel tells whether it killed the engine for want of memory.
    pub fn start(
        spec: &EngineSpec,
        log: &Path,
        timeout: Duration,
        proc_root: &Path,
    ) -> Result<Self, CellFailure> {
        Self::start_for(Matmul::F32, spec, log, timeout, proc_root)
    }

    /// Starts an engine for a training that multiplies in `matmul`.
    pub fn start_for(
        matmul: Matmul,
        spec: &EngineSpec,
        log: &Path,
        timeout: Duration,
        proc_root: &Path,
    ) -> Result<Self, CellFailure> {
        let mut command = match &spec.command {
            Some(words) => {
                let mut command = Command::new(words.first().map_or("", String::as_str));
                command.args(words.iter().skip(1));
                command
            }
            None => Command::new(own_engine().map_err(of_every_cell)?),
        };
        let unwritten = |error| CellFailure::failed(format!("cannot write the engine's log: {error}"));
        let (printed, stderr) = std::io::pipe().map_err(unwritten)?;
        let log = EngineLog::keep(printed, log).map_err(unwritten)?;
        // Threads that wait should sleep: spinning ones would be paid for as if they worked.
        command.env("OMP_WAIT_POLICY", "passive").env("OMP_NUM_THREADS", spec.threads.to_string());
        // CUDA's own order puts the fastest first; the meters count GPUs as the bus does.
        command.env("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        // Set for every engine: from the user's own environment it would turn f32 into TF32 unnoticed.
        command.env(TF32_SWITCH, if matmul == Matmul::Tf32 { "1" } else { "0" });
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).process_group(0);
        die_with_harness(&mut command);
        // Before it runs: nothing of this is measured, and later cells find it done.
        let program_sha256 = program_sha256(command.get_program());
        let oom_kills = oom_kills(proc_root);
        let mut child = command.spawn().map_err(|error| {
            of_every_cell(format!("cannot start `{}`: {error}", command.get_program().to_string_lossy()))
        })?;
        // It holds an end of the pipe, and the log's own end would never come.
        drop(command);
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let requests = stdin.map(write_requests);
        let (sender, replies) = sync_channel(WAITING);
        if let Some(stdout) = stdout {
            thread::spawn(move || {
                let mut reader = BufReader::new(stdout);
                while let Some(reply) = read_reply(&mut reader) {
                    if sender.send(reply).is_err() {
                        return;
                    }
                }
            });
        }
        let mut engine = Self {
            child,
            requests,
            replies,
            log,
            proc_root: proc_root.to_owned(),
            oom_kills,
            command: spec.command.clone(),
            program_sha256,
            name: String::new(),
            version: String::new(),
            capabilities: Vec::new(),
        };
        engine.shake_hands(timeout)?;
        Ok(engine)
    }

    /// The process to measure.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Which engine this is, as manifests hold it.
    pub fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: self.name.clone(),
            version: self.version.clone(),
            protocol: PROTOCOL,
            command: self.command.as_deref().map(redacted),
            sha256: self.program_sha256.clone(),
        }
    }

    /// Sends one request.
    pub fn send(&mut self, request: &Request) -> Result<(), CellFailure> {
        let mut line = serde_json::to_vec(request).map_err(|error| CellFailure::failed(error.to_string()))?;
        line.push(b'\n');
        if line.len() > MAX_LINE {
            return Err(CellFailure::failed(format!(
                "a request of {} bytes exceeds the protocol's limit",
                line.len()
            )));
        }
        match self.requests.as_ref().map(|requests| requests.send(line)) {
            Some(Ok(())) => Ok(()),
            _ => Err(self.gone()),
        }
    }

    /// The next reply that is no progress report; a fault is a failure.
    pub fn receive(&mut self, deadline: Instant, what: &str) -> Result<Reply, CellFailure> {
        loop {
            if interrupt::requested() {
                return Err(CellFailure::interrupted());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Looked at first: an engine that never stops talking runs out of time like a silent one.
                let reason = format!("no answer to `{what}` in time: the engine was ended");
                return Err(CellFailure { status: Status::Timeout, ..CellFailure::failed(reason) });
            }
            match self.replies.recv_timeout(left.min(GLANCE)) {
                Ok(Ok(Reply::Progress { .. })) => {}
                Ok(Ok(Reply::Fault { kind, message, item })) => {
                    return Err(CellFailure::fault(kind, &message, item));
                }
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(message)) => return Err(CellFailure::failed(format!("bad reply: {message}"))),
                Err(RecvTimeoutError::Disconnected) => return Err(self.gone()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Asks the engine to leave and waits for it.
    pub fn shut_down(mut self) -> Result<(), CellFailure> {
        self.send(&Request::Shutdown)?;
        self.requests = None;
        let deadline = Instant::now() + LEAVING;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(self.ended(status)),
                _ if Instant::now() >= deadline => {
                    return Err(CellFailure::failed("the engine did not leave after `shutdown`"));
                }
                _ => thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn shake_hands(&mut self, timeout: Duration) -> Result<(), CellFailure> {
        let sent = now_ns();
        self.send(&Request::Hello { protocol: PROTOCOL, now_ns: sent })?;
        let Reply::Hello { protocol, engine, version, now_ns: theirs, capabilities } =
            self.receive(Instant::now() + timeout, "hello")?
        else {
            return Err(of_every_cell("the engine did not answer `hello` with `hello`"));
        };
        if protocol != PROTOCOL {
            return Err(of_every_cell(format!("the engine speaks protocol {protocol}, expected {PROTOCOL}")));
        }
        // The engine's stamp lies between our two, if both read the same clock.
        if theirs < sent - MAX_CLOCK_SKEW_NS || theirs > now_ns() + MAX_CLOCK_SKEW_NS {
            return Err(of_every_cell("the engine's clock is not harness's CLOCK_MONOTONIC"));
        }
        let names = || [&engine, &version].into_iter().chain(&capabilities);
        if capabilities.len() > MAX_CAPABILITIES || names().any(|name| name.chars().count() > MAX_NAME) {
            return Err(of_every_cell(format!(
                "`hello` names more than {MAX_CAPABILITIES} capabilities, or has a name of more than {MAX_NAME} characters"
            )));
        }
        if engine.is_empty() {
            return Err(of_every_cell("`hello` names no engine"));
        }
        (self.name, self.version, self.capabilities) = (engine, version, capabilities);
        Ok(())
    }

    /// Why the engine does not answer any more.
    fn gone(&mut self) -> CellFailure {
        let deadline = Instant::now() + LEAVING;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return self.ended(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        CellFailure::failed("the engine closed its output")
    }

    /// How the engine ended, with its last words.
    fn ended(&self, status: ExitStatus) -> CellFailure {
        let how = match (status.signal(), status.code()) {
            (Some(libc::SIGKILL), _) if oom_kills(&self.proc_root) > self.oom_kills => {
                return CellFailure::failed("the kernel killed the engine: out of memory");
            }
            (Some(signal), _) => format!("the engine was killed by signal {signal}"),
            (None, code) => format!("the engine ended with exit code {}", code.unwrap_or_default()),
        };
        // Before `hello` these codes come of the program's file and of its libraries, not of chance.
        let not_run = self.name.is_empty() && status.code().is_some_and(|code| NOT_RUN.contains(&code));
        let why = if not_run { ": its program, or a library of it, could not be loaded" } else { "" };
        let failure = CellFailure::failed(format!("{how}{why}; {}", self.log.last_words()));
        if not_run { failure.of(Scope::Variant) } else { failure }
    }
}

impl Drop for Engine {
    #[expect(unsafe_code, reason = "kill(2) on the engine's own process group")]
    fn drop(&mut self) {
        let group = self.child.id().cast_signed();
        // SAFETY: plain system call; the group is the engine's own, and its leader is not yet reaped or just was.
        unsafe { libc::kill(-group, libc::SIGKILL) };
        let _ = self.child.wait();
    }
}

/// Writes from a thread of its own: an engine that stopped reading must run into its timeout, not block
/// harness on a full pipe.
fn write_requests(mut stdin: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, lines) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for line in lines {
            if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    sender
}

/// An engine in a process group of its own would outlive a killed harness.
#[expect(unsafe_code, reason = "prctl(2) between fork and exec")]
fn die_with_harness(command: &mut Command) {
    // SAFETY: prctl is one system call; it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
}

/// SHA-256 of the program that would be started; None: it cannot be read.
pub fn sha256_of(spec: &EngineSpec) -> Option<String> {
    program_sha256(program(spec).ok()?.as_ref())
}

/// The program of an engine: a path, or a name that is looked for in `PATH`.
///
/// # Errors
/// `harness-engine` is not there.
pub fn program(spec: &EngineSpec) -> Result<String, String> {
    match &spec.command {
        Some(words) => Ok(words.first().cloned().unwrap_or_default()),
        None => own_engine().map(|path| path.display().to_string()),
    }
}

/// Why an engine's program cannot be started; None: it is there.
pub fn program_trouble(spec: &EngineSpec) -> Option<String> {
    match program(spec) {
        Ok(program) if can_start(program.as_ref()) => None,
        Ok(program) => Some(format!("cannot start `{program}`: no such program")),
        Err(trouble) => Some(trouble),
    }
}

/// A failure before a model is loaded, of which no cell of the variant is free.
fn of_every_cell(reason: impl Into<String>) -> CellFailure {
    CellFailure::failed(reason).of(Scope::Variant)
}

/// `harness-engine` beside harness's own program.
fn own_engine() -> Result<PathBuf, String> {
    let own =
        std::env::current_exe().map_err(|error| format!("cannot find harness's own program: {error}"))?;
    let beside = own.with_file_name("harness-engine");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(format!("there is no `{}`", beside.shown()))
}
