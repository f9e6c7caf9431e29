//! The engine of `examples/engine`: the suite beside it runs as the page says, and the slower one costs more.

use harness::record::{CellRecord, Status};

use crate::programs::present;
use crate::run_folder::RunFolder;
use crate::trial::harness;

/// Blocks of the suite.
const BLOCKS: usize = 6;

/// New tokens of the suite's task.
const NEW_TOKENS: u32 = 5;

/// A machine that is busy with other tests still reads the meter often enough in so long a window.
const WINDOW: &str = "run.min-window=250ms";

/// A token takes three times as long; other programs on the machine may slow either side down.
const COSTS_MORE: f64 = 1.5;

#[test]
fn the_example_engine_is_measured_by_the_suite_beside_it() {
    if !present("python3") {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let suite = "examples/engine/suite.toml";
    let said = harness(&["run", suite, "--no-exclusive", "--set", WINDOW, "--out", folder]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = RunFolder::only_one_in(out.path());
    assert_eq!(run.cells.len(), 2 * BLOCKS);
    assert!(run.cells.iter().all(|cell| cell.status == Status::Ok && cell.deterministic != Some(false)));
    assert!(run.items.iter().all(|item| item.tokens_out == NEW_TOKENS && !item.completion.is_empty()));
    // Two commands are two engines of one name.
    let engines = run.manifest["engines"].as_array().unwrap();
    assert_eq!(engines.len(), 2);
    assert!(engines.iter().all(|engine| engine["name"] == "echo" && engine["command"][0] == "python3"));
    let joules = |variant: &str| -> f64 {
        let of_pass = |cell: &CellRecord| run.total(cell).energy_j.unwrap() / f64::from(cell.passes.unwrap());
        run.of_variant(variant).into_iter().map(of_pass).sum()
    };
    let (quick, slow) = (joules("quick"), joules("slow"));
    assert!(slow > COSTS_MORE * quick, "{slow} J, {quick} J");
}
