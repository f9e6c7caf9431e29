//! Comparisons as lines of a table: one for each estimate.

use crate::compare::{CompareReport, Compared, Counted, Found, Kind};
use crate::report::format::{MISSING, change, score_change, score_unit, significant, with_interval};
use crate::summary::Verdict;

/// Bytes of the megabytes shown.
const MB: f64 = 1e6;

/// One estimate as people read it.
pub(super) struct Line<'r> {
    /// What it belongs to.
    pub(super) row: &'r Compared,
    /// The estimate.
    pub(super) found: Option<&'r Found>,
    /// The first of its row, else what it is, in words.
    pub(super) what: Option<String>,
}

/// Tasks in their order, each with its rows.
pub(super) fn by_task(report: &CompareReport) -> Vec<(&str, Vec<&Compared>)> {
    let mut tasks: Vec<(&str, Vec<&Compared>)> = Vec::new();
    for row in &report.rows {
        match tasks.iter_mut().find(|(task, _)| *task == row.task) {
            Some((_, rows)) => rows.push(row),
            None => tasks.push((&row.task, vec![row])),
        }
    }
    tasks
}

/// The lines of a row.
pub(super) fn lines(row: &Compared) -> Vec<Line<'_>> {
    let mut lines = vec![Line { row, found: row.found.as_ref(), what: None }];
    if let Some(found) = &row.without_sessions {
        let what = Some("without the spread between sessions".to_owned());
        lines.push(Line { row, found: Some(found), what });
    }
    if let (Some(found), Some(baseline)) = (&row.against_baselines, &row.baseline) {
        lines.push(Line { row, found: Some(found), what: Some(format!("against each run's `{baseline}`")) });
    }
    lines
}

/// Heads of the columns that [`Line::texts`] fills.
pub(super) fn heads(report: &CompareReport) -> [String; 7] {
    let before = if report.baseline.is_some() { "baseline" } else { "before" };
    let after = if report.baseline.is_some() { "value" } else { "after" };
    let interval = format!("Δ [{:.0} %]", 100.0 * report.level);
    ["variant", "quantity", before, after, &interval, "adj. p", "from"].map(str::to_owned)
}

impl Line<'_> {
    /// Its texts, in the order of [`heads`].
    pub(super) fn texts(&self, report: &CompareReport) -> [String; 7] {
        let Self { row, found, what } = self;
        let missing = || MISSING.to_owned();
        let change = found.map_or_else(missing, |found| changed(row, found) + &mark(row, found));
        let p = found.and_then(|found| found.p_holm).map_or_else(missing, p_text);
        let from = found.map_or_else(missing, counts);
        match what {
            Some(what) => {
                let blank = String::new;
                [blank(), format!("  {what}"), blank(), blank(), change, p, from]
            }
            None => [
                name(report, row),
                row.quantity.clone(),
                row.before.map_or_else(missing, |value| value_text(value, row)),
                row.after.map_or_else(missing, |value| value_text(value, row)),
                change,
                p,
                from,
            ],
        }
    }
}

/// The variant, with its name before where runs before had another.
pub(super) fn name(report: &CompareReport, row: &Compared) -> String {
    match report.baseline.is_none() && row.against != row.variant {
        true => format!("{} → {}", row.against, row.variant),
        false => row.variant.clone(),
    }
}

/// The change with its interval and unit.
pub(super) fn changed(row: &Compared, found: &Found) -> String {
    let Found { value, lo, hi, .. } = *found;
    match row.kind {
        Kind::Ratio => with_interval(change(value), lo.map(change), hi.map(change)) + " %",
        Kind::Difference => score_change(value, lo, hi, row.width) + score_unit(row.width),
    }
}

fn mark(row: &Compared, found: &Found) -> String {
    match (row.kind, found.verdict) {
        (_, None) | (Kind::Difference, Some(Verdict::Inconclusive)) => String::new(),
        (_, Some(verdict)) => format!(" {}", verdict.mark()),
    }
}

fn p_text(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

fn value_text(value: f64, row: &Compared) -> String {
    match row.unit.as_str() {
        "bytes" => format!("{} MB", significant(value / MB, 4)),
        "1" => format!("{value:.3}"),
        unit => format!("{} {}", significant(value, 4), unit.split('/').next().unwrap_or_default()),
    }
}

fn counts(found: &Found) -> String {
    let Found { counted, n_before, n_after, .. } = *found;
    match counted {
        Counted::Sessions => format!("{n_before} + {n_after} sessions"),
        Counted::Blocks | Counted::Clusters => format!("{n_after} {}", counted.word(n_after)),
    }
}
