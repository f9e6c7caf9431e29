//! A made-up run for tests: six blocks of three variants, one cell of which failed.

use std::collections::BTreeMap;
use std::path::Path;

use harness_meter::Class;
use harness_protocol::Finish;
use harness_task::ScorerSpec;

use crate::record::{
    CellRecord, ItemRecord, Phase, ScoreRecord, Status, Why, WindowConditions, WindowRecord,
};
use crate::score::TaskInput;
use crate::summary::{Settings, Summary, SummaryInput, summarise};
use crate::table::{read, write};

/// What each block does to everything that runs in it.
const BLOCKS: [f64; 6] = [1.0, 1.1, 0.9, 1.05, 0.95, 1.0];

/// What each block does to the pruned variant alone.
const PRUNED: [f64; 6] = [1.01, 0.99, 1.02, 0.98, 1.0, 1.0];

/// Joules of a window of the full variant in an ordinary block: 4 items, 2 passes, so 2 J a task.
const FULL: f64 = 16.0;

/// The cell that fails: `pruned` in the last block.
pub(crate) const FAILED: u32 = 17;

pub(crate) struct Example {
    pub(crate) cells: Vec<CellRecord>,
    pub(crate) windows: Vec<WindowRecord>,
    pub(crate) items: Vec<ItemRecord>,
}

pub(crate) fn input() -> SummaryInput {
    SummaryInput {
        suite: "example".to_string(),
        seed: 7,
        meter_sentence: "simulated by `sim`".to_string(),
        energy_sentence: "Energy: sim, class simulated: made up, good for trying the tool".to_string(),
        baseline: "full".to_string(),
        variants: ["full", "int8", "pruned"].map(str::to_string).to_vec(),
        tasks: vec![TaskInput {
            name: "java".to_string(),
            primary_score: "edit-similarity".to_string(),
            scorers: ["edit-similarity", "exact-match"]
                .map(|name| ScorerSpec::Board(name.to_string()))
                .to_vec(),
            language: None,
            classes: Vec::new(),
            post_process: "none".to_string(),
            stop: Vec::new(),
        }],
        metric: "energy-per-task".to_string(),
        alpha: 0.05,
        practical: 0.03,
        grid_g_per_kwh: Some(300.0),
        looks: Default::default(),
        settings: Settings::default(),
        learning_curves: Vec::new(),
    }
}

pub(crate) fn example() -> Example {
    let mut example = Example { cells: Vec::new(), windows: Vec::new(), items: Vec::new() };
    for block in 0..6u16 {
        for (place, variant) in ["full", "int8", "pruned"].into_iter().enumerate() {
            let cell = u32::from(block) * 3 + place as u32;
            let common = FULL * BLOCKS[usize::from(block)];
            let energy = match variant {
                "full" => common,
                "int8" => 0.5 * common,
                _ => 0.8 * common * PRUNED[usize::from(block)],
            };
            let ok = cell != FAILED;
            example.cells.push(cell_record(cell, block, place as u16, variant, ok));
            if ok {
                example.windows.push(window_record(cell, energy));
                example.items.extend((0..4).map(|item| item_record(cell, block, variant, item, energy)));
            }
        }
    }
    example
}

/// The example's summary, by way of its tables.
pub(crate) fn summary() -> Summary {
    summary_through_tables(tempfile::tempdir().unwrap().path())
}

/// The summary of an example that a test has changed.
pub(crate) fn summary_of(example: &Example) -> Summary {
    summarise(&input(), &example.cells, &example.windows, &of(&example.items)).unwrap()
}

/// Writes the example's tables, reads them back, and summarises what was read.
pub(crate) fn summary_through_tables(folder: &Path) -> Summary {
    let example = example();
    let path = |name: &str| folder.join(format!("{name}.parquet"));
    write(&path("cells"), &example.cells).unwrap();
    write(&path("windows"), &example.windows).unwrap();
    write(&path("items"), &example.items).unwrap();
    let items: Vec<ItemRecord> = read(&path("items")).unwrap();
    summarise(&input(), &read(&path("cells")).unwrap(), &read(&path("windows")).unwrap(), &of(&items))
        .unwrap()
}

/// Hands out items by task and variant.
pub(crate) fn of(items: &[ItemRecord]) -> impl Fn(&str, &str) -> anyhow::Result<Vec<ScoreRecord>> {
    |task, variant| {
        let own = items.iter().filter(|item| item.task == task && item.variant == variant);
        Ok(own.map(ScoreRecord::from).collect())
    }
}

pub(crate) fn why(word: &str, detail: &str) -> Why {
    Why { word: word.to_owned(), detail: detail.to_owned() }
}

