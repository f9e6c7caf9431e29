//! Signals, a terminal that goes away and figures that cannot be written: the run's folder is readable and says what is
//! missing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use harness::record::Status;

use crate::live::Live;
use crate::programs::{HARNESS, engine_is_there, present};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial};

/// A run that is under way, and what it says.
struct Going {
    child: Child,
    lines: BufReader<ChildStderr>,
}

impl Going {
    /// Starts a run and waits until its first cell is stored.
    fn past_first_cell(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("[ 1/12]") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the run ended before its first cell");
        }
        Self { child, lines }
    }

    fn send(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits for its end; what it said after its first cell, and its exit code.
    fn end(mut self) -> Said {
        let (mut out, mut err) = (String::new(), String::new());
        self.lines.read_to_string(&mut err).unwrap();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        Said { code: code.unwrap_or(-1), out, err }
    }
}

/// Cells that take a while.
fn slow() -> Trial {
    Trial::with_echo_engine(&[("min-window = \"150ms\"", "min-window = \"400ms\"")], "")
}

/// Names of what is not whole in a folder and in those below.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with(".new-") {
            found.push(entry.path());
        } else if entry.path().is_dir() {
            found.extend(unfinished(&entry.path()));
        }
    }
    found
}

/// That the run was ended by a signal after its first cell, and left everything that a later call needs.
fn assert_stopped(trial: &Trial, said: &Said) {
    assert_eq!(said.code, 130, "{}", said.err);
    assert!(said.err.contains("--resume"), "{}", said.err);
    let run = trial.run_folder();
    assert_eq!(run.cells[0].status, Status::Ok);
    let skipped: Vec<_> = run.cells.iter().filter(|cell| cell.status == Status::Skipped).collect();
    assert!(skipped.len() >= 9, "{} skipped", skipped.len());
    assert!(skipped.iter().all(|cell| cell.reason.as_deref() == Some("the run was interrupted")));
    assert_eq!(run.manifest["complete"], false);
    assert!(run.path.join("samples.parquet").exists() && run.path.join("summary.md").exists());
    assert_eq!(unfinished(&run.path), Vec::<PathBuf>::new());
}

#[test]
fn each_signal_that_asks_a_run_to_end_leaves_a_readable_folder() {
    if !present("python3") {
        return;
    }
    for signal in ["-INT", "-TERM", "-HUP"] {
        let trial = slow();
        let going = Going::past_first_cell(&mut trial.command(&[]));
        going.send(signal);
        assert_stopped(&trial, &going.end());
    }
}

#[test]
fn signals_that_come_together_are_one_wish() {
    if !present("python3") {
        return;
    }
    for signals in [["-INT", "-INT"], ["-TERM", "-TERM"], ["-HUP", "-HUP"]] {
        let trial = slow();
        let going = Going::past_first_cell(&mut trial.command(&[]));
        signals.iter().for_each(|signal| going.send(signal));
        assert_stopped(&trial, &going.end());
    }
}

/// The run as a shell starts it after `line`.
fn after(line: &str, trial: &Trial) -> Command {
    let mut command = Command::new("sh");
    let line = format!("{line}; exec \"$0\" run s.toml --no-exclusive --out runs");
    command
        .args(["-c", &line, HARNESS])
        .current_dir(trial.path(""))
        .env("HARNESS_STATE", trial.path("state"));
    command
}

#[test]
fn a_hang_up_that_the_caller_ignores_stays_ignored() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let going = Going::past_first_cell(&mut after("trap '' HUP", &trial));
    going.send("-HUP");
    let said = going.end();
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(trial.run_folder().manifest["complete"], true);
}

#[test]
fn a_signal_before_anything_is_measured_leaves_no_folder() {
    let trial = slow();
    let mut child = trial.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    // It may not even have begun to listen.
    assert!(status.code() == Some(130) || status.code().is_none(), "{status}");
    trial.assert_nothing_written();
}

