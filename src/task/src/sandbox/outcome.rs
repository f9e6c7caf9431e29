//! From how a run ended to its verdict.

use nix::sys::signal::Signal;

use super::spec::Finish;
use super::verdict::Verdict;

/// What became of one program, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The end.
    pub verdict: Verdict,
    /// Why, in a line: what it raised, the signal, the limit; None for a pass. Ends in `(tried twice)` where it
    /// was, also for a pass, but is `interrupted` alone for what was.
    pub reason: Option<String>,
    /// Wall-clock seconds of its last step: for Java without the compiler.
    pub seconds: f64,
    /// Processor seconds of all its processes and steps.
    pub cpu_seconds: f64,
    /// Most bytes in memory: of the hungriest process, or of all together where that was seen to be more.
    pub peak_bytes: u64,
}

impl Outcome {
    /// Of a program that was not run to its end because nobody waited for it any more.
    pub(super) fn interrupted() -> Self {
        judge(&Seen { exceeded: Some(Exceeded::Patience), ..Seen::default() }, "")
    }

    /// The same as the outcome of a second run.
    pub(super) fn tried_twice(self) -> Self {
        let reason = match self.reason {
            Some(reason) if reason == INTERRUPTED => reason,
            Some(reason) => reason + " " + TRIED_TWICE,
            None => TRIED_TWICE.to_owned(),
        };
        Self { reason: Some(reason), ..self }
    }
}

/// The reason of programs that were stopped from outside.
const INTERRUPTED: &str = "interrupted";

/// How the reason of a second run ends.
const TRIED_TWICE: &str = "(tried twice)";

/// Why the supervisor ended a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Exceeded {
    /// The wall-clock limit in seconds.
    Time(f64),
    /// The limit in bytes.
    Memory(u64),
    /// The limit in bytes.
    Output(u64),
    /// That of whoever waited for it.
    Patience,
}

/// What the supervisor saw of one run.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Layers that are missing, and why, or what else went wrong in the sandbox.
    pub problem: Option<String>,
    /// The limit that ended it.
    pub exceeded: Option<Exceeded>,
    /// Each step that ended.
    pub finishes: Vec<Finish>,
    /// How many steps there were to be.
    pub steps: usize,
    /// The last bytes of its standard error.
    pub tail: String,
    /// Most bytes in memory that all processes together were seen with.
    pub peak_bytes: u64,
}

/// Judges what was seen. `nonce`: the proof that the program's last line was reached.
pub(super) fn judge(seen: &Seen, nonce: &str) -> Outcome {
    let last = seen.finishes.last();
    let (verdict, reason) = verdict(seen, last, nonce);
    Outcome {
        verdict,
        reason,
        seconds: last.map_or(0.0, |finish| finish.seconds),
        cpu_seconds: seen.finishes.iter().map(|finish| finish.cpu_seconds).sum(),
        peak_bytes: last.map_or(0, |finish| finish.peak_bytes).max(seen.peak_bytes),
    }
}

fn verdict(seen: &Seen, last: Option<&Finish>, nonce: &str) -> (Verdict, Option<String>) {
    let mib = |bytes: u64| bytes >> 20;
    match seen.exceeded {
        Some(Exceeded::Time(limit)) => {
            return (Verdict::Timeout, Some(format!("ran longer than {limit:.1} s")));
        }
        Some(Exceeded::Memory(limit)) => {
            return (Verdict::OutOfMemory, Some(format!("used more than {} MiB", mib(limit))));
        }
        Some(Exceeded::Output(limit)) => {
            return (Verdict::Killed, Some(format!("wrote more than {} MiB of output", mib(limit))));
        }
        Some(Exceeded::Patience) => return (Verdict::SandboxError, Some(INTERRUPTED.to_owned())),
        None => {}
    }
    if let Some(problem) = &seen.problem {
        return (Verdict::SandboxError, Some(first_of(&[problem])));
    }
    let Some(last) = last else {
        return (Verdict::SandboxError, Some("the sandbox ended without a word".to_owned()));
    };
    let compiled = last.step + 1 == seen.steps;
    let raised = last.result.trim();
    if is_memory(raised, &seen.tail, last) {
        return (Verdict::OutOfMemory, Some(first_of(&[raised, memory_line(&seen.tail)])));
    }
    match (last.code, last.signal.map(Signal::try_from)) {
        (Some(0), _) if compiled && last.result.ends_with(nonce) => (Verdict::Pass, None),
        (Some(_), _) if !compiled => {
            (Verdict::Fail, Some(format!("does not compile: {}", first_of(&[first_line(&seen.tail)]))))
        }
        (Some(code), _) => {
            let silent = format!("exited with code {code} before its checks had run");
            let told = if raised.is_empty() && code != 0 { last_line(&seen.tail) } else { raised };
            (Verdict::Fail, Some(first_of(&[told, &silent])))
        }
        (None, Some(Ok(Signal::SIGXCPU))) => {
            (Verdict::Timeout, Some("used too much processor time".to_owned()))
        }
        (None, Some(Ok(signal))) => (Verdict::Killed, Some(format!("ended by {signal}"))),
        (None, _) => (Verdict::Killed, Some("ended by an unknown signal".to_owned())),
    }
}

