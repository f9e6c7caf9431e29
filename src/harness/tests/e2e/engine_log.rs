//! What engines print to standard error: kept within limits, and quoted where an engine has died.

use std::fs;

use harness::engine::MOST_LOG;
use harness::record::Status;

use crate::programs::{engine, engine_is_there, present};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial};

/// A run of the good suite whose engines are these words.
fn run(words: &[&str]) -> (Trial, Said, RunFolder) {
    let trial = Trial::with(&[("[engine]", &format!("[engine]\ncommand = {words:?}"))]);
    let said = trial.run(&[]);
    let run = trial.run_folder();
    (trial, said, run)
}

#[test]
fn a_program_that_could_not_be_loaded_says_why_and_is_not_tried_again() {
    for (script, words) in [
        (
            "echo 'libx.so: cannot open shared object file' >&2; exit 127",
            "exit code 127: its program, or a library of it, could not be loaded; its last line on standard error (engine.log): `libx.so: cannot open shared object file`",
        ),
        ("exit 126", "could not be loaded; it printed nothing to standard error"),
    ] {
        let (_trial, said, run) = run(&["sh", "-c", script]);
        assert_eq!(said.code, 3, "{}", said.err);
        let failed: Vec<_> = run.cells.iter().filter(|cell| cell.status == Status::Failed).collect();
        assert_eq!((failed.len(), run.cells.len()), (2, 12), "one cell of each variant is tried");
        for cell in &run.cells {
            assert!(cell.reason.as_ref().unwrap().contains(words), "{:?}", cell.reason);
        }
        assert!(said.err.contains(words), "{}", said.err);
    }
}

#[test]
fn the_own_engine_without_room_for_its_libraries_says_so() {
    if !engine_is_there() || !present("prlimit") {
        return;
    }
    let (_trial, said, run) = run(&["prlimit", "--as=300000000", engine().to_str().unwrap()]);
    assert_eq!(said.code, 3, "{}", said.err);
    let reason = run.cells[0].reason.as_deref().unwrap_or_default();
    assert!(
        reason.contains("exit code 127") && reason.contains("error while loading shared libraries"),
        "{reason}"
    );
}

#[test]
fn a_death_in_the_middle_is_told_with_the_engines_last_words() {
    if !present("python3") {
        return;
    }
    let script = "import sys; sys.stderr.write('first\\nValueError: no such head\\n'); sys.exit(1)";
    let (_trial, said, run) = run(&["python3", "-c", script]);
    assert_eq!(said.code, 3, "{}", said.err);
    for cell in &run.cells {
        let reason = cell.reason.as_deref().unwrap_or_default();
        assert!(
            reason.contains("ended with exit code 1; its last line on standard error (engine.log): `ValueError: no such head`"),
            "{reason}"
        );
    }
}

#[test]
fn a_log_keeps_the_beginning_and_the_end_and_never_blocks_the_engine() {
    if !engine_is_there() {
        return;
    }
    let script =
        "echo first >&2; head -c 30000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2; exec \"$0\"";
    let (trial, said, run) = run(&["sh", "-c", script, engine().to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok));
    let log = fs::read(run.path.join("engine.log")).unwrap();
    assert!((log.len() as u64) < MOST_LOG + 1000, "{} bytes", log.len());
    assert!(log.starts_with(b"first\n"));
    let text = String::from_utf8(log).unwrap();
    assert!(text.contains("bytes of this engine are left out here]"));
    assert!(text.contains("\nlast\nfirst\n"), "the end of one engine, the beginning of the next");
    drop(trial);
}
