//! Made-up runs with a known fault, and without one.

use std::collections::BTreeMap;

use harness_stats::generator;
use harness_task::ScorerSpec;
use rand::RngExt;

use crate::record::{ItemRecord, Phase, WindowRecord};
use crate::report::example::{Example, cell_record, input, item_record, of, window_record};
use crate::summary::{Settings, Summary, SummaryInput, SummaryRow, TaskSetting, summarise};

const VARIANTS: [&str; 3] = ["full", "int8", "pruned"];

/// A cell as the faults below see it.
#[derive(Clone, Copy)]
struct At {
    variant: usize,
    block: u16,
    position: u16,
}

/// Three variants in so many blocks, in an order that turns; noise of 0.5 %, times what `fault` says.
fn run(blocks: u16, seed: u64, fault: impl Fn(At) -> f64) -> Example {
    let mut random = generator(seed, 0);
    let mut example = Example { cells: Vec::new(), windows: Vec::new(), items: Vec::new() };
    for block in 0..blocks {
        for position in 0..3_u16 {
            let cell = u32::from(block) * 3 + u32::from(position);
            let variant = usize::from((position + block) % 3);
            let at = At { variant, block, position };
            // Twelve of these have about the spread of a normal.
            let sum: f64 = (0..12).map(|_| random.random_range(-0.5..0.5)).sum();
            let energy = 16.0 * (1.0 + 0.005 * sum) * fault(at);
            example.cells.push(cell_record(cell, block, position, VARIANTS[variant], true));
            example.windows.push(window_record(cell, energy));
            let item = |item| item_record(cell, block, VARIANTS[variant], item, energy);
            example.items.extend((0..4).map(item));
        }
    }
    example
}

fn greedy() -> SummaryInput {
    let task = TaskSetting { context_fraction: Vec::new(), decode: "greedy".to_owned() };
    let tasks = BTreeMap::from([("java".to_owned(), task)]);
    SummaryInput { settings: Settings { tasks, ..Settings::default() }, ..input() }
}

fn summary(example: &Example) -> Summary {
    summarise(&greedy(), &example.cells, &example.windows, &of(&example.items)).unwrap()
}

fn row<'s>(summary: &'s Summary, variant: &str) -> &'s SummaryRow {
    summary.rows.iter().find(|row| row.variant == variant).unwrap()
}

fn says(notes: &[String], part: &str) -> bool {
    notes.iter().any(|note| note.contains(part))
}

/// Every block runs items of its own, some of them dearer than others.
fn different_items(example: &mut Example) {
    for item in &mut example.items {
        item.item += 4 * u32::from(item.block);
    }
    for window in &mut example.windows {
        let block = window.cell.unwrap() / 3;
        window.energy_j = window.energy_j.map(|energy| energy * (1.0 + 0.4 * f64::from(block % 5)));
    }
}

#[test]
fn a_run_of_noise_is_steady_in_nearly_every_seed() {
    let mut alarms = 0;
    for seed in 0..100 {
        let summary = summary(&run(20, seed, |_| 1.0));
        assert_eq!(summary.diagnostics.tests, 6);
        let rows = summary.rows.iter().filter_map(|row| row.diagnostics.steady.value());
        let smallest = rows.map(|steady| steady.trend.p_holm.min(steady.shift.p_holm)).fold(1.0, f64::min);
        alarms += usize::from(smallest < 0.05);
        let notes = summary.rows.iter().flat_map(|row| &row.notes);
        assert!(!notes.into_iter().any(|note| note.contains("not steady")), "{seed}");
        assert!(!says(&summary.notes, "late in their block"), "{:?}", summary.notes);
    }
    // Of 100, five are expected, and eleven are as rare as one in fifty.
    assert!(alarms <= 11, "{alarms}");
}

