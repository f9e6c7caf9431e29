//! The page `summary.md`: the terminal's table with everything that doesn't fit there.

use super::format::{MISSING, significant, with_interval};
use super::machine;
use super::markdown_diagnostics::diagnostics;
use super::markdown_exits::{laws, of_task, prices};
use super::markdown_table::{bullets, table};
use super::rows::{COLUMNS, by_task, failures, heading, sentences, verdict_sentence};
use crate::foreign::Foreign;
use crate::summary::{Energy, PerCorrect, Summary, SummaryRow};

/// The whole page.
pub fn markdown(summary: &Summary) -> String {
    let summary = &summary.for_markdown();
    let mut page = format!("# {}\n", summary.suite);
    for (task, rows) in by_task(summary) {
        page += &format!("\n## {task}\n\n{}\n\n", heading(summary, &rows));
        let heads: Vec<&str> = COLUMNS.iter().map(|column| column.head).collect();
        let texts = |row: &&SummaryRow| -> Vec<String> {
            COLUMNS.iter().map(|column| (column.text)(summary, row)).collect()
        };
        page += &table(&heads, rows.iter().map(texts));
        page += "\nEnergy in full (joules; the absolute interval includes the uncertainty of scale):\n\n";
        page += &table(&ENERGY_HEADS, rows.iter().map(|row| energies(row)));
        let scorers: Vec<&String> = rows.first().map(|row| row.scorers.iter().collect()).unwrap_or_default();
        if scorers.len() > 1 {
            page += "\nEvery score [95 %]:\n\n";
            page += &scores(&scorers, &rows);
        }
        page += &of_task(&rows);
        page += &laws(summary, task);
        let verdicts: Vec<String> = rows.iter().filter_map(|row| verdict_sentence(summary, row)).collect();
        if !verdicts.is_empty() {
            page += "\nVerdicts:\n\n";
            page += &bullets(&verdicts);
        }
    }
    page += &prices(summary);
    page += &diagnostics(summary);
    page += "\n## Notes\n\n";
    page += &bullets(&sentences(summary));
    if let Some(grams) = summary.grid_g_per_kwh {
        page += &format!("- Emissions use {grams} g CO2-equivalent per kWh, as the suite declares.\n");
    }
    page += &machine::section(summary.machine.as_ref());
    let failures = failures(summary);
    if !failures.is_empty() {
        page += "\n## Cells without energy\n\n";
        page += &bullets(&failures);
    }
    page
}

const ENERGY_HEADS: [&str; 8] = [
    "variant",
    "J/task [95 %, blocks]",
    "absolute [95 %]",
    "net J/task",
    "J/token",
    "J/correct task",
    "Wh/1000 tasks",
    "P(front)",
];

fn energies(row: &SummaryRow) -> [String; 8] {
    let number = |value: f64| significant(value, 4);
    let missing = || MISSING.to_string();
    let value = |energy: &Option<Energy>| energy.as_ref().map_or_else(missing, |energy| number(energy.value));
    let gross = row.energy_per_task_j.as_ref();
    let mut wh = row.wh_per_1000_tasks.map_or_else(missing, number);
    if let Some(grams) = row.gco2e_per_1000_tasks {
        wh += &format!(" ({} g CO2e)", significant(grams, 3));
    }
    [
        row.variant.clone(),
        gross.map_or_else(missing, |energy| {
            with_interval(number(energy.value), energy.lo.map(number), energy.hi.map(number))
        }),
        gross
            .and_then(|energy| Some((energy.lo_absolute?, energy.hi_absolute?)))
            .map_or_else(missing, |(lo, hi)| format!("[{}, {}]", significant(lo, 2), significant(hi, 2))),
        value(&row.energy_net_per_task_j),
        value(&row.energy_per_token_j),
        match &row.energy_per_correct_j {
            PerCorrect::Value { value, lo, hi, .. } => {
                with_interval(number(*value), lo.map(number), hi.map(number))
            }
            PerCorrect::Refused { refused } => format!("{MISSING} ({refused})"),
        },
        wh,
        row.on_front_p.map_or_else(missing, |p| format!("{p:.2}")),
    ]
}

/// One line a variant, one column a scorer.
fn scores(scorers: &[&String], rows: &[&SummaryRow]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let number = |value: f64| format!("{value:.3}");
    let heads = std::iter::once("variant".to_string()).chain(scorers.iter().map(|name| (*name).clone()));
    let mut text = line(heads.collect());
    text += &line(vec!["---".to_string(); scorers.len() + 1]);
    for row in rows {
        let score = |name: &&String| match row.scores.get(*name) {
            Some(score) => with_interval(number(score.value), score.lo.map(number), score.hi.map(number)),
            None => MISSING.to_string(),
        };
        text += &line(std::iter::once(row.variant.clone()).chain(scorers.iter().map(score)).collect());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;

    #[test]
    fn the_page_holds_the_table_the_energies_the_verdicts_and_what_failed() {
        let page = markdown(&summary());
        for line in [
            "# example",
            "## java",
            "| int8 | 0.875 [0.750, 1.000] | 0.0 [−70.8, +70.8] | 1.000 | −50.0 [−50.0, −50.0] ▼ | 60.0 | 200 | dense-f32 / int8-rows | simulated |",
            "| full | 2.000 [1.857, 2.154] | [1.9, 2.2] | 1.500 | 0.1333 | 2.667 [0.9274, 7.668] | 0.5556 (0.167 g CO2e) | 0.00 |",
            "- int8: significantly and relevantly lower (−50.0 %, adjusted p < 0.001)",
            "- Emissions use 300 g CO2-equivalent per kWh, as the suite declares.",
            "- cell 17 (pruned on java, block 5): failed: the engine was killed by signal 9",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
