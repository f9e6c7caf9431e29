//! What the caller set for itself reaches no verdict: its file mask, ignored signals, limits; nor does stopping it.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use harness_task::Language;
use harness_task::sandbox::{Job, Limits, Sandbox, Strength, Verdict};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Marker, init, program, python, role, strict};

/// The calls that the kernel refuses, and the program; its verdict is printed.
const REFUSED: &str = "HARNESS_TEST_CALLER_REFUSED";
const SOURCE: &str = "HARNESS_TEST_CALLER_SOURCE";

#[test]
#[ignore = "a process that another test starts with settings of its own"]
fn judges_one_program() {
    let (Ok(refused), Ok(source)) = (env::var(REFUSED), env::var(SOURCE)) else { return };
    let refused: Vec<&str> = refused.split_whitespace().collect();
    let strength = if refused.is_empty() { Strength::Strict } else { Strength::Weak };
    let sandbox = Sandbox::new(strength, Limits::default(), init(&refused)).unwrap();
    if let Err(error) = sandbox.check(Language::Python) {
        println!("skipped: {error}");
        return;
    }
    let outcome = python(&sandbox, &source);
    println!("verdict: {} {}", outcome.verdict, outcome.reason.unwrap_or_default());
}

/// The command that judges a program after the shell did something.
fn judge_after(shell: &str, refused: &str, source: &str) -> Command {
    let inside = role("callers::judges_one_program");
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{shell}\nexec \"$@\""), "bash"]);
    command.arg(inside.get_program()).args(inside.get_args()).env(REFUSED, refused).env(SOURCE, source);
    command
}

/// The verdict with its reason; None, with a word, where the machine has no interpreter for it.
#[track_caller]
fn verdict(output: &str) -> Option<&str> {
    let verdict = output.lines().find_map(|line| line.strip_prefix("verdict: "));
    if verdict.is_none() {
        assert!(output.contains("skipped: "), "{output}");
        println!("{output}");
    }
    verdict.map(str::trim)
}

const RIGHT: &str = "open('f', 'w').write('x')\nassert open('f').read() == 'x'";

/// A recursion through C, which needs a stack.
const DEEP: &str = "import sys\nsys.setrecursionlimit(20000)\n\
    def f(n): return sorted([n], key=lambda x: f(n - 1) if n else 0)\nf(600)";

const SIGNALS: &str = "import signal\nfor s in (1, 2, 3, 15, 17, 20): \
    assert signal.getsignal(s) in (signal.SIG_DFL, signal.default_int_handler), s";

#[test]
fn a_callers_settings_change_no_verdict() {
    if strict(Limits::default()).is_none() {
        return;
    }
    for (shell, source) in [
        ("umask 077", RIGHT),
        ("umask 027", RIGHT),
        ("umask 777", RIGHT),
        ("umask 077", "import os\nassert os.umask(0) == 0o022"),
        ("trap '' HUP INT QUIT TERM TSTP", SIGNALS),
        ("trap '' HUP INT QUIT TERM TSTP", RIGHT),
        ("ulimit -S -s 256", DEEP),
        ("ulimit -S -c unlimited", RIGHT),
        ("ulimit -t 10; ulimit -n 64; ulimit -f 100; ulimit -c 0", RIGHT),
        ("ulimit -S -n 32", RIGHT),
    ] {
        for refused in ["", "mount", "unshare"] {
            let output = judge_after(shell, refused, source).output().unwrap();
            let output = String::from_utf8_lossy(&output.stdout).into_owned();
            let Some(verdict) = verdict(&output) else { continue };
            assert_eq!(verdict, "pass", "{shell} {refused} {source}: {output}");
        }
    }
}

#[test]
fn tighter_limits_of_the_caller_leave_the_others() {
    if strict(Limits::default()).is_none() {
        return;
    }
    let forks = "import os\nfor n in range(300):\n    if os.fork() == 0:\n        import time\n        time.sleep(60)";
    for refused in ["", "mount", "unshare"] {
        let output = judge_after("ulimit -t 10 -f 100 -n 64", refused, forks).output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some(verdict) = verdict(&output) else { continue };
        assert!(verdict.starts_with("fail BlockingIOError"), "{refused}: {output}");
    }
}

#[test]
fn a_stack_that_is_too_small_and_cannot_be_raised_is_a_missing_layer() {
    if strict(Limits::default()).is_none() {
        return;
    }
    let output = judge_after("ulimit -s 256", "", DEEP).output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    // Root may raise it, where the machine leaves it that right.
    let raised = said.contains("verdict: pass");
    assert!(raised || said.contains("`resource limits` (RLIMIT_STACK: the caller's is 256 KiB"), "{said}");
}

/// Waits until it is so, at most a minute.
fn until(so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited for a minute");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_stopped_harness_leaves_nothing_unwatched() {
    if strict(Limits::default()).is_none() {
        return;
    }
    for refused in ["", "unshare"] {
        let marker = Marker::new();
        let source = marker.mark("import time\ntime.sleep(1)");
        let judge = judge_after("", refused, &source).stdout(Stdio::piped()).spawn().unwrap();
        until(|| marker.count() > 0);
        let pid = Pid::from_raw(judge.id() as i32);
        kill(pid, Signal::SIGSTOP).unwrap();
        until(|| marker.count() == 0);
        kill(pid, Signal::SIGCONT).unwrap();
        let output = judge.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), None);
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some(verdict) = verdict(&output) else { continue };
        assert_eq!(verdict, "pass", "{refused}: {output}");
    }
}

#[test]
fn a_signal_to_itself_is_no_limit() {
    let Some(sandbox) = strict(Limits::default()) else { return };
    let run = |source| {
        let program = program(Language::Python, "", "", 5);
        sandbox.judge(&[Job { program: &program, completion: source }], &|| false).remove(0)
    };
    let outcome = run("import os\nos.kill(os.getpid(), 24)");
    assert_eq!(outcome.verdict, Verdict::Killed, "{outcome:?}");
    let outcome = run("import os\nos.write(2, b'JavaScript heap out of memory')\nraise ValueError('no')");
    assert_eq!((outcome.verdict, outcome.reason.as_deref()), (Verdict::Fail, Some("ValueError: no")));
    // The reason needs no descriptor.
    let outcome = run(
        "import os\ntry:\n    while True: os.open('/dev/null', 0)\nexcept OSError: pass\nraise ValueError('no')",
    );
    assert_eq!(outcome.reason.as_deref(), Some("ValueError: no"), "{outcome:?}");
}