#[test]
fn a_variant_that_grows_dearer_is_not_steady_and_the_others_are() {
    let summary = summary(&run(12, 3, |at| 1.0 + 0.01 * f64::from(at.block) * f64::from(at.variant == 1)));
    let int8 = row(&summary, "int8").diagnostics.steady.value().unwrap();
    assert!((int8.trend.per_block_rel - 0.01).abs() < 0.002, "{int8:?}");
    assert!(int8.trend.p_holm < 0.001);
    assert!(says(&row(&summary, "int8").notes, "not steady: joules per task change by +1"), "{summary:?}");
    assert!(!says(&row(&summary, "full").notes, "not steady"));
}

#[test]
fn a_change_of_level_is_found_at_its_block() {
    let summary = summary(&run(20, 4, |at| if at.block >= 10 { 1.06 } else { 1.0 }));
    let shift = &row(&summary, "full").diagnostics.steady.value().unwrap().shift;
    assert_eq!(shift.block, 10);
    assert!(shift.p_holm < 0.05 && (shift.change_rel - 0.06).abs() < 0.01, "{shift:?}");
}

#[test]
fn a_trend_is_found_among_blocks_of_different_items_too() {
    let mut example = run(14, 5, |at| 1.0 + 0.01 * f64::from(at.block) * f64::from(at.variant == 2));
    different_items(&mut example);
    let found = summary(&example);
    let pruned = row(&found, "pruned").diagnostics.steady.value().unwrap();
    assert_eq!(pruned.of, "joules per task over the block's mean");
    // Two thirds of it: the block's mean takes its third off.
    assert!(pruned.trend.per_block_rel > 0.005 && pruned.trend.p_holm < 0.001, "{pruned:?}");
    let mut level = run(14, 5, |_| 1.0);
    different_items(&mut level);
    let steady = summary(&level);
    assert!(row(&steady, "pruned").diagnostics.steady.value().unwrap().trend.p_holm > 0.05);
    assert!(row(&steady, "pruned").diagnostics.steady.value().unwrap().variation < 0.01);
}

#[test]
fn one_variant_alone_on_different_items_has_a_reason_in_place_of_a_series() {
    let mut example = run(8, 5, |_| 1.0);
    different_items(&mut example);
    example.cells.retain(|cell| cell.variant == "full");
    let found = summary(&example);
    let steady = &row(&found, "full").diagnostics.steady;
    assert!(steady.why().unwrap().contains("no other variant"), "{steady:?}");
}

#[test]
fn cells_late_in_their_block_that_cost_more_are_told() {
    let summary = summary(&run(12, 6, |at| 1.0 + 0.03 * f64::from(at.position)));
    let position = summary.diagnostics.position.value().unwrap();
    assert!(position.p < 0.001 && position.rho > 0.8, "{position:?}");
    assert!((position.late_rel - 0.059).abs() < 0.01, "{position:?}");
    assert!(says(&summary.notes, "cells late in their block cost +"), "{:?}", summary.notes);
}

#[test]
fn cells_of_different_items_vary_less_freely_than_there_are() {
    let mut example = run(12, 6, |at| 1.0 + 0.002 * f64::from(at.position));
    different_items(&mut example);
    let found = summary(&example).diagnostics.position.value().unwrap().clone();
    assert_eq!(found.cells, 36);
    // Of 36 residuals, 12 follow from the others: t of 22 degrees of freedom, not 34.
    let t = found.rho * (22.0 / (1.0 - found.rho * found.rho)).sqrt();
    assert!((found.p - harness_stats::student::two_sided_p(t, 22).unwrap()).abs() < 1e-12, "{found:?}");
}

