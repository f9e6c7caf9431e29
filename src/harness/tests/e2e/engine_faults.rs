//! Engines that die, hang or lie: each a failed cell with its reason, while the run goes on.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use harness::record::Status;

use crate::programs::present;
use crate::trial::Trial;

/// What `engines/echo.py` does at each exit layer, from 1 on, and what the cell's row then says.
const FAULTS: &[(Status, &str)] = &[
    (Status::Failed, "the engine ended with exit code 7"),
    (Status::Failed, "the engine was killed by signal 9"),
    (Status::Timeout, "no answer to `window` in time"),
    (Status::Failed, "bad reply: "),
    (Status::Failed, "out-of-memory: the device has no room for the cache (item 0)"),
    (Status::Failed, "item 0 ran 0 times in "),
    (Status::Failed, "items that nobody asked for"),
    (Status::Failed, "item 0 has no completion"),
    (Status::Failed, "the device was still working when the window ended"),
    (Status::Failed, "bad reply: unknown variant `applause`"),
    (Status::Failed, "outside the window"),
    (Status::Failed, "bad reply: "),
    (Status::Failed, "item 0 ran longer than asked: 4294967295 tokens of at most 5"),
    (Status::Failed, "item 0 has a completion that has 1 `ids`, and the last pass generated 5 tokens"),
    (Status::Failed, "the engine's times of loading cannot be true"),
    (Status::Failed, "item 0 has two completions"),
    (Status::Failed, "x… [8000000 characters, cut]"),
    (Status::Failed, "item 0 ran in pass 0, expected pass 1"),
    (Status::Failed, "the window was closed after "),
    (Status::Failed, "item 0 has a completion that has 0 `sha256_per_pass`"),
    (Status::Failed, "`loaded` cannot be true: a model of 0 blocks"),
];

#[test]
fn an_external_engine_is_measured_like_the_own_one() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok));
    assert_eq!(run.manifest["engines"][0]["name"], "echo");
    assert_eq!(run.manifest["complete"], true);
    for cell in &run.cells {
        let items: Vec<_> = run.items.iter().filter(|item| item.cell == cell.cell).collect();
        let sum: f64 =
            items.iter().map(|item| item.energy_total_j.unwrap() * f64::from(item.pass_count)).sum();
        assert!((sum / run.total(cell).energy_j.unwrap() - 1.0).abs() < 1e-9, "cell {}", cell.cell);
        assert!(items.iter().all(|item| item.completion.chars().count() == 8), "taken at its word");
    }
}

#[test]
fn every_fault_of_an_engine_is_a_row_with_its_reason_and_the_run_goes_on() {
    if !present("python3") {
        return;
    }
    let layers: Vec<String> = (1..=FAULTS.len()).map(|layer| layer.to_string()).collect();
    let sweep = format!(
        "name = \"fault-{{layer}}\"\nexit = {{ policy = \"fixed\", layer = \"{{layer}}\" }}\nsweep = {{ layer = [{}] }}",
        layers.join(", ")
    );
    let trial = Trial::with_echo_engine(
        &[
            ("name = \"twin\"", &sweep),
            ("cell-timeout = \"60s\"", "cell-timeout = \"1500ms\""),
            ("min-window = \"150ms\"", "min-window = \"80ms\""),
            // So many comparisons would ask for more blocks, and this test for nothing of them.
            ("[[task]]", "[analysis]\nalpha = 0.9\n\n[[task]]"),
        ],
        "",
    );
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    assert!(run.of_variant("full").iter().all(|cell| cell.status == Status::Ok), "{}", said.err);
    for ((status, reason), layer) in FAULTS.iter().zip(&layers) {
        for cell in run.of_variant(&format!("fault-{layer}")) {
            let found = cell.reason.as_deref().unwrap_or_default();
            assert!(cell.status == *status && found.contains(reason), "layer {layer}: {found}, not {reason}");
        }
    }
    assert_eq!(run.manifest["complete"], true, "a failed cell was run");
    // A fault of 8 MB is no reason for a terminal, or a folder, of many.
    assert!(said.err.len() + said.out.len() < 1 << 20, "{} bytes", said.err.len());
    assert!(size_of(&run.path) < 8 << 20, "{} bytes", size_of(&run.path));
    assert_children_are_gone(&trial);
}

/// Bytes of all files in a folder.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.metadata().unwrap() {
            about if about.is_dir() => size_of(&entry.path()),
            about => about.len(),
        })
        .sum()
}

/// A hanging engine's children go with it: they are of its process group.
fn assert_children_are_gone(trial: &Trial) {
    let names = fs::read_dir(trial.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    let children: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("child-")).collect();
    assert!(!children.is_empty(), "no engine hung");
    for child in children {
        // A killed process has no command line from that moment on, even while nobody has reaped it.
        let alive =
            || fs::read(format!("/proc/{child}/cmdline")).is_ok_and(|line| line.starts_with(b"sleep"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while alive() {
            assert!(Instant::now() < deadline, "process {child} outlived its engine");
            std::thread::yield_now();
        }
    }
}

#[test]
fn an_engine_that_never_stops_talking_runs_out_of_time_like_a_silent_one() {
    if !present("python3") {
        return;
    }
    let changes = [("cell-timeout = \"60s\"", "cell-timeout = \"500ms\"")];
    let trial = Trial::with_echo_engine(&changes, "talkative");
    let begun = Instant::now();
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
    let run = trial.run_folder();
    assert_eq!(run.cells.len(), 12);
    for cell in &run.cells {
        assert_eq!(cell.status, Status::Timeout, "{:?}", cell.reason);
        assert!(cell.reason.as_ref().unwrap().contains("no answer to `"), "{:?}", cell.reason);
    }
}

#[test]
fn an_engine_that_cannot_be_trusted_fails_every_cell() {
    if !present("python3") {
        return;
    }
    for (trial, reason) in [
        (Trial::with_echo_engine(&[], "foreign-clock"), "clock is not harness's CLOCK_MONOTONIC"),
        (
            Trial::with_echo_engine(
                &[("name = \"twin\"", "name = \"a\"\ncompress = [{ quantize = \"int8-weight\" }]")],
                "",
            ),
            "engine `echo` cannot `compress`",
        ),
    ] {
        let said = trial.run(&[]);
        assert_eq!(said.code, 3, "{}{}", said.out, said.err);
        let run = trial.run_folder();
        let failed: Vec<_> = run.cells.iter().filter(|cell| cell.status != Status::Ok).collect();
        assert!(failed.len() >= 6, "{reason}");
        for cell in failed {
            assert!(matches!(cell.status, Status::Failed | Status::Skipped), "{:?}", cell.status);
            assert!(cell.reason.as_ref().unwrap().contains(reason), "{:?}, not {reason}", cell.reason);
        }
    }
}
