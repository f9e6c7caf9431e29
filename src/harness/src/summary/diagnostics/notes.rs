//! What of the diagnostics a reader must know: only what is both sure and large enough to matter.

use crate::summary::diagnosis::{Dependence, Diagnostics, Drift, LengthEffect, Repeats, Steady};
use crate::summary::{SummaryInput, SummaryRow};
use harness_stats::normal::reach;

/// A variant whose outputs are longer or shorter by more than this does other work per task.
const SAME_LENGTH: f64 = 0.05;

/// Tokens that explain so much of a change of energy are told, however few more or less they are.
const EXPLAINS: f64 = 0.5;

/// Idle power that changes by more than this makes net energies depend on when it was taken: so far may two meters of one load lie
/// apart before a window is refused.
const IDLE_DRIFT: f64 = 0.05;

/// A change of idle power below this share of the windows' power moves no net energy that counts.
const DRIFT_THAT_COUNTS: f64 = 0.01;

/// Neighbours are said to be alike where independent ones would be so in one run of two hundred; the table marks one of forty.
const SURELY_ALIKE: f64 = 0.99;

/// Notes of one row; `usual` is the baseline's tokens per task.
pub(super) fn of_row(input: &SummaryInput, row: &SummaryRow, usual: Option<f64>) -> Vec<String> {
    let found = &row.diagnostics;
    let unsteady = found.steady.value().and_then(|steady| unsteady(input, steady));
    let far = found.outliers.value().into_iter().flatten().filter(|outlier| outlier.far).map(|outlier| {
        let times = outlier.of_median;
        format!("a block lies far from the others, at {times:.2} times their median: shown and kept")
    });
    let length = length(input, row, usual);
    let repeats = found.repeats.value().and_then(repeated);
    let idle = found.loaded_idle.value().and_then(|drift| {
        Some(format!("loaded idle {}: net energies depend on which of them is taken off", drifted(drift)?))
    });
    unsteady.into_iter().chain(far).chain(length).chain(repeats).chain(idle).collect()
}

/// Notes of the whole run.
pub(super) fn of_the_run(input: &SummaryInput, found: &Diagnostics) -> Vec<String> {
    let position = found
        .position
        .value()
        .filter(|position| position.p < input.alpha && position.late_rel.abs() >= input.practical);
    let position = position.map(|position| {
        format!(
            "cells late in their block cost {:+.1} % against early ones (rank correlation {:.2}, {}): the drawn order keeps ratios right and makes them less sure",
            100.0 * position.late_rel,
            position.rho,
            p(position.p)
        )
    });
    let sure = |lag: &&Dependence| lag.value > lag.bound * reach(SURELY_ALIKE) / reach(0.95);
    let dependence = found.lag_one.value().filter(sure);
    let dependence = dependence.map(|lag| {
        format!(
            "neighbours are alike (lag-1 autocorrelation {:.2} of {}, independent ones stay below {:.2}): intervals of joules are too narrow; in ratios cancels what a block shares",
            lag.value, lag.of, lag.bound
        )
    });
    let idle = found
        .machine_idle
        .value()
        .and_then(|drift| Some(format!("idle power of the machine {} during the run", drifted(drift)?)));
    position.into_iter().chain(dependence).chain(idle).collect()
}

/// A trend or a change of level, whichever is surer.
fn unsteady(input: &SummaryInput, steady: &Steady) -> Option<String> {
    let Steady { of, blocks, trend, shift, .. } = steady;
    let whole = (1.0 + trend.per_block_rel).powf(blocks.saturating_sub(1) as f64) - 1.0;
    let counts = |p: f64, change: f64| p < input.alpha && change.abs() >= input.practical;
    let trends = counts(trend.p_holm, whole).then(|| {
        format!(
            "not steady: {of} change by {:+.1} % from its first to its last block (slope, adjusted {})",
            100.0 * whole,
            p(trend.p_holm)
        )
    });
    let shifts = counts(shift.p_holm, shift.change_rel).then(|| {
        format!(
            "not steady: {of} change by {:+.1} % from block {} on (Pettitt, adjusted {})",
            100.0 * shift.change_rel,
            shift.block,
            p(shift.p_holm)
        )
    });
    if shift.p_holm < trend.p_holm { shifts.or(trends) } else { trends.or(shifts) }
}

fn length(input: &SummaryInput, row: &SummaryRow, usual: Option<f64>) -> Option<String> {
    if row.variant == input.baseline {
        return None;
    }
    let found = row.diagnostics.length.value();
    let of_cells = row.speed.tokens_per_task.zip(usual).map(|(ours, usual)| ours / usual);
    let ratio = found.map(|found| found.tokens_ratio).or(of_cells)?;
    let explains = found.and_then(|found| found.explained).is_some_and(|share| share >= EXPLAINS);
    if !((ratio - 1.0).abs() > SAME_LENGTH || explains || found.is_some_and(|found| found.disagree)) {
        return None;
    }
    let percent = |ratio: f64| 100.0 * (ratio - 1.0);
    let told = format!(
        "its outputs differ in length from those of `{}` by {:+.0} %",
        input.baseline,
        percent(ratio)
    );
    Some(match found {
        Some(LengthEffect { disagree: true, per_task_ratio, per_token_ratio, .. }) => format!(
            "{told}, and the metrics disagree: {:+.1} % energy per task, {:+.1} % energy per token",
            percent(*per_task_ratio),
            percent(*per_token_ratio)
        ),
        Some(LengthEffect { explained: Some(share), per_token_ratio, .. }) if *share > 0.0 => format!(
            "{told}, which explains {:.0} % of its change of energy per task: energy per token changes by {:+.1} %",
            100.0 * share,
            percent(*per_token_ratio)
        ),
        _ => format!("{told}: compare joules per token too"),
    })
}

fn repeated(found: &Repeats) -> Option<String> {
    let Repeats { items, differing, .. } = found;
    (*differing > 0)
        .then(|| format!("{differing} of {items} items that ran in several blocks gave different outputs"))
}

fn drifted(drift: &Drift) -> Option<String> {
    let relative = drift.change_rel.filter(|change| change.abs() > IDLE_DRIFT)?;
    drift.of_power.filter(|share| share.abs() > DRIFT_THAT_COUNTS)?;
    Some(format!("changed by {:+.0} %, from {:.2} to {:.2} W", 100.0 * relative, drift.first_w, drift.last_w))
}

fn p(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}