#[test]
fn neighbours_that_are_alike_are_told_in_both_kinds_of_blocks() {
    // A level that wanders: five cells up, five cells down.
    let wave = |at: At| if (u32::from(at.block) / 4).is_multiple_of(2) { 1.05 } else { 0.95 };
    let found = summary(&run(24, 7, wave));
    let lag = found.diagnostics.lag_one.value().unwrap();
    assert!(lag.value > 0.5 && (lag.bound - 1.959964 / 72_f64.sqrt()).abs() < 1e-6, "{lag:?}");
    assert!(says(&found.notes, "neighbours are alike (lag-1 autocorrelation 0."), "{:?}", found.notes);
    let one = |at: At| if at.variant == 1 { wave(at) } else { 1.0 };
    let mut example = run(24, 7, one);
    different_items(&mut example);
    let found = summary(&example);
    let lag = found.diagnostics.lag_one.value().unwrap();
    assert!(lag.value > 0.5 && (lag.bound - 1.959964 / 46_f64.sqrt()).abs() < 1e-6, "{lag:?}");
    assert!(row(&found, "int8").diagnostics.lag_one.value().unwrap().value > 0.5);
    let noise = summary(&run(24, 8, |_| 1.0));
    let lag = noise.diagnostics.lag_one.value().unwrap();
    assert!(lag.value.abs() < lag.bound, "{lag:?}");
}

#[test]
fn an_outlier_is_listed_and_kept() {
    let with = summary(&run(10, 9, |at| if (at.variant, at.block) == (0, 4) { 1.5 } else { 1.0 }));
    let full = row(&with, "full");
    let outliers = full.diagnostics.outliers.value().unwrap();
    let [only] = &outliers[..] else { panic!("{outliers:?}") };
    assert!(only.block == 4 && only.far && (only.of_median - 1.5).abs() < 0.05, "{only:?}");
    assert!(says(&full.notes, "a block lies far from the others, at 1."), "{:?}", full.notes);
    // Ten blocks, of which one costs half as much again.
    assert!((full.energy_per_task_j.as_ref().unwrap().value - 2.1).abs() < 0.02);
    assert_eq!(full.n_blocks, 10);
}

#[test]
fn tokens_that_explain_a_saving_are_told_beside_the_energy_per_token() {
    let mut example = run(8, 10, |at| if at.variant == 1 { 0.8 } else { 1.0 });
    for cell in example.cells.iter_mut().filter(|cell| cell.variant == "int8") {
        cell.tokens_out = Some(90);
    }
    let summary = summary(&example);
    let int8 = row(&summary, "int8");
    let length = int8.diagnostics.length.value().unwrap();
    assert!((length.tokens_ratio - 0.75).abs() < 1e-9, "{length:?}");
    // A fifth less a task, a fifteenth more a token: ln 0.75 / ln 0.8.
    assert!((length.explained.unwrap() - 1.289).abs() < 0.05 && length.disagree, "{length:?}");
    assert!(says(&int8.notes, "by -25 %, and the metrics disagree: -"), "{:?}", int8.notes);
    assert_eq!(row(&summary, "full").diagnostics.length.why(), Some("it is the baseline"));
    assert!((row(&summary, "pruned").diagnostics.length.value().unwrap().tokens_ratio - 1.0).abs() < 1e-9);
}

#[test]
fn outputs_that_change_from_block_to_block_are_counted() {
    let mut example = run(6, 11, |_| 1.0);
    let changed = |item: &&mut ItemRecord| item.variant == "int8" && item.block == 3 && item.item < 2;
    example.items.iter_mut().filter(changed).for_each(|item| item.completion_sha256 = "dd".to_owned());
    let found = summary(&example);
    let int8 = row(&found, "int8");
    let repeats = int8.diagnostics.repeats.value().unwrap();
    assert_eq!((repeats.items, repeats.differing, repeats.share), (4, 2, 0.5));
    assert!(says(&int8.notes, "2 of 4 items that ran in several blocks gave different outputs"));
    assert_eq!(row(&found, "full").diagnostics.repeats.value().unwrap().differing, 0);
    let mut input = greedy();
    input.settings.tasks.values_mut().for_each(|task| task.decode = "sample".to_owned());
    let sampled = summarise(&input, &example.cells, &example.windows, &of(&example.items)).unwrap();
    assert!(row(&sampled, "int8").diagnostics.repeats.why().unwrap().contains("not chosen greedily"));
    different_items(&mut example);
    let once = summary(&example);
    assert_eq!(row(&once, "int8").diagnostics.repeats.why(), Some("no item ran in two blocks"));
}

