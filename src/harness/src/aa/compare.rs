//! Compares the two equal variants of a run, group of blocks by group of blocks.

use std::collections::HashSet;

use anyhow::Result;
use harness_meter::Domain;

use super::position::position;
use crate::gate::false_alarms::{AaSession, Compared, LimitCount};
use crate::gate::{Reference, Verdict, judge_run};
use crate::limit::{Gate, Limit};
use crate::machine::meter_key;
use crate::record::{CellRecord, ScoreRecord, WindowRecord};
use crate::store::{Manifest, RunFolder};
use crate::summary::{Comparison, Summary, SummaryRow, summarise};

/// What is compared where no gate limits a ratio.
const USUAL: &str = "energy-per-task";

/// Makes the comparisons of a finished run: one a metric, task and group of `blocks` blocks, as gates make them.
///
/// # Errors
/// A table cannot be read.
pub fn compare(folder: &RunFolder, manifest: &Manifest, blocks: u16) -> Result<AaSession> {
    let gates = manifest.gates()?;
    let cells = folder.read::<CellRecord>()?;
    let windows = folder.read::<WindowRecord>()?;
    let whole = summary_of(folder, manifest, &cells, &windows, &|_| true)?;
    let mut compared = compared(&whole, &gates);
    let mut limits = LimitCount::default();
    for first in (0..manifest.order.len() as u16).step_by(usize::from(blocks.max(1))) {
        let last = first.saturating_add(blocks);
        if usize::from(last) > manifest.order.len() {
            break;
        }
        let summary =
            summary_of(folder, manifest, &cells, &windows, &|block| (first..last).contains(&block))?;
        for one in &mut compared {
            one.p.extend(found(&summary, &one.task, &one.metric).and_then(|found| found.p));
        }
        count(&mut limits, &summary, &gates);
    }
    Ok(AaSession {
        utc: manifest.created_utc.clone(),
        harness_version: manifest.harness_version.clone(),
        suite: manifest.summary_input.suite.clone(),
        suite_sha256: manifest.suite_sha256.clone(),
        class: whole.rows.iter().find_map(|row| row.class),
        meter_key: meter_key(&counted(manifest)),
        qualified: manifest.qualification.as_ref().is_some_and(|found| found.qualified),
        blocks,
        compared,
        limits,
        position: position(&cells, &windows),
    })
}

fn counted(manifest: &Manifest) -> Vec<&Domain> {
    manifest.domain_details.iter().filter(|domain| manifest.counted.contains(&domain.name)).collect()
}

/// What the blocks that are wanted say.
fn summary_of(
    folder: &RunFolder,
    manifest: &Manifest,
    cells: &[CellRecord],
    windows: &[WindowRecord],
    wanted: &(dyn Fn(u16) -> bool + Sync),
) -> Result<Summary> {
    let cells: Vec<CellRecord> = cells.iter().filter(|cell| wanted(cell.block)).cloned().collect();
    let numbers: HashSet<u32> = cells.iter().map(|cell| cell.cell).collect();
    let of_cells = |row: &&WindowRecord| row.cell.is_some_and(|cell| numbers.contains(&cell));
    let windows: Vec<WindowRecord> = windows.iter().filter(of_cells).cloned().collect();
    let items = |task: &str, variant: &str| {
        let mut rows = folder.of_variant::<ScoreRecord>(task, variant)?;
        rows.retain(|row| wanted(row.block));
        Ok(rows)
    };
    summarise(&manifest.summary_input, &cells, &windows, &items)
}

/// Every metric of the gates on every task, with what all blocks together say.
fn compared(whole: &Summary, gates: &[Gate]) -> Vec<Compared> {
    let again = |row: &&SummaryRow| row.variant != whole.baseline;
    let mut metrics: Vec<&str> = gates
        .iter()
        .map(|gate| gate.metric.as_str())
        .filter(|metric| whole.rows.iter().any(|row| row.ratios.contains_key(*metric)))
        .collect();
    metrics.sort_unstable();
    metrics.dedup();
    if metrics.is_empty() {
        metrics.push(USUAL);
    }
    let mut compared = Vec::new();
    for row in whole.rows.iter().filter(again) {
        for metric in &metrics {
            let ratio = row.ratios.get(*metric);
            compared.push(Compared {
                metric: (*metric).to_owned(),
                task: row.task.clone(),
                p: Vec::new(),
                sd_within: ratio
                    .filter(|ratio| ratio.n > 1)
                    .map(|ratio| ratio.error * (ratio.n as f64).sqrt()),
                value: value(whole, &row.task, metric),
            });
        }
    }
    compared
}

/// Geometric mean of the metric over both variants.
fn value(whole: &Summary, task: &str, metric: &str) -> Option<f64> {
    let of_task = whole.rows.iter().filter(|row| row.task == task);
    let logs: Vec<f64> = of_task.filter_map(|row| Some(row.amounts.get(metric)?.value.ln())).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    (logs.len() == 2).then(|| mean.exp()).filter(|value| value.is_finite())
}

fn found<'s>(summary: &'s Summary, task: &str, metric: &str) -> Option<&'s Comparison> {
    let row = summary.rows.iter().find(|row| row.task == task && row.variant != summary.baseline)?;
    row.ratios.get(metric)
}

/// Answers of limits that no change keeps: every regression among them is false.
fn count(limits: &mut LimitCount, summary: &Summary, gates: &[Gate]) {
    let kept = |limit: &&Limit| matches!(limit, Limit::MaxIncrease(_) | Limit::MaxDecrease(_));
    let only =
        |gate: &Gate| Gate { limits: gate.limits.iter().filter(kept).copied().collect(), ..gate.clone() };
    let gates: Vec<Gate> = gates.iter().map(only).collect();
    for judged in judge_run(summary, &gates, Reference::Blocks).judged {
        limits.judged += u64::from(judged.verdict != Verdict::NotMeasurable);
        limits.regressions += u64::from(judged.verdict == Verdict::Regression);
    }
}
