//! A failure that must be the same for several cells happens once and is said once; the tables hold every cell.

use harness::record::Status;

use crate::programs::present;
use crate::trial::Trial;

/// The variant's first cell has failed, its others were never started, and all say why.
#[test]
fn cells_that_would_fail_the_same_way_are_not_tried() {
    if !present("python3") {
        return;
    }
    let compressed = "name = \"twin\"\ncompress = [{ quantize = \"int8-weight\" }]";
    let trial = Trial::with_echo_engine(&[("name = \"twin\"", compressed)], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert!(run.of_variant("full").iter().all(|cell| cell.status == Status::Ok));
    let statuses: Vec<Status> = run.of_variant("twin").iter().map(|cell| cell.status).collect();
    assert_eq!(statuses.len(), 6);
    assert_eq!(statuses[0], Status::Failed);
    assert!(statuses[1..].iter().all(|status| *status == Status::Skipped), "{statuses:?}");
    for cell in run.of_variant("twin") {
        assert_eq!(cell.reason.as_deref(), Some("engine `echo` cannot `compress`"));
    }
    assert_eq!(said.err.matches("cannot `compress`").count(), 1, "{}", said.err);
    assert!(said.err.contains("every cell of variant `twin` would fail so: 5 are not tried"), "{}", said.err);
    assert_eq!(run.manifest["complete"], true);
}

#[test]
fn a_run_of_which_no_variant_can_run_ends_at_once() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "foreign-clock");
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert_eq!(run.cells.len(), 12);
    let failed = run.cells.iter().filter(|cell| cell.status == Status::Failed).count();
    assert_eq!((failed, run.cells.iter().filter(|cell| cell.status == Status::Skipped).count()), (2, 10));
    for cell in &run.cells {
        let reason = cell.reason.as_deref().unwrap_or_default();
        assert!(reason.contains("clock is not harness's CLOCK_MONOTONIC"), "{reason}");
    }
    assert!(said.err.contains("no variant can run, so the run ends here"), "{}", said.err);
    assert_eq!(run.manifest["complete"], true);
}