pub(crate) fn cell_record(cell: u32, block: u16, position: u16, variant: &str, ok: bool) -> CellRecord {
    let speed = if variant == "full" { 1.0 } else { 2.0 };
    CellRecord {
        cell,
        block,
        position,
        session: 0,
        task: "java".to_string(),
        variant: variant.to_string(),
        status: if ok { Status::Ok } else { Status::Failed },
        reason: (!ok).then(|| "the engine was killed by signal 9".to_string()),
        t_start_ns: i64::from(cell) * 10_000_000_000,
        t_end_ns: i64::from(cell) * 10_000_000_000 + 5_000_000_000,
        load_s: ok.then_some(0.5),
        passes: ok.then_some(2),
        items: 4,
        tokens_in: ok.then_some(800),
        tokens_out: ok.then_some(120),
        prefill_s: ok.then_some(0.5),
        decode_s: ok.then_some(1.12 / speed),
        ttft_ms_p50: ok.then_some(60.0),
        tpot_ms_p50: ok.then_some(10.0 / speed),
        peak_rss_bytes: ok.then_some(200_000_000 + u64::from(block)),
        peak_device_bytes: None,
        weights_bytes: ok.then_some(24_000_000),
        weights_sha256: ok.then(|| "ab".to_string()),
        kernel_prefill: ok.then(|| "dense-f32".to_string()),
        kernel_decode: ok.then(|| if variant == "int8" { "int8-rows" } else { "dense-f32" }.to_string()),
        dtype: "f32".to_string(),
        cache: Some("key-value".to_string()),
        head: Some("last".to_string()),
        context_fraction: Some(vec![0.2]),
        deterministic: ok.then_some(true),
        mean_exit_layer: ok.then_some(12.0),
    }
}

pub(crate) fn window_record(cell: u32, energy: f64) -> WindowRecord {
    WindowRecord {
        cell: Some(cell),
        session: 0,
        phase: Phase::Window,
        domain: "sim".to_string(),
        meter: "sim".to_string(),
        class: Class::Simulated,
        t_start_ns: i64::from(cell) * 10_000_000_000 + 1_000_000_000,
        t_end_ns: i64::from(cell) * 10_000_000_000 + 3_000_000_000,
        seconds: 2.0,
        energy_j: Some(energy),
        energy_net_j: Some(energy - 4.0),
        u_indep_j: Some(0.001),
        u_scale_rel: Some(0.0),
        u_model_rel: None,
        updates: 2000,
        update_period_s: Some(0.001),
        resolution_j: Some(1e-6),
        max_gap_s: Some(0.001),
        idle_w: Some(2.0),
        disagreement_rel: None,
        valid: true,
        why: None,
        spoiled_by: None,
        conditions: WindowConditions::default(),
        formula: None,
    }
}

pub(crate) fn item_record(cell: u32, block: u16, variant: &str, item: u32, energy: f64) -> ItemRecord {
    // The pruned variant loses item 1; nobody gets item 2 right.
    let similarity = match (variant, item) {
        (_, 2) => 0.5,
        ("pruned", 1) => 0.7,
        _ => 1.0,
    };
    let exact = if similarity == 1.0 { 1.0 } else { 0.0 };
    let start = i64::from(cell) * 10_000_000_000 + 1_000_000_000 + i64::from(item) * 250_000_000;
    ItemRecord {
        cell,
        block,
        task: "java".to_string(),
        variant: variant.to_string(),
        item,
        cluster: Some(["A.java", "B.java", "C.java", "C.java"][item as usize].to_string()),
        pass_count: 2,
        prompt_sha256: format!("{item:02}"),
        completion: "return x ;".to_string(),
        completion_sha256: "cc".to_string(),
        reference: Some("return x ;".to_string()),
        tokens_in: 100,
        tokens_out: 15,
        t_start_ns: start,
        t_first_ns: Some(start + 60_000_000),
        t_end_ns: start + 250_000_000,
        seconds: 0.25,
        energy_total_j: Some(energy / 8.0),
        energy_net_total_j: Some((energy - 4.0) / 8.0),
        energy_class: Some(Class::Simulated),
        exit_layers: Some(vec![12; 15]),
        finish: Finish::Length,
        score: BTreeMap::from([
            ("edit-similarity".to_string(), similarity),
            ("exact-match".to_string(), exact),
        ]),
        stats: BTreeMap::from([
            ("edit-similarity".to_string(), vec![similarity]),
            ("exact-match".to_string(), vec![exact]),
        ]),
        ..ItemRecord::default()
    }
}