/// Idle for two seconds at so many watts; of the machine where there is no cell.
fn idle(cell: Option<u32>, watts: f64, start_ns: i64) -> WindowRecord {
    let phase = if cell.is_some() { Phase::IdleLoaded } else { Phase::IdleMachine };
    let blank = window_record(0, 2.0 * watts);
    WindowRecord { cell, phase, t_start_ns: start_ns, t_end_ns: start_ns + 2_000_000_000, ..blank }
}

#[test]
fn idle_power_that_drifts_is_told_where_it_counts() {
    let mut example = run(6, 12, |_| 1.0);
    let of_int8 =
        |block: u16| example.cells.iter().find(|c| c.variant == "int8" && c.block == block).unwrap().cell;
    let (first, last) = (of_int8(0), of_int8(5));
    example.windows.insert(0, idle(None, 4.0, -9));
    example.windows.push(idle(Some(first), 3.0, 1));
    example.windows.push(idle(Some(last), 4.5, 2));
    example.windows.push(idle(None, 4.1, 3));
    let found = summary(&example);
    let machine = found.diagnostics.machine_idle.value().unwrap();
    assert!((machine.change_rel.unwrap() - 0.025).abs() < 1e-9, "{machine:?}");
    assert!(!says(&found.notes, "idle power"), "2.5 % is no drift: {:?}", found.notes);
    let int8 = row(&found, "int8");
    let loaded = int8.diagnostics.loaded_idle.value().unwrap();
    assert_eq!((loaded.first_w, loaded.last_w, loaded.change_rel), (3.0, 4.5, Some(0.5)));
    // Windows of 16 J in 2 s.
    assert!((loaded.of_power.unwrap() - 1.5 / 8.0).abs() < 0.01, "{loaded:?}");
    assert!(says(&int8.notes, "loaded idle changed by +50 %, from 3.00 to 4.50 W"), "{:?}", int8.notes);
    let full = &row(&found, "full").diagnostics.loaded_idle;
    assert_eq!(full.why(), Some("idle power was not measured"));
}

#[test]
fn a_drift_of_next_to_nothing_is_not_told() {
    let mut example = run(6, 12, |_| 1.0);
    example.windows.push(idle(None, 0.01, 1));
    example.windows.push(idle(None, 0.02, 2));
    let found = summary(&example);
    assert_eq!(found.diagnostics.machine_idle.value().unwrap().change_rel, Some(1.0));
    assert!(!says(&found.notes, "idle power"), "{:?}", found.notes);
}

#[test]
fn nothing_measured_has_reasons_everywhere_and_no_note() {
    let mut example = run(6, 13, |_| 1.0);
    example.windows.clear();
    let found = summary(&example);
    let all = &found.diagnostics;
    assert!(all.position.why().is_some() && all.lag_one.why().is_some() && all.machine_idle.why().is_some());
    for row in &found.rows {
        let own = &row.diagnostics;
        assert_eq!(own.steady.why(), Some("no valid energy"));
        assert!(own.outliers.why().is_some() && own.length.why().is_some() && own.lag_one.why().is_some());
    }
    let scorers = ScorerSpec::Board("edit-similarity".to_owned());
    assert!(greedy().tasks[0].scorers.contains(&scorers));
}

#[test]
fn diagnostics_are_read_back_as_they_were_written_and_older_summaries_open() {
    let found = summary(&run(6, 14, |_| 1.0));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(serde_json::from_value::<Summary>(json.clone()).unwrap(), found);
    let mut older = json;
    older.as_object_mut().unwrap().remove("diagnostics");
    for row in older["rows"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("diagnostics");
    }
    let older: Summary = serde_json::from_value(older).unwrap();
    assert!(older.rows[0].diagnostics.steady.why().unwrap().contains("did not compute it"));
}
