//! Runs one init with its program from outside: enforces limits, drains output, hears events.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::memory::Memory;
use super::outcome::{Exceeded, Seen};
use super::spec::{Event, Spec};
use super::tree;

/// How often limits are looked at.
const TICK: Duration = Duration::from_millis(10);

/// Longest time for building the sandbox, and for taking it down, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of standard error that are kept of its beginning, and of its end.
const KEPT: usize = 4096;

/// The command that becomes the init: it must call `init_main` before it starts a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// The executable.
    pub program: PathBuf,
    /// What makes it an init, such as a hidden subcommand.
    pub arguments: Vec<String>,
}

/// What the supervisor holds a program to.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Wall-clock time of each step.
    pub steps: Vec<Duration>,
    /// Bytes in memory of all processes.
    pub memory: u64,
    /// Bytes of output.
    pub output: u64,
    /// Whether all of the program's processes end with the init.
    pub contained: bool,
}

/// A layer and why it is missing.
pub(super) type LayerEvent = (String, Option<String>);

/// Runs it to its end, or until `stop` says so, and returns what was seen, with every layer that was told of.
pub(super) fn run(
    init: &Init,
    spec: &Spec,
    watch: &Watch,
    stop: &(dyn Fn() -> bool + Sync),
) -> (Seen, Vec<LayerEvent>) {
    let mut seen = Seen { steps: spec.steps.len(), ..Seen::default() };
    let mut child = match start(init, spec) {
        Ok(child) => child,
        Err(problem) => {
            seen.problem = Some(problem);
            return (seen, Vec::new());
        }
    };
    let (events, output) = (hear(&mut child), drain(&mut child));
    let memory = Memory::default();
    let mut run = Run { seen, layers: Vec::new(), step: None, ending: None, watch, init: child.id(), memory };
    loop {
        let next = events.recv_timeout(TICK);
        let over = matches!(next, Err(RecvTimeoutError::Disconnected));
        for event in next.into_iter().chain(events.try_iter()) {
            run.take(event);
        }
        if over {
            break;
        }
        if stop() {
            run.interrupt();
        }
        if run.check(output.lock().unwrap_or_else(PoisonError::into_inner).count).is_break() {
            // Everything inside ends with it, where the kernel sees to that.
            let left = tree::below(run.init);
            let _ = child.kill();
            tree::end(&left);
            run.seen.problem.get_or_insert_with(|| "the sandbox did not end in time".to_owned());
            break;
        }
    }
    let _ = child.wait();
    let output = output.lock().unwrap_or_else(PoisonError::into_inner);
    run.seen.head = String::from_utf8_lossy(&output.head).into_owned();
    run.seen.tail = output.tail();
    (run.seen, run.layers)
}

fn start(init: &Init, spec: &Spec) -> Result<Child, String> {
    let kept =
        ["PATH", "LD_LIBRARY_PATH"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut child = Command::new(&init.program)
        .args(&init.arguments)
        .env_clear()
        .envs(kept)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {error}", init.program.display()))?;
    let told = serde_json::to_vec(spec).map_err(|error| error.to_string());
    let written = told.and_then(|told| match child.stdin.take() {
        // Dropped behind, which ends what the init reads.
        Some(mut pipe) => pipe.write_all(&told).map_err(|error| error.to_string()),
        None => Err("no pipe".to_owned()),
    });
    if let Err(error) = written {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("`{}` does not listen: {error}", init.program.display()));
    }
    Ok(child)
}

/// Hears events until nobody can tell any.
fn hear(child: &mut Child) -> Receiver<Event> {
    let (sender, events) = channel();
    if let Some(pipe) = child.stdout.take() {
        // Without the thread nobody hears, which is told as a sandbox that ended without a word.
        let _ = thread::Builder::new().spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line)
                    .unwrap_or_else(|_| Event::Failed(format!("the init said `{line}`")));
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
    }
    events
}

#[derive(Default)]
struct Output {
    count: u64,
    head: Vec<u8>,
    tail: VecDeque<u8>,
}

