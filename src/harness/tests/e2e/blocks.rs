//! Which items the blocks of a run have.

use std::collections::{BTreeMap, BTreeSet};

use crate::trial::Trial;

#[test]
fn a_number_of_items_is_run_in_every_block_and_the_run_says_that_items_repeat() {
    let count = ("items-per-block = \"all\"", "items-per-block = 2");
    let trial = Trial::with_echo_engine(&[count], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    let mut blocks: BTreeMap<u16, BTreeSet<u32>> = BTreeMap::new();
    for item in run.items.iter().filter(|item| item.variant == "twin") {
        blocks.entry(item.block).or_default().insert(item.item);
    }
    assert_eq!(blocks.len(), 6);
    assert!(blocks.values().all(|items| items.len() == 2), "{blocks:?}");
    assert_eq!(run.manifest["items_per_block"], "2 items in every block, each item in 4 of 6 blocks");
    let note = run.summary["notes"][0].as_str().unwrap();
    assert!(note.contains("blocks ran 3 items, some of them in several blocks"), "{note}");
}

#[test]
fn a_number_that_all_items_do_not_reach_runs_all_of_them() {
    let trial = Trial::with_echo_engine(&[("items-per-block = \"all\"", "items-per-block = 20")], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    assert!(run.cells.iter().all(|cell| cell.items == 3));
    let sentence = "all 3 items in every block, since `items-per-block` is 20";
    assert_eq!(run.manifest["items_per_block"], sentence);
    let note = run.summary["notes"][0].as_str().unwrap();
    assert!(note.contains("every block ran the same 3 items"), "{note}");
}
