//! From how a run ended to its verdict.

use harness_text::printable;
use nix::sys::signal::Signal;

use super::interpreter::Runtime;
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
    /// Whether nothing is known of the program because `harness` was stopped while it ran.
    pub(super) fn is_unwatched(&self) -> bool {
        self.verdict == Verdict::SandboxError && self.reason.as_deref() == Some(UNWATCHED)
    }

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

/// The reason of programs that ended because `harness` was stopped.
const UNWATCHED: &str = "harness was stopped while it ran";

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
    /// The supervisor's own time: it was stopped, and nobody held the program to its limits.
    Watch,
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
    /// What runs it.
    pub runtime: Option<Runtime>,
    /// Seconds of processor time that each process of the last step may use.
    pub cpu_limit: u64,
    /// The first bytes of its standard error.
    pub head: String,
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
        Some(Exceeded::Watch) => return (Verdict::SandboxError, Some(UNWATCHED.to_owned())),
        None => {}
    }
    if let Some(problem) = &seen.problem {
        return (Verdict::SandboxError, Some(first_of(&[problem])));
    }
    let Some(last) = last else {
        return (Verdict::SandboxError, Some("the sandbox ended without a word".to_owned()));
    };
    let compiled = last.step + 1 == seen.steps;
    // A program may print the secret, or write more than it: nobody needs to read it.
    let proved = !nonce.is_empty() && last.result.contains(nonce);
    let raised = if proved { last.result.replace(nonce, "") } else { last.result.clone() };
    let raised = raised.trim();
    if is_memory(raised, seen, last) {
        return (Verdict::OutOfMemory, Some(first_of(&[raised, memory_line(seen)])));
    }
    match (last.code, last.signal.map(Signal::try_from)) {
        (Some(0), _) if compiled && last.result == nonce => (Verdict::Pass, None),
        (Some(_), _) if !compiled => {
            (Verdict::Fail, Some(format!("does not compile: {}", first_of(&[compiler_line(&seen.head)]))))
        }
        (Some(code), _) => {
            let when = if proved { "after" } else { "before" };
            let silent = format!("exited with code {code} {when} its checks had run");
            let told = if raised.is_empty() && code != 0 { last_line(&seen.tail) } else { raised };
            (Verdict::Fail, Some(first_of(&[told, &silent])))
        }
        // A program can send it to itself.
        (None, Some(Ok(Signal::SIGXCPU))) if last.cpu_seconds >= seen.cpu_limit as f64 => {
            (Verdict::Timeout, Some("used too much processor time".to_owned()))
        }
        (None, Some(Ok(signal))) => (Verdict::Killed, Some(format!("ended by {signal}"))),
        (None, _) => (Verdict::Killed, Some("ended by an unknown signal".to_owned())),
    }
}

/// The words of runtimes that give up for want of memory.
struct MemoryWords {
    /// How the exception begins.
    raised: &'static [&'static str],
    /// What standard error holds where the runtime ends the process because it cannot raise.
    printed: &'static [&'static str],
}

fn memory_words(runtime: Runtime) -> MemoryWords {
    match runtime {
        Runtime::Python => MemoryWords { raised: &["MemoryError"], printed: &[] },
        Runtime::Node => MemoryWords {
            raised: &["RangeError: Array buffer allocation failed"],
            printed: &["JavaScript heap out of memory", "Fatal process out of memory"],
        },
        Runtime::Java => MemoryWords {
            raised: &["java.lang.OutOfMemoryError"],
            printed: &["java.lang.OutOfMemoryError: Java heap space"],
        },
    }
}

/// Whether a program that ended itself did so for want of memory, by its runtime's own words.
fn is_memory(raised: &str, seen: &Seen, finish: &Finish) -> bool {
    let Some(runtime) = seen.runtime else { return false };
    let raised = raised.strip_prefix("raised ").unwrap_or("");
    let threads = raised.contains("unable to create native thread");
    let raised = memory_words(runtime).raised.iter().any(|word| raised.starts_with(word)) && !threads;
    let aborted = finish.signal.is_some() || finish.code.is_some_and(|code| code != 0);
    raised || (aborted && !memory_line(seen).is_empty())
}

/// The line in which a runtime gives up.
fn memory_line(seen: &Seen) -> &str {
    let words = seen.runtime.map_or(&[][..], |runtime| memory_words(runtime).printed);
    seen.tail.lines().find(|line| words.iter().any(|word| line.contains(word))).unwrap_or("").trim()
}

fn last_line(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("")
}

/// The line in which a compiler first says why; notes and warnings may stand before it.
fn compiler_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next().unwrap_or("");
    lines.find(|line| line.contains(" error: ") || line.starts_with("error: ")).unwrap_or(first)
}

/// The first that is not empty, short enough for a table.
fn first_of(texts: &[&str]) -> String {
    let text = texts.iter().find(|text| !text.is_empty()).unwrap_or(&"no reason known");
    printable::line(&text.trim_start_matches("raised ").chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(code: Option<i32>, signal: Option<i32>, result: &str, tail: &str) -> Seen {
        let finish = Finish { code, signal, result: result.to_owned(), ..Finish::default() };
        let tail = tail.to_owned();
        Seen { finishes: vec![finish], steps: 1, runtime: Some(Runtime::Node), tail, ..Seen::default() }
    }

    fn in_python(seen: Seen) -> Seen {
        Seen { runtime: Some(Runtime::Python), ..seen }
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
            (seen(Some(0), None, "n0nce?", ""), Verdict::Fail, Some("?")),
            (
                seen(Some(1), None, "n0nce", ""),
                Verdict::Fail,
                Some("exited with code 1 after its checks had run"),
            ),
            (seen(Some(1), None, "raised AssertionError", ""), Verdict::Fail, Some("AssertionError")),
            (seen(Some(3), None, "", "a\nb\n\n"), Verdict::Fail, Some("b")),
            (seen(Some(0), None, "raised En0nce", ""), Verdict::Fail, Some("E")),
            (
                seen(Some(0), None, "n0ncen0nce", ""),
                Verdict::Fail,
                Some("exited with code 0 after its checks had run"),
            ),
            (
                in_python(seen(Some(1), None, "raised MemoryError", "")),
                Verdict::OutOfMemory,
                Some("MemoryError"),
            ),
            (seen(Some(1), None, "raised MemoryError", ""), Verdict::Fail, Some("MemoryError")),
            (in_python(seen(Some(1), None, "raised E", heap)), Verdict::Fail, Some("E")),
            (
                Seen { cpu_limit: 16, ..seen(None, Some(24), "", "") },
                Verdict::Killed,
                Some("ended by SIGXCPU"),
            ),
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
    fn a_compilers_first_error_is_the_reason() {
        for (head, reason) in [
            ("", "no reason known"),
            ("note: a\nMain.java:4: error: b\nMain.java:5: error: c\n2 errors", "Main.java:4: error: b"),
            ("Main.java:1: warning: a\n\nerror: b", "error: b"),
            ("\n what it says\nmore", "what it says"),
        ] {
            let seen = Seen { steps: 2, head: head.to_owned(), ..seen(Some(1), None, "", "") };
            let outcome = judge(&seen, "n");
            assert_eq!(outcome.verdict, Verdict::Fail);
            assert_eq!(outcome.reason, Some(format!("does not compile: {reason}")));
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
