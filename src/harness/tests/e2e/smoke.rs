//! The smoke suite from its file to its run folder, with joules that can be checked by hand.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use harness::record::{Phase, Status};

use crate::programs::engine_is_there;
use crate::run_folder::RunFolder;
use crate::trial::harness;

/// A machine that is busy with other tests still reads the meter often enough in so long a window.
const WINDOW: &str = "run.min-window=250ms";

/// Power of the suite's meter, watts.
const POWER: f64 = 10.0;

/// One step of the suite's meter, joules.
const STEP: f64 = 1e-6;

/// The suite's run, made once for all tests; None where there is no engine.
fn smoke() -> Option<&'static RunFolder> {
    static RUN: OnceLock<Option<RunFolder>> = OnceLock::new();
    RUN.get_or_init(|| engine_is_there().then(run)).as_ref()
}

fn run() -> RunFolder {
    let out = tempfile::tempdir().unwrap();
    let said = harness(&[
        "run",
        "suites/smoke.toml",
        "--no-exclusive",
        "--set",
        WINDOW,
        "--out",
        out.path().to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let folder = RunFolder::only_one_in(out.path());
    let shown = said.out.lines().last().unwrap();
    assert_eq!(Path::new(shown), folder.path, "the last line names the run folder");
    for variant in ["full", "int8", "exit-0.01", "exit-0.9"] {
        assert!(said.out.lines().any(|line| line.starts_with(variant)), "`{variant}` in\n{}", said.out);
    }
    assert_files_hold_what_they_say(&folder);
    folder
}

fn assert_files_hold_what_they_say(folder: &RunFolder) {
    let read = |name: &str| fs::read(folder.path.join(name)).unwrap();
    assert!(String::from_utf8(read("summary.md")).unwrap().contains("simulated"));
    let svg = String::from_utf8(read("report/pareto-java.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("int8") && svg.contains("simulated"));
    assert!(read("report/pareto-java.png").starts_with(b"\x89PNG\r\n"));
}

#[test]
fn the_smoke_suite_measures_every_planned_cell() {
    let Some(run) = smoke() else { return };
    assert_eq!(run.cells.len(), 7 * 4);
    assert_eq!(run.items.len(), 7 * 4 * 4);
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok && cell.passes > Some(0)));
    assert!(run.cells.iter().all(|cell| cell.deterministic != Some(false)));
    assert_eq!(run.manifest["complete"], true);
    let engine = &run.manifest["engines"][0];
    assert_eq!((&engine["name"], &engine["protocol"]), (&"harness-engine".into(), &1.into()));
    assert_eq!(engine["variants"].as_array().unwrap().len(), 4);
    assert_eq!(run.manifest["meters"][0], "sim");
    assert_eq!(run.manifest["datasets"][0]["items"], 4);
    assert!(!run.samples.is_empty());
    assert!(run.summary.is_object());
}

#[test]
fn simulated_power_gives_exactly_its_joules_in_every_phase() {
    let Some(run) = smoke() else { return };
    for phase in [Phase::IdleMachine, Phase::IdleLoaded, Phase::Load, Phase::WarmUp, Phase::Window] {
        assert!(run.windows.iter().any(|window| window.phase == phase), "no {phase:?}");
    }
    for cell in &run.cells {
        assert!(run.total(cell).energy_j.is_some(), "{:?}", run.total(cell));
    }
    for window in &run.windows {
        let seconds = (window.t_end_ns - window.t_start_ns) as f64 * 1e-9;
        assert!((window.seconds - seconds).abs() < 1e-9, "{window:?}");
        if let Some(energy) = window.energy_j {
            assert!((energy - POWER * seconds).abs() <= STEP, "{energy} J in {seconds} s: {window:?}");
        }
    }
}

#[test]
fn the_items_energies_add_up_to_their_windows() {
    let Some(run) = smoke() else { return };
    for cell in &run.cells {
        let items = run.items.iter().filter(|item| item.cell == cell.cell);
        let sum: f64 = items.map(|item| item.energy_total_j.unwrap() * f64::from(item.pass_count)).sum();
        let whole = run.total(cell).energy_j.unwrap();
        assert!((sum / whole - 1.0).abs() < 1e-9, "cell {}: items {sum} J, window {whole} J", cell.cell);
    }
}

#[test]
fn samples_alone_bear_out_every_window() {
    let Some(run) = smoke() else { return };
    for cell in &run.cells {
        let window = run.total(cell);
        let inside: Vec<_> = run
            .samples
            .iter()
            .filter(|sample| (window.t_start_ns..=window.t_end_ns).contains(&sample.t_ns))
            .collect();
        let (first, last) = (inside.first().unwrap(), inside.last().unwrap());
        let counted = (last.raw - first.raw) as f64 * first.scale;
        let seconds = (last.t_ns - first.t_ns) as f64 * 1e-9;
        assert!((counted - POWER * seconds).abs() <= 2.0 * STEP, "cell {}: {counted} J", cell.cell);
    }
}

#[test]
fn the_same_seed_gives_the_same_order_and_completions() {
    let Some(first) = smoke() else { return };
    let second = run();
    assert_eq!(first.order(), second.order());
    assert_eq!(first.manifest["suite_sha256"], second.manifest["suite_sha256"]);
    let completions = |run: &RunFolder| -> Vec<_> {
        let row = |item: &harness::record::ItemRecord| (item.cell, item.item, item.completion.clone());
        run.items.iter().map(row).collect()
    };
    assert_eq!(completions(first), completions(&second));
    assert!(first.items.iter().any(|item| !item.completion.is_empty()));
}

#[test]
fn the_plan_prints_the_order_that_a_run_takes_and_another_seed_takes_another() {
    let plan = |seed: &str| {
        let said = harness(&["plan", "suites/smoke.toml", "--set", seed]);
        assert_eq!(said.code, 0, "{}", said.err);
        let blocks = said.out.lines().filter(|line| line.starts_with("  block"));
        let names = |line: &str| line.split_whitespace().skip(2).map(str::to_owned).collect::<Vec<_>>();
        blocks.map(names).collect::<Vec<_>>()
    };
    let first = plan("seed=1");
    assert_eq!(first.concat().len(), 28);
    assert_eq!(first, plan("seed=1"));
    assert_ne!(first, plan("seed=2"));
    let Some(run) = smoke() else { return };
    let ran: Vec<Vec<String>> = run
        .order()
        .iter()
        .map(|block| block.iter().map(|cell| cell.replace("java/", "")).collect())
        .collect();
    assert_eq!(first, ran);
}
