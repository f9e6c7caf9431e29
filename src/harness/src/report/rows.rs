//! The rows of a summary as texts, shared by the terminal and `summary.md`.

use super::format::{MISSING, change, p_value, significant, with_interval};
use crate::summary::verdict::VERDICTS;
use crate::summary::{Alike, Summary, SummaryRow, Verdict, alike};

/// Heads of the columns that [`texts`] fills.
pub const HEADS: [&str; 8] =
    ["variant", "score [95 %]", "J/task", "Δ % [95 %]", "tok/s", "peak MB", "kernels", "class"];

/// Bytes of the megabytes shown.
const MB: f64 = 1e6;

/// One row's texts, in the order of [`HEADS`].
pub fn texts(row: &SummaryRow) -> [String; 8] {
    let missing = || MISSING.to_string();
    let score = row.score.as_ref().map(|score| {
        let text = |value: f64| format!("{value:.3}");
        with_interval(text(score.value), score.lo.map(text), score.hi.map(text))
    });
    let compared = row.ratio_of_totals.as_ref().map(|ratio| {
        let text = with_interval(change(ratio.value), ratio.lo.map(change), ratio.hi.map(change));
        format!("{text} {}", row.verdict.mark())
    });
    let compared = match row.verdict {
        Verdict::Baseline => "baseline".to_string(),
        _ => compared.unwrap_or_else(missing),
    };
    [
        row.variant.clone(),
        score.unwrap_or_else(missing),
        row.energy_per_task_j.as_ref().map_or_else(missing, |energy| significant(energy.value, 4)),
        compared,
        row.speed.tokens_per_s.map_or_else(missing, |rate| significant(rate, 3)),
        row.speed.peak_rss_bytes.map_or_else(missing, |bytes| format!("{:.0}", bytes as f64 / MB)),
        kernels(row).unwrap_or_else(missing),
        row.class.map_or_else(missing, |class| class.to_string()),
    ]
}

/// `prefill/decode`, or the one name of both.
fn kernels(row: &SummaryRow) -> Option<String> {
    match (row.speed.kernel_prefill.as_ref(), row.speed.kernel_decode.as_ref()) {
        (Some(prefill), Some(decode)) if prefill != decode => Some(format!("{prefill} / {decode}")),
        (prefill, decode) => prefill.or(decode).cloned(),
    }
}

/// The line above a task's table.
pub fn heading(summary: &Summary, rows: &[&SummaryRow]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let blocks = rows.iter().map(|row| row.n_blocks_planned).max().unwrap_or(0);
    format!(
        "task {} · score: {} · Δ of {} against {} · {blocks} blocks",
        first.task, first.primary_score, summary.metric, summary.baseline
    )
}

/// The tasks of a summary, each with its rows, in order.
pub fn by_task(summary: &Summary) -> Vec<(&str, Vec<&SummaryRow>)> {
    let mut tasks: Vec<(&str, Vec<&SummaryRow>)> = Vec::new();
    for row in &summary.rows {
        match tasks.iter_mut().find(|(task, _)| *task == row.task) {
            Some((_, rows)) => rows.push(row),
            None => tasks.push((&row.task, vec![row])),
        }
    }
    tasks
}

