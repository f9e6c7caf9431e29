//! The child: gets everything ready, works when it is told to, and says from when to when.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::Barrier;
use std::thread;

use harness_meter::now_ns;

use super::work::Work;

/// The first word of the child's command line; the number of threads follows it.
pub const CONTROL: &str = "__control";

/// What the child says when it is ready.
pub(super) const READY: &str = "ready";

/// More threads than a machine has.
const MOST_THREADS: usize = 4096;

/// The child's whole life. It ends when its parent closes the pipe, so that its processor time can be read until then.
pub fn control_main(threads: &str) -> ExitCode {
    let Some(threads) = threads.parse().ok().filter(|threads| (1..=MOST_THREADS).contains(threads)) else {
        return ExitCode::FAILURE;
    };
    match live(threads) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn live(threads: usize) -> io::Result<()> {
    let mut told = io::stdin().lock().lines();
    let (ready, start) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    let work = || {
        let mut work = Work::new();
        ready.wait();
        start.wait();
        work.go()
    };
    let (from_ns, results) = thread::scope(|scope| -> io::Result<(i64, Vec<u64>)> {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        ready.wait();
        say(READY)?;
        // Threads that wait can only be ended with the process.
        if told.next().is_none() {
            std::process::exit(0);
        }
        let from_ns = now_ns();
        start.wait();
        Ok((from_ns, workers.into_iter().filter_map(|worker| worker.join().ok()).collect()))
    })?;
    let to_ns = now_ns();
    let first = results.first().copied().unwrap_or_default();
    // Work whose threads disagree was not done.
    let agrees = results.len() == threads && results.iter().all(|result| *result == first);
    say(&format!("{from_ns} {to_ns} {}", if agrees { format!("{first:016x}") } else { "-".to_owned() }))?;
    while told.next().is_some() {}
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