impl Output {
    /// The end as text, without the line that begins before it.
    fn tail(&self) -> String {
        let text = String::from_utf8_lossy(&self.tail.iter().copied().collect::<Vec<u8>>()).into_owned();
        if self.count <= KEPT as u64 {
            return text;
        }
        format!("…{}", text.split_once('\n').map_or(text.as_str(), |(_, whole)| whole))
    }
}

/// Reads output as fast as it comes, so that writers never wait, and keeps only its beginning and its end.
fn drain(child: &mut Child) -> Arc<Mutex<Output>> {
    let output = Arc::new(Mutex::new(Output::default()));
    if let Some(mut pipe) = child.stderr.take() {
        let shared = Arc::clone(&output);
        let _ = thread::Builder::new().spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut output = shared.lock().unwrap_or_else(PoisonError::into_inner);
                output.count += count as u64;
                let room = KEPT.saturating_sub(output.head.len()).min(count);
                output.head.extend(&buffer[..room]);
                output.tail.extend(&buffer[count.saturating_sub(KEPT)..count]);
                let surplus = output.tail.len().saturating_sub(KEPT);
                output.tail.drain(..surplus);
            }
        });
    }
    output
}

/// One run under way.
struct Run<'a> {
    seen: Seen,
    layers: Vec<LayerEvent>,
    /// The step that runs, since when, and whether its first process ended.
    step: Option<(usize, Instant, bool)>,
    /// Since when it is being built or taken down; None while a program runs.
    ending: Option<Instant>,
    watch: &'a Watch,
    init: u32,
    memory: Memory,
}

impl Run<'_> {
    fn take(&mut self, event: Event) {
        match event {
            Event::Layer { name, problem } => self.layers.push((name, problem)),
            Event::Started(step) => {
                self.step = Some((step, Instant::now(), false));
                self.ending = None;
            }
            Event::Ended(step) => {
                self.step = self.step.map(|(_, since, _)| (step, since, true));
                self.ending = Some(Instant::now());
            }
            Event::Finished(finish) => {
                self.seen.finishes.push(finish);
                self.step = None;
            }
            Event::Stopped => {
                self.seen.exceeded.get_or_insert(Exceeded::Watch);
            }
            Event::Failed(problem) => {
                self.seen.problem.get_or_insert(problem);
            }
        }
    }

    /// Ends it, unless it is ending already, or is done.
    fn interrupt(&mut self) {
        if self.seen.exceeded.is_none() && self.seen.finishes.len() < self.seen.steps {
            self.seen.exceeded = Some(Exceeded::Patience);
            self.end();
        }
    }

    /// Has the init end the step that runs, or the next one as it starts.
    fn end(&mut self) {
        self.ending = Some(Instant::now());
        let _ = i32::try_from(self.init).map(|pid| kill(Pid::from_raw(pid), Signal::SIGTERM));
    }

    /// Looks at the limits; breaks where the init itself has to be ended.
    fn check(&mut self, output: u64) -> std::ops::ControlFlow<()> {
        if let Some((step, since, false)) = self.step
            && self.seen.exceeded.is_none()
        {
            let processes = tree::program(self.init);
            let memory = self.memory.look(&processes, self.watch.memory);
            self.seen.peak_bytes = self.seen.peak_bytes.max(memory);
            let limit = self.watch.steps.get(step).copied().unwrap_or_default();
            self.seen.exceeded = if memory > self.watch.memory {
                Some(Exceeded::Memory(self.watch.memory))
            } else if output > self.watch.output {
                Some(Exceeded::Output(self.watch.output))
            } else if since.elapsed() > limit {
                Some(Exceeded::Time(limit.as_secs_f64()))
            } else {
                None
            };
            if self.seen.exceeded.is_some() {
                self.end();
            }
            return std::ops::ControlFlow::Continue(());
        }
        if !self.watch.contained && self.step.is_some() {
            tree::end(&tree::program(self.init));
        }
        match *self.ending.get_or_insert_with(Instant::now) {
            since if since.elapsed() > PATIENCE => std::ops::ControlFlow::Break(()),
            _ => std::ops::ControlFlow::Continue(()),
        }
    }
}