/// Sentences that a reader of the tables needs: meter, intervals, marks in use, notes.
pub fn sentences(summary: &Summary) -> Vec<String> {
    let energy = Some(&summary.energy_sentence).filter(|sentence| !sentence.is_empty());
    let mut sentences: Vec<String> = energy.map(|sentence| format!("{sentence}.")).into_iter().collect();
    sentences.extend([
        format!("Meters: {}.", summary.meter_sentence.trim_start_matches("meters: ").trim_end()),
        format!(
            "Intervals: {:.0} %, unadjusted. Marks: Holm over {} comparisons at alpha {}, practical change {} %.",
            100.0 * summary.level,
            summary.comparisons,
            summary.alpha,
            100.0 * summary.practical
        ),
    ]);
    let used = |verdict: &&Verdict| summary.rows.iter().any(|row| row.verdict == **verdict);
    let marks: Vec<String> = VERDICTS
        .iter()
        .filter(|verdict| **verdict != Verdict::Baseline && **verdict != Verdict::NotMeasured)
        .filter(used)
        .map(|verdict| format!("{} {}", verdict.mark(), verdict.meaning()))
        .collect();
    if !marks.is_empty() {
        sentences.push(format!("{}.", marks.join("; ")));
    }
    let model = summary.rows.iter().map(|row| row.u_model_rel).fold(0.0, f64::max);
    if model > 0.0 {
        sentences.push(format!(
            "Estimated energy: no difference up to {:.0} % is called significant, the model's own error.",
            100.0 * model
        ));
    }
    sentences.extend(summary.notes.iter().map(|note| format!("{note}.")));
    for (task, rows) in by_task(summary) {
        let notes: Vec<(&str, String)> = rows
            .iter()
            .flat_map(|row| {
                let reason = row.energy_reason.iter().map(|reason| format!("no energy: {reason}"));
                reason.chain(row.notes.iter().cloned()).map(|note| (row.variant.as_str(), note))
            })
            .collect();
        let texts: Vec<&str> = notes.iter().map(|(_, note)| note.as_str()).collect();
        for Alike { text, places } in alike(&texts) {
            let whose: Vec<&str> = places.iter().map(|place| notes[*place].0).collect();
            sentences.push(format!("{} on {task}: {text}.", variants(&whose, rows.len())));
        }
    }
    sentences
}

/// Names of variants; all of them in a word.
fn variants(names: &[&str], of: usize) -> String {
    if names.len() == of && of > 2 { "all variants".to_string() } else { names.join(", ") }
}

/// One line for each reason of cells without energy.
pub fn failures(summary: &Summary) -> Vec<String> {
    let reasons: Vec<String> =
        summary.failed.iter().map(|cell| format!("{}: {}", cell.status, cell.reason)).collect();
    let line = |Alike { text, places }: Alike| {
        let cells: Vec<_> = places.iter().map(|place| &summary.failed[*place]).collect();
        match cells[..] {
            [cell] => {
                format!(
                    "cell {} ({} on {}, block {}): {text}",
                    cell.cell, cell.variant, cell.task, cell.block
                )
            }
            _ => {
                let mut whose: Vec<String> = Vec::new();
                for (task, rows) in by_task(summary) {
                    let has = |row: &&&SummaryRow| {
                        cells.iter().any(|cell| (&cell.task, &cell.variant) == (&row.task, &row.variant))
                    };
                    let names: Vec<&str> = rows.iter().filter(has).map(|row| row.variant.as_str()).collect();
                    if !names.is_empty() {
                        whose.push(format!("{} on {task}", variants(&names, rows.len())));
                    }
                }
                format!("{} cells ({}): {text}", cells.len(), whose.join("; "))
            }
        }
    };
    alike(&reasons).into_iter().map(line).collect()
}

/// What the comparison of a row came to, in a sentence without full stop; None for the baseline.
pub fn verdict_sentence(summary: &Summary, row: &SummaryRow) -> Option<String> {
    let name = &row.variant;
    let Some(ratio) = &row.ratio_of_totals else {
        return (row.verdict == Verdict::NotMeasured).then(|| format!("{name}: {}", row.verdict.meaning()));
    };
    let p = ratio.p_holm.map_or(String::new(), |p| format!(", adjusted p {}", p_value(p)));
    let possible = row.rules_out_rel.map_or(String::new(), |most| {
        format!("; the interval rules out changes above {} %", significant(100.0 * most, 2))
    });
    let change = change(ratio.value);
    Some(match row.verdict {
        Verdict::Lower | Verdict::Higher => format!("{name}: {} ({change} %{p})", row.verdict.meaning()),
        Verdict::NoDifference => {
            format!("{name}: no difference above {} % ({change} %{p})", 100.0 * summary.practical)
        }
        _ => format!("{name}: {} ({change} %{p}){possible}", row.verdict.meaning()),
    })
}
