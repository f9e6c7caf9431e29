//! What a summary knows of the quantity that a gate limits.

use harness_stats::{Estimate, Interval};

use super::judge::Evidence;
use crate::limit::{Limit, QUALITY};
use crate::metric::{METRICS, PER_CORRECT};
use crate::summary::{Comparison, Energy, PerCorrect, Summary, SummaryRow};

/// The name of the scorer or metric that a gate means on a row's task; None where the task does not have it.
pub fn meant<'r>(row: &'r SummaryRow, metric: &'r str) -> Option<&'r str> {
    let metric = if metric == QUALITY { &row.primary_score } else { metric };
    let known = is_ratio(metric) || row.scorers.iter().any(|scorer| scorer == metric);
    known.then_some(metric)
}

fn is_ratio(metric: &str) -> bool {
    metric == PER_CORRECT || METRICS.iter().any(|known| known.name == metric)
}

/// What is known of a quantity that [`meant`] has named.
pub fn evidence(summary: &Summary, row: &SummaryRow, metric: &str, limit: Limit) -> Evidence {
    match (limit.change(), is_ratio(metric)) {
        (None, true) => value(row, metric),
        (None, false) => score(row, metric),
        (Some(_), true) => ratio(row, metric),
        (Some(_), false) => difference(summary, row, metric),
    }
}

fn ratio(row: &SummaryRow, metric: &str) -> Evidence {
    let Some(found) = row.ratios.get(metric) else { return Evidence::Missing(why_no_ratio(row, metric)) };
    let is_energy =
        metric == PER_CORRECT || METRICS.iter().any(|known| known.name == metric && known.is_energy);
    Evidence::Ratio {
        estimate: estimate(found, found.value.ln()),
        model_error: if is_energy { row.u_model_rel } else { 0.0 },
        n: found.n,
    }
}

fn why_no_ratio(row: &SummaryRow, metric: &str) -> String {
    match (&row.energy_reason, &row.energy_per_correct_j) {
        (Some(reason), _) => format!("no energy: {reason}"),
        (None, PerCorrect::Refused { refused }) if metric == PER_CORRECT => refused.clone(),
        _ => "variant and baseline have no block in common that has it".to_owned(),
    }
}

fn difference(summary: &Summary, row: &SummaryRow, scorer: &str) -> Evidence {
    let missing = || Evidence::Missing("variant and baseline have no scored item in common".to_owned());
    let Some(found) = row.score_differences.get(scorer) else { return missing() };
    let baseline =
        summary.rows.iter().find(|other| other.task == row.task && other.variant == summary.baseline);
    let Some(baseline) = baseline.and_then(|row| row.scores.get(scorer)) else { return missing() };
    Evidence::Difference {
        estimate: estimate(found, found.value),
        baseline: baseline.value,
        width: found.width,
        n: found.n,
    }
}

fn estimate(found: &Comparison, value: f64) -> Estimate {
    Estimate { value, error: found.error, freedom: found.freedom }
}

fn value(row: &SummaryRow, metric: &str) -> Evidence {
    let absolute = |energy: &Option<Energy>| match energy {
        None => Evidence::Missing(why_no_ratio(row, metric)),
        Some(Energy { value, lo_absolute: Some(lo), hi_absolute: Some(hi), .. }) => {
            Evidence::Value(Interval { value: *value, lo: Some(*lo), hi: Some(*hi) })
        }
        Some(Energy { value, lo: None, .. }) => Evidence::Value(Interval::bare(*value)),
        Some(_) => Evidence::Missing("the meter does not say how far its joules may be off".to_owned()),
    };
    match metric {
        "energy-per-task" => absolute(&row.energy_per_task_j),
        "energy-per-token" => absolute(&row.energy_per_token_j),
        PER_CORRECT => match &row.energy_per_correct_j {
            PerCorrect::Value { value, lo, hi, .. } => {
                Evidence::Value(Interval { value: *value, lo: *lo, hi: *hi })
            }
            PerCorrect::Refused { refused } => Evidence::Missing(refused.clone()),
        },
        _ => row.amounts.get(metric).map_or_else(
            || Evidence::Missing("no cell has it".to_owned()),
            |interval| Evidence::Value(*interval),
        ),
    }
}

fn score(row: &SummaryRow, scorer: &str) -> Evidence {
    match row.scores.get(scorer) {
        Some(score) => Evidence::Value(Interval { value: score.value, lo: score.lo, hi: score.hi }),
        None => Evidence::Missing("nothing was scored".to_owned()),
    }
}