/// Whether a program that ended itself did so for want of memory, by the runtimes' own words.
fn is_memory(raised: &str, tail: &str, finish: &Finish) -> bool {
    let words = [
        "raised MemoryError",
        "raised java.lang.OutOfMemoryError",
        "raised RangeError: Array buffer allocation failed",
    ];
    let threads = raised.contains("unable to create native thread");
    let raised = words.iter().any(|word| raised.starts_with(word)) && !threads;
    // V8 and HotSpot end the process where they cannot raise.
    let aborted = finish.signal.is_some() || finish.code.is_some_and(|code| code != 0);
    raised || (aborted && !memory_line(tail).is_empty())
}

/// The line in which a runtime gives up.
fn memory_line(tail: &str) -> &str {
    let words = [
        "JavaScript heap out of memory",
        "java.lang.OutOfMemoryError: Java heap space",
        "Fatal process out of memory",
    ];
    tail.lines().find(|line| words.iter().any(|word| line.contains(word))).unwrap_or("").trim()
}

fn last_line(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("")
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("")
}

/// The first that is not empty, short enough for a table.
fn first_of(texts: &[&str]) -> String {
    let text = texts.iter().find(|text| !text.is_empty()).unwrap_or(&"no reason known");
    text.trim_start_matches("raised ")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(code: Option<i32>, signal: Option<i32>, result: &str, tail: &str) -> Seen {
        let finish = Finish { code, signal, result: result.to_owned(), ..Finish::default() };
        Seen { finishes: vec![finish], steps: 1, tail: tail.to_owned(), ..Seen::default() }
    }

    #[test]
    fn a_second_run_shows_in_the_reason() {
        let fail = judge(&seen(Some(1), None, "raised E", ""), "n").tried_twice();
        assert_eq!(fail.reason.as_deref(), Some("E (tried twice)"));
        let pass = judge(&seen(Some(0), None, "n", ""), "n").tried_twice();
        assert_eq!((pass.verdict, pass.reason.as_deref()), (Verdict::Pass, Some("(tried twice)")));
        let interrupted = Outcome::interrupted().tried_twice();
        assert_eq!(interrupted.verdict, Verdict::SandboxError);
        assert_eq!(interrupted.reason.as_deref(), Some("interrupted"));
    }

    #[test]
    fn every_end_has_its_verdict_and_reason() {
        let heap = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";
        let early = "exited with code 0 before its checks had run";
        let cases = [
            (seen(Some(0), None, "n0nce", ""), Verdict::Pass, None),
            (seen(Some(0), None, "", ""), Verdict::Fail, Some(early)),
            (seen(Some(0), None, "n0nce?", ""), Verdict::Fail, Some("n0nce?")),
            (seen(Some(1), None, "n0nce", ""), Verdict::Fail, Some("n0nce")),
            (seen(Some(1), None, "raised AssertionError", ""), Verdict::Fail, Some("AssertionError")),
            (seen(Some(3), None, "", "a\nb\n\n"), Verdict::Fail, Some("b")),
            (seen(Some(1), None, "raised MemoryError", ""), Verdict::OutOfMemory, Some("MemoryError")),
            (seen(None, Some(6), "", heap), Verdict::OutOfMemory, Some(heap)),
            (seen(Some(0), None, "n0nce", heap), Verdict::Pass, None),
            (seen(None, Some(11), "", ""), Verdict::Killed, Some("ended by SIGSEGV")),
            (seen(None, Some(24), "", ""), Verdict::Timeout, Some("used too much processor time")),
            (Seen::default(), Verdict::SandboxError, Some("the sandbox ended without a word")),
        ];
        for (seen, expected, reason) in cases {
            let outcome = judge(&seen, "n0nce");
            assert_eq!((outcome.verdict, outcome.reason.as_deref()), (expected, reason), "{seen:?}");
        }
    }

    #[test]
    fn a_limit_says_more_than_the_signal_that_enforced_it() {
        let killed = seen(None, Some(9), "", "");
        let cases = [
            (Exceeded::Time(3.0), Verdict::Timeout, "ran longer than 3.0 s"),
            (Exceeded::Memory(1 << 30), Verdict::OutOfMemory, "used more than 1024 MiB"),
            (Exceeded::Output(1 << 20), Verdict::Killed, "wrote more than 1 MiB of output"),
        ];
        for (exceeded, verdict, reason) in cases {
            let outcome = judge(&Seen { exceeded: Some(exceeded), ..killed.clone() }, "n");
            assert_eq!((outcome.verdict, outcome.reason.as_deref()), (verdict, Some(reason)));
        }
        assert_eq!(judge(&killed, "n").reason.as_deref(), Some("ended by SIGKILL"));
    }
}
