//! The parent's side of the control workload: starts the child, tells it to work, waits for it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::child::{CONTROL, READY};
use crate::interrupt;

/// A slow machine needs a minute for what a fast one does in four seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// Time between two looks at whether the user wants to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// A child that is ready to work.
pub struct Worker {
    child: Child,
    told: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Worker {
    /// Starts a child with so many threads and waits until it is ready.
    ///
    /// # Errors
    /// Why there is none, in a phrase.
    pub fn start(threads: u32) -> Result<Self, String> {
        let program =
            std::env::current_exe().map_err(|error| format!("cannot find harness itself: {error}"))?;
        let mut child = Command::new(program)
            .args([CONTROL, &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // It ends with its pipe, not by the Ctrl-C that its parent is asked with.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start harness itself: {error}"))?;
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let worker = Self { told: child.stdin.take(), child, lines };
        match worker.line()? {
            line if line == READY => Ok(worker),
            line => Err(format!("it said `{line}` in place of `{READY}`")),
        }
    }

    /// The process to measure.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Lets it work; from when to when it did, ns.
    ///
    /// # Errors
    /// Why it did not, in a phrase.
    pub fn work(&mut self) -> Result<(i64, i64), String> {
        let told = self.told.as_mut().and_then(|told| writeln!(told, "go").and_then(|()| told.flush()).ok());
        told.ok_or("it has ended before its work")?;
        let line = self.line()?;
        let fields: Vec<&str> = line.split(' ').collect();
        let [from, to, sum] = fields[..] else { return Err(format!("it said `{line}`")) };
        if sum == "-" {
            return Err("its threads came to different results: the machine computes wrongly".to_owned());
        }
        let stamps = from.parse().ok().zip(to.parse().ok());
        stamps.filter(|(from, to)| from < to).ok_or_else(|| format!("it said `{line}`"))
    }

    fn line(&self) -> Result<String, String> {
        let begun = Instant::now();
        loop {
            if interrupt::requested() {
                return Err("the run was interrupted".to_owned());
            }
            match self.lines.recv_timeout(GLANCE) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => return Err("it ended before it was done".to_owned()),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() > PATIENCE => {
                    return Err(format!("it was not done after {} s", PATIENCE.as_secs()));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.told = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
