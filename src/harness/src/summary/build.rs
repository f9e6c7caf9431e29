//! Puts a summary together from the tables.

use anyhow::{Context, Result};
use super::scorers::{Scorer, find_scorer};

use super::gather::{Gathered, Measured, gather};
use super::resample::{Resamples, on_front, per_correct};
use super::score::{score, scored_items};
use super::speed::{Speed, speed};
use super::verdict::{Limits, judge, rules_out};
use super::{METRICS, Metric, PerCorrect, Row, Summary, SummaryInput, TaskInput, Verdict, energy};
use crate::record::{CellRecord, ItemRecord, WindowRecord};
use crate::stats::{Interval, generator, holm};

/// Version of `summary.json`.
const SCHEMA: u32 = 1;

/// Confidence of every interval; they are not adjusted for their number.
const LEVEL: f64 = 0.95;

/// A variant whose outputs are longer or shorter by more than this does other work per task.
const SAME_LENGTH: f64 = 0.05;

const JOULES_PER_WH: f64 = 3600.0;

/// Summarises the tables of one run.
///
/// # Errors
/// If the metric or a scorer isn't known to this version.
pub fn summarise(
    input: &SummaryInput,
    cells: &[CellRecord],
    windows: &[WindowRecord],
    items: &[ItemRecord],
) -> Result<Summary> {
    let metric = METRICS.iter().find(|metric| metric.name == input.metric).with_context(|| {
        let known: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        format!("unknown metric `{}`\nhelp: expected one of: {}", input.metric, known.join(", "))
    })?;
    let gathered = gather(input, cells, windows, items);
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for (number, task) in input.tasks.iter().enumerate() {
        rows.extend(task_rows(input, task, number as u64, metric, &gathered)?);
        notes.extend(items_note(input, task, &gathered));
    }
    let comparisons = adjust(&mut rows);
    for row in &mut rows {
        settle(row, input);
    }
    Ok(Summary {
        schema: SCHEMA,
        suite: input.suite.clone(),
        meter_sentence: input.meter_sentence.clone(),
        baseline: input.baseline.clone(),
        metric: input.metric.clone(),
        alpha: input.alpha,
        practical: input.practical,
        comparisons,
        level: LEVEL,
        grid_g_per_kwh: input.grid_g_per_kwh,
        rows,
        failed: gathered.failed,
        notes,
    })
}

/// The rows of one task, not yet judged.
fn task_rows(
    input: &SummaryInput,
    task: &TaskInput,
    number: u64,
    metric: &Metric,
    gathered: &Gathered<'_>,
) -> Result<Vec<Row>> {
    let scorers: Vec<&dyn Scorer> = task.scorers.iter().map(|name| known_scorer(name)).collect::<Result<_>>()?;
    let primary = known_scorer(&task.primary_score)?;
    let correct = scorers.iter().copied().find(|scorer| scorer.is_proportion());
    let measured: Vec<&Measured<'_>> = input
        .variants
        .iter()
        .filter_map(|variant| gathered.by_variant.get(&(task.name.as_str(), variant.as_str())))
        .collect();
    let resamples = Resamples::draw(&measured, &mut generator(input.seed, 2 * number));
    let curves: Vec<_> = measured
        .iter()
        .map(|variant| (resamples.energies(variant), resamples.scores(variant, primary)))
        .collect();
    let on_front = on_front(&measured, &curves);
    let baseline = gathered.by_variant.get(&(task.name.as_str(), input.baseline.as_str()));
    let mut random = generator(input.seed, 2 * number + 1);
    let mut rows = Vec::new();
    for ((variant, measured), on_front_p) in input.variants.iter().zip(measured).zip(on_front) {
        let mut scores = std::collections::BTreeMap::new();
        for scorer in &scorers {
            let items = scored_items(&measured.items, scorer.name());
            if let Some(score) = score(*scorer, &items, LEVEL, &mut random) {
                scores.insert(scorer.name().to_string(), score);
            }
        }
        let compared = baseline.and_then(|baseline| energy::compare(measured, baseline, metric, LEVEL)).unzip();
        let energy_per_task_j = energy::per_work(measured, |block| block.tasks, LEVEL);
        let wh_per_1000_tasks = energy_per_task_j.as_ref().map(|energy| energy.value * 1000.0 / JOULES_PER_WH);
        let speed = speed(measured);
        rows.push(Row {
            task: task.name.clone(),
            variant: variant.clone(),
            n_blocks: measured.blocks.len(),
            n_blocks_planned: measured.cells.len(),
            items: scored_items(&measured.items, primary.name()).len(),
            primary_score: task.primary_score.clone(),
            score: scores.get(&task.primary_score).cloned(),
            scores,
            energy_per_task_j,
            energy_net_per_task_j: energy::net_per_task(measured, LEVEL),
            energy_per_token_j: energy::per_work(measured, |block| block.tokens, LEVEL),
            energy_reason: measured.reason.clone(),
            energy_per_correct_j: match correct {
                Some(scorer) => per_correct(measured, scorer, &resamples, LEVEL),
                None => PerCorrect::Refused {
                    refused: "no scorer of this task tells right from wrong".to_string(),
                },
            },
            wh_per_1000_tasks,
            gco2e_per_1000_tasks: wh_per_1000_tasks
                .zip(input.grid_g_per_kwh)
                .map(|(wh, grams)| wh / 1000.0 * grams),
            ratio_of_totals: compared.0,
            geo_mean_ratio: compared.1,
            on_front_p,
            class: measured.class,
            u_model_rel: measured.u_model_rel,
            domains: measured.domains.clone(),
            verdict: Verdict::NotMeasured,
            rules_out_rel: None,
            notes: row_notes(input, variant, measured, &speed, baseline),
            tokens_per_s: speed.tokens_per_s,
            decode_tokens_per_s: speed.decode_tokens_per_s,
            ttft_ms: speed.ttft_ms,
            tpot_ms: speed.tpot_ms,
            peak_rss_bytes: speed.peak_rss_bytes,
            peak_device_bytes: speed.peak_device_bytes,
            weights_bytes: speed.weights_bytes,
            kernel_prefill: speed.kernel_prefill,
            kernel_decode: speed.kernel_decode,
            mean_exit_layer: speed.mean_exit_layer,
        });
    }
    // The baseline's ratio to itself is no comparison.
    for row in rows.iter_mut().filter(|row| row.variant == input.baseline) {
        (row.ratio_of_totals, row.geo_mean_ratio) = (None, None);
    }
    Ok(rows)
}

