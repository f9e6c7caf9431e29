//! What a run says of how its numbers may be read.

use std::fs;

use harness::record::Phase;
use serde_json::Value as Json;

use crate::programs::present;
use crate::trial::Trial;

#[test]
fn a_run_measures_loaded_idle_twice_and_ends_with_its_diagnostics() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    for variant in ["full", "twin"] {
        let of_variant =
            |cell: Option<u32>| run.cells.iter().find(|own| Some(own.cell) == cell && own.variant == variant);
        let mut blocks: Vec<u16> = run
            .windows
            .iter()
            .filter(|window| window.phase == Phase::IdleLoaded)
            .filter_map(|window| Some(of_variant(window.cell)?.block))
            .collect();
        blocks.dedup();
        assert_eq!(blocks, [0, 5], "{variant}");
    }
    let summary: Json = serde_json::from_slice(&fs::read(run.path.join("summary.json")).unwrap()).unwrap();
    let machine = &summary["diagnostics"]["machine_idle"];
    // Simulated at 10 W.
    assert!((machine["first_w"].as_f64().unwrap() - 10.0).abs() < 0.1, "{machine}");
    for row in summary["rows"].as_array().unwrap() {
        let own = &row["diagnostics"];
        assert_eq!(own["steady"]["blocks"], 6, "{own}");
        assert_eq!(own["repeats"]["differing"], 0, "{own}");
        assert!(own["loaded_idle"]["change_w"].as_f64().unwrap().abs() < 0.1, "{own}");
        assert!(own["outliers"].is_array(), "{own}");
    }
    let page = fs::read_to_string(run.path.join("summary.md")).unwrap();
    assert!(
        page.contains("\n## Diagnostics\n") && page.contains("joules per task in measured order"),
        "{page}"
    );
}

#[test]
fn a_run_without_idle_phases_says_that_there_is_none() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[("idle = \"50ms\"", "idle = \"0s\"")], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let page = fs::read_to_string(trial.run_folder().path.join("summary.md")).unwrap();
    assert!(page.contains("before and after: not told, idle power was not measured."), "{page}");
}
