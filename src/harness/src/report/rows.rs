//! The rows of a summary as texts, shared by the terminal and `summary.md`.

use super::format::{MISSING, change, p_value, score_change, significant, with_interval};
use super::machine::unqualified;
use crate::summary::power::found_by;
use crate::summary::verdict::VERDICTS;
use crate::summary::{Alike, Summary, SummaryRow, Verdict, alike};

/// Bytes of the megabytes shown.
const MB: f64 = 1e6;

/// One column of a task's table.
pub struct Column {
    /// Its head.
    pub head: &'static str,
    /// Bare numbers stand at the right.
    pub is_number: bool,
    /// What it says of a row.
    pub text: fn(&Summary, &SummaryRow) -> String,
}

/// Every column, in order.
pub const COLUMNS: &[Column] = &[
    Column { head: "variant", is_number: false, text: |_, row| row.variant.clone() },
    Column { head: "score [95 %]", is_number: false, text: |_, row| score(row).unwrap_or_else(missing) },
    Column { head: SCORE_DIFFERENCE, is_number: false, text: score_difference },
    Column {
        head: ENERGY,
        is_number: true,
        text: |_, row| {
            row.energy_per_task_j.as_ref().map_or_else(missing, |energy| significant(energy.value, 4))
        },
    },
    Column { head: "Δ % [95 %]", is_number: false, text: |_, row| compared(row) },
    Column {
        head: "tok/s",
        is_number: true,
        text: |_, row| row.speed.tokens_per_s.map_or_else(missing, |rate| significant(rate, 3)),
    },
    Column {
        head: PEAK,
        is_number: true,
        text: |_, row| {
            row.speed.peak_rss_bytes.map_or_else(missing, |bytes| format!("{:.0}", bytes as f64 / MB))
        },
    },
    Column { head: KERNELS, is_number: false, text: |_, row| kernels(row).unwrap_or_else(missing) },
    Column { head: CLASS, is_number: false, text: |_, row| class(row) },
];

/// Heads that the terminal writes in its own way.
pub const ENERGY: &str = "J/task";
/// On two lines on the terminal.
pub const PEAK: &str = "peak MB";
/// Not a column where all rows share it.
pub const KERNELS: &str = "kernels";
/// Not a column where all rows share it.
pub const CLASS: &str = "class";
const SCORE_DIFFERENCE: &str = "Δ points [95 %]";

fn missing() -> String {
    MISSING.to_string()
}

fn score(row: &SummaryRow) -> Option<String> {
    let score = row.score.as_ref()?;
    let text = |value: f64| format!("{value:.3}");
    Some(with_interval(text(score.value), score.lo.map(text), score.hi.map(text)))
}

/// The primary score minus the baseline's, with a mark where that is significant.
fn score_difference(summary: &Summary, row: &SummaryRow) -> String {
    let Some(found) = row.score_differences.get(&row.primary_score) else {
        return if row.variant == summary.baseline { "baseline".to_owned() } else { missing() };
    };
    let mark = match found.p_holm {
        Some(p) if p < summary.alpha => {
            if found.value < 0.0 {
                " ▼"
            } else {
                " ▲"
            }
        }
        _ => "",
    };
    let text = score_change(found.value, found.lo, found.hi, found.width);
    let raw = if found.width.is_none() { " raw" } else { "" };
    text + raw + mark
}

fn compared(row: &SummaryRow) -> String {
    if row.verdict == Verdict::Baseline {
        return "baseline".to_string();
    }
    row.ratio_of_totals.as_ref().map_or_else(missing, |ratio| {
        let text = with_interval(change(ratio.value), ratio.lo.map(change), ratio.hi.map(change));
        format!("{text} {}", row.verdict.mark())
    })
}

fn class(row: &SummaryRow) -> String {
    row.class.map_or_else(missing, |class| class.to_string())
}

/// What all rows of a table share under a head; None where they differ or none has it.
pub fn shared(summary: &Summary, rows: &[&SummaryRow], head: &str) -> Option<String> {
    let column = COLUMNS.iter().find(|column| column.head == head)?;
    let mut texts = rows.iter().map(|row| (column.text)(summary, row)).filter(|text| text != MISSING);
    let first = texts.next()?;
    texts.all(|text| text == first).then_some(first)
}

/// `prefill/decode`, or the one name of both.
fn kernels(row: &SummaryRow) -> Option<String> {
    match (row.speed.kernel_prefill.as_ref(), row.speed.kernel_decode.as_ref()) {
        (Some(prefill), Some(decode)) if prefill != decode => Some(format!("{prefill} / {decode}")),
        (prefill, decode) => prefill.or(decode).cloned(),
    }
}

/// How small a change the run's blocks find.
fn detectable(summary: &Summary) -> Option<String> {
    let found = |row| found_by(row, &summary.metric, summary.alpha, summary.comparisons);
    let all: Vec<f64> = summary.rows.iter().filter_map(found).collect();
    let least = all.iter().copied().reduce(f64::min)?;
    let most = all.iter().copied().reduce(f64::max)?;
    let number = |share: f64| significant(100.0 * share, 2);
    Some(match number(least) == number(most) {
        true => format!("These blocks find changes of {} % and more (chance 80 %, adjusted).", number(least)),
        false => format!(
            "These blocks find changes of {} to {} % and more, by variant (chance 80 %, adjusted).",
            number(least),
            number(most)
        ),
    })
}

/// Which kernels ran, where variants differ in them.
fn kernels_of(summary: &Summary, rows: &[&SummaryRow]) -> Option<String> {
    if shared(summary, rows, KERNELS).is_some() {
        return None;
    }
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(own) = kernels(row) else { continue };
        match groups.iter_mut().find(|(kernels, _)| *kernels == own) {
            Some((_, names)) => names.push(&row.variant),
            None => groups.push((own, vec![&row.variant])),
        }
    }
    let told: Vec<String> =
        groups.iter().map(|(kernels, names)| format!("{kernels} ({})", names.join(", "))).collect();
    let task = &rows.first()?.task;
    (!told.is_empty()).then(|| format!("Kernels for prompts / single tokens on {task}: {}.", told.join("; ")))
}

/// The line above a task's table.
pub fn heading(summary: &Summary, rows: &[&SummaryRow]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let blocks = rows.iter().map(|row| row.n_blocks_planned).max().unwrap_or(0);
    let kernels = shared(summary, rows, KERNELS).map_or(String::new(), |kernels| format!(" · {kernels}"));
    format!(
        "task {} · score: {} · Δ of {} against {} · {blocks} blocks{kernels}",
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
            "Intervals: {:.0} %, unadjusted. Marks: Holm over {} comparisons at alpha {}, practical change {} %{}.",
            100.0 * summary.level,
            summary.comparisons,
            summary.alpha,
            100.0 * summary.practical,
            match summary.score_comparisons {
                0 => String::new(),
                count => format!("; of scores over {count}"),
            }
        ),
    ]);
    sentences.extend(detectable(summary));
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
    sentences.extend(by_task(summary).iter().filter_map(|(_, rows)| kernels_of(summary, rows)));
    sentences.extend(unqualified(summary.machine.as_ref()));
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