fn known_scorer(name: &str) -> Result<&'static dyn Scorer> {
    find_scorer(name).with_context(|| format!("unknown scorer `{name}`\nhelp: `harness list scorers` names them all"))
}

/// Fills in the adjusted p of every comparison and returns how many there are.
fn adjust(rows: &mut [Row]) -> usize {
    let mut ratios: Vec<_> = rows.iter_mut().filter_map(|row| row.ratio_of_totals.as_mut()).collect();
    ratios.retain(|ratio| ratio.p.is_some());
    let p: Vec<f64> = ratios.iter().filter_map(|ratio| ratio.p).collect();
    for (ratio, adjusted) in ratios.iter_mut().zip(holm(&p)) {
        ratio.p_holm = Some(adjusted);
    }
    p.len()
}

/// Judges a row whose ratio is complete.
fn settle(row: &mut Row, input: &SummaryInput) {
    if row.variant == input.baseline {
        row.verdict = Verdict::Baseline;
    } else if let Some(ratio) = &row.ratio_of_totals {
        let interval = Interval { value: ratio.value, lo: ratio.lo, hi: ratio.hi };
        let limits = Limits { alpha: input.alpha, practical: input.practical, model_error: row.u_model_rel };
        row.verdict = judge(&interval, ratio.p_holm, limits);
        row.rules_out_rel = rules_out(&interval);
    }
}

fn row_notes(
    input: &SummaryInput,
    variant: &str,
    measured: &Measured<'_>,
    speed: &Speed,
    baseline: Option<&Measured<'_>>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let (valid, planned) = (measured.blocks.len(), measured.cells.len());
    if valid > 0 && valid < planned {
        notes.push(format!("{} of {planned} blocks have no valid energy", planned - valid));
    }
    if !speed.deterministic {
        notes.push("repeated passes over the same items gave different tokens".to_string());
    }
    let usual = baseline.and_then(|baseline| super::speed::speed(baseline).tokens_per_task);
    if let Some((ours, usual)) = speed.tokens_per_task.zip(usual)
        && variant != input.baseline
        && (ours / usual - 1.0).abs() > SAME_LENGTH
    {
        let change = 100.0 * (ours / usual - 1.0);
        notes.push(format!(
            "its outputs differ in length from those of `{}` by {change:+.0} %: compare joules per token too",
            input.baseline
        ));
    }
    notes
}

/// Whom the intervals of a task speak of.
fn items_note(input: &SummaryInput, task: &TaskInput, gathered: &Gathered<'_>) -> Option<String> {
    let of_task = || {
        let variants = input.variants.iter();
        variants.filter_map(|variant| gathered.by_variant.get(&(task.name.as_str(), variant.as_str())))
    };
    let items = of_task().map(|measured| scored_items(&measured.items, &task.primary_score).len()).max()?;
    if items == 0 {
        return None;
    }
    Some(if of_task().all(Measured::repeats_items) {
        format!("task `{}`: every block ran the same {items} items; intervals of energy speak of these items", task.name)
    } else {
        format!("task `{}`: blocks ran different slices of {items} items; intervals speak of their population", task.name)
    })
}
