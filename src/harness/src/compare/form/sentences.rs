//! What a reader must know besides the tables, in sentences.

use std::collections::BTreeMap;

use super::lines::name;
use crate::compare::{CompareReport, Compared, Families, Kind, Side};
use crate::summary::Verdict;
use crate::summary::verdict::VERDICTS;

/// Rows that are named one by one; more are counted.
const MOST_NAMED: usize = 4;

/// Who is compared with whom.
pub(super) fn title(report: &CompareReport) -> String {
    let names = |sides: &[Side]| {
        let names: Vec<&str> = sides.iter().map(|side| side.run.as_str()).collect();
        names.join(", ")
    };
    match &report.baseline {
        Some(baseline) => {
            format!("{}: variants against `{baseline}`, in the same blocks", names(&report.before))
        }
        None => format!(
            "before: {}\nafter:  {}\nunpaired, {} and {} sessions",
            names(&report.before),
            names(&report.after),
            report.before.len(),
            report.after.len()
        ),
    }
}

/// Everything below the tables, without full stops.
pub(super) fn sentences(report: &CompareReport) -> Vec<String> {
    let mut all: Vec<String> = whys(report);
    all.extend(report.notes.iter().cloned());
    if !report.energy.is_empty() {
        all.push(report.energy.clone());
    }
    all.push(intervals(report));
    let used = |verdict: &&Verdict| {
        report.rows.iter().any(|row| {
            let found = [&row.found, &row.against_baselines];
            let shown = row.kind == Kind::Ratio || **verdict != Verdict::Inconclusive;
            shown && found.into_iter().flatten().any(|found| found.verdict == Some(**verdict))
        })
    };
    let marks: Vec<String> = VERDICTS
        .iter()
        .filter(used)
        .map(|verdict| format!("{} {}", verdict.mark(), verdict.meaning()))
        .collect();
    if !marks.is_empty() {
        all.push(marks.join("; "));
    }
    all
}

fn intervals(report: &CompareReport) -> String {
    let Families { amounts, scores, amounts_against_baselines, scores_against_baselines } = report.families;
    let families: Vec<String> = [
        (amounts, "amounts"),
        (scores, "scores"),
        (amounts_against_baselines, "amounts against baselines"),
        (scores_against_baselines, "scores against baselines"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} of {what}"))
    .collect();
    let adjusted = match families.is_empty() {
        true => String::new(),
        false => format!(
            ". p adjusted by Holm at alpha {}: {}, each a family; a change of {} % is practical",
            report.alpha,
            families.join(", "),
            100.0 * report.practical
        ),
    };
    format!("Intervals: {:.0} %, unadjusted{adjusted}", 100.0 * report.level)
}

/// Why comparisons are missing or have no interval, each reason once.
fn whys(report: &CompareReport) -> Vec<String> {
    let mut rows: BTreeMap<&str, Vec<&Compared>> = BTreeMap::new();
    for row in &report.rows {
        if let Some(why) = &row.why {
            rows.entry(why).or_default().push(row);
        }
    }
    let told = |(why, rows): (&str, Vec<&Compared>)| {
        let whose = |row: &&Compared| format!("{} on {}, {}", name(report, row), row.task, row.quantity);
        match rows.len() {
            all if all == report.rows.len() => format!("all rows: {why}"),
            few if few <= MOST_NAMED => {
                format!("{}: {why}", rows.iter().map(whose).collect::<Vec<_>>().join("; "))
            }
            many => format!("{many} rows ({}, …): {why}", rows.first().map(whose).unwrap_or_default()),
        }
    };
    rows.into_iter().map(told).collect()
}
