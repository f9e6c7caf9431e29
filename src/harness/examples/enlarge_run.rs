//! Makes a huge run folder out of a small one, killed just before its end: for measuring what the store needs.
//!
//! Usage: `enlarge_run RUN OUT ITEMS SAMPLES`. Every cell gets its share of the items, with numbers and clusters of their
//! own, and of the readings of a counter that is read every millisecond.

#![expect(clippy::print_stdout, reason = "an example that nothing depends on")]

use std::path::Path;

use anyhow::{Context, Result};
use harness::record::{CellRecord, ItemRecord, Phase, SampleRecord, Status, WindowRecord};
use harness::store::{Part, RunFolder};

/// Items that share a cluster.
const CLUSTER: usize = 3;

/// Time between two readings, ns.
const PERIOD_NS: i64 = 1_000_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [run, out, items, samples] = &arguments[..] else {
        anyhow::bail!("usage: enlarge_run RUN OUT ITEMS SAMPLES");
    };
    let (small, mut manifest) = RunFolder::open(Path::new(run))?;
    let cells: Vec<CellRecord> = small.read()?;
    let windows: Vec<WindowRecord> = small.read()?;
    let rows: Vec<ItemRecord> = small.read()?;
    let reading: SampleRecord = small.read()?.into_iter().next().context("the run has no readings")?;
    let count = |total: &String| Ok::<_, anyhow::Error>(total.parse::<usize>()? / cells.len().max(1));
    let (items, samples) = (count(items)?, count(samples)?);

    let big = RunFolder::create(Path::new(out), "big")?;
    manifest.files.clear();
    manifest.complete = false;
    manifest.write(big.path())?;
    big.write(0, &Part::default())?;
    let length_ns = samples as i64 * PERIOD_NS;
    for (index, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.status == Status::Ok) {
        let start_ns = 1_000_000_000 + index as i64 * length_ns;
        let own: Vec<&ItemRecord> = rows.iter().filter(|row| row.cell == cell.cell).collect();
        let item = |number: usize| {
            let row = own[number % own.len()];
            // Each block has items of its own, the same ones for every variant.
            let item = (usize::from(cell.block) * items + number) as u32;
            let cluster = Some(format!("{}-{}", cell.block, number / CLUSTER));
            let completion = format!("{} {number}", row.completion);
            ItemRecord {
                item,
                cluster,
                problem: Some(item),
                name: Some(format!("{item}")),
                completion,
                ..row.clone()
            }
        };
        let sample = |number: usize| SampleRecord {
            t_ns: start_ns + number as i64 * PERIOD_NS,
            raw: (index * samples + number) as u64 * 10_000,
            ..reading.clone()
        };
        let edge = |window: &WindowRecord| WindowRecord {
            t_start_ns: start_ns + length_ns / 4,
            t_end_ns: start_ns + 3 * (length_ns / 4),
            ..window.clone()
        };
        let of_cell =
            |window: &&WindowRecord| window.cell == Some(cell.cell) && window.phase == Phase::Window;
        let part = Part {
            cells: vec![CellRecord { items: items as u32, ..cell.clone() }],
            windows: windows.iter().filter(of_cell).map(edge).collect(),
            items: (0..items).map(item).collect(),
            samples: (0..samples).map(sample).collect(),
        };
        big.write(cell.cell + 1, &part)?;
    }
    big.write(cells.len() as u32 + 1, &Part::default())?;
    println!("{}", big.path().display());
    Ok(())
}
