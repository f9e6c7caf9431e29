//! Ctrl-C in the middle of a run: the folder stays readable and says what is missing.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use harness::record::Status;

use crate::programs::present;
use crate::trial::Trial;

#[test]
fn ctrl_c_leaves_a_readable_folder_in_which_the_remaining_cells_are_skipped() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[("min-window = \"150ms\"", "min-window = \"400ms\"")], "");
    let mut child = trial.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("[ 1/12]") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the run ended before its first cell");
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");

    let run = trial.run_folder();
    assert_eq!(run.cells[0].status, Status::Ok);
    let skipped: Vec<_> = run.cells.iter().filter(|cell| cell.status == Status::Skipped).collect();
    assert!(skipped.len() >= 9, "{} skipped", skipped.len());
    assert!(skipped.iter().all(|cell| cell.reason.as_deref() == Some("the run was interrupted")));
    assert_eq!(run.manifest["complete"], false);
}