#[test]
fn a_service_ends_in_order_when_its_terminal_closes() {
    if !engine_is_there() {
        return;
    }
    let (said, code) = Live::tiny(&[]).stop_by("-HUP");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_standard_error_that_goes_away_loses_nothing() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = trial.command(&[]).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(trial.run_folder().manifest["complete"], true);

    let trial = Trial::with_echo_engine(&[], "");
    let Going { mut child, lines } = Going::past_first_cell(&mut trial.command(&[]));
    drop(lines);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(out.contains("twin"), "{out}");
    assert_eq!(trial.run_folder().manifest["complete"], true);
}

#[test]
fn a_refusal_that_nobody_hears_has_its_exit_code() {
    let trial = Trial::with(&[("blocks = 6", "blocks = 1")]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(trial.command(&[]).stderr(full).output().unwrap().status.code(), Some(2));
}

#[test]
fn programs_that_a_run_starts_have_the_usual_signals() {
    let trial = Trial::with(&[("[engine]", "[engine]\ncommand = [\"sh\", \"tell.sh\"]")]);
    trial.write("tell.sh", b"exec grep '^Sig[BI]' /proc/self/status > told");
    let mut command = trial.command(&[]);
    // A shell that is started without job control ignores nothing by itself.
    let said = Said::from(&command.process_group(0).output().unwrap());
    assert_eq!(said.code, 3, "{}", said.err);
    let told = fs::read_to_string(trial.path("told")).unwrap();
    // Those beyond 31 are the C library's own.
    let masks = |told: &str| -> Vec<u64> {
        let lines = told.lines().filter(|line| line.starts_with("SigB") || line.starts_with("SigI"));
        let mask = |line: &str| u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
        lines.map(|line| mask(line) & 0x7fff_ffff).collect()
    };
    // What whoever started these tests ignores, but for the SIGPIPE that every Rust program does.
    let own = masks(&fs::read_to_string("/proc/self/status").unwrap());
    assert_eq!(masks(&told), [0, own[1] & !(1 << 12)], "{told}");
}

#[test]
fn figures_that_cannot_be_written_are_noted_and_the_run_is_whole() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let going = Going::past_first_cell(&mut trial.command(&[]));
    let folder = fs::read_dir(trial.path("runs")).unwrap().next().unwrap().unwrap().path();
    // As root, a folder without rights to write would be written.
    fs::write(folder.join("report"), b"").unwrap();
    let said = going.end();
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("twin"), "{}", said.out);
    assert!(said.err.contains("figure `pareto-java` is missing: cannot "), "{}", said.err);
    let run = RunFolder::read(&folder);
    assert_eq!(run.manifest["complete"], true);
    assert_eq!(run.manifest["missing_figures"][0]["figure"], "pareto-java");
    let page = fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(page.contains("## Missing figures\n\n- `pareto-java`: cannot "), "{page}");
    for verb in ["show", "verify"] {
        let said = Said::from(&crate::programs::program().arg(verb).arg(&folder).output().unwrap());
        assert_eq!(said.code, 0, "{verb}: {}{}", said.out, said.err);
    }
}

#[test]
fn names_that_are_too_long_for_files_are_refused_before_anything_is_measured() {
    let long = "x".repeat(65);
    for (key, value) in
        [("name = \"trial\"", "trial"), ("name = \"java\"", "java"), ("name = \"twin\"", "twin")]
    {
        let trial = Trial::with(&[(key, &key.replace(value, &long))]);
        let (plan, run) = (trial.plan(), trial.run(&[]));
        assert_eq!((plan.code, run.code), (2, 2), "{}", plan.err);
        assert_eq!(plan.err, run.err);
        for part in
            ["the name `xxxxxxxxxxxxxxxxxxxxxxxx…` has 65 characters", "s.toml:", "at most 64", "\nhelp: "]
        {
            assert!(plan.err.contains(part), "{}", plan.err);
        }
        trial.assert_nothing_written();
    }
    let trial = Trial::with(&[("name = \"java\"", &format!("name = \"{}\"", "x".repeat(64)))]);
    // Whether its engine is built here is another matter.
    let plan = trial.plan();
    assert!(plan.code != 2, "{}", plan.err);
}
