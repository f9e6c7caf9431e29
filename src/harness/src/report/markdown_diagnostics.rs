//! The page's section on whether its numbers may be read as they stand.

use std::collections::BTreeSet;

use super::format::{MISSING, change, p_value, significant};
use super::markdown_table::{bullets, table};
use super::rows::by_task;
use crate::summary::diagnostics::STEADY_VARIATION;
use crate::summary::{
    Dependence, Drift, LengthEffect, PositionEffect, Repeats, Steady, Summary, SummaryRow, Told, Verdict,
};

const HEADS: [&str; 7] = [
    "variant",
    "variation %",
    "% per block (adjusted p)",
    "change of level (adjusted p)",
    "lag-1 of ratios [bound]",
    "loaded idle W",
    "other outputs in other blocks",
];

const LENGTH_HEADS: [&str; 5] = ["variant", "Δ tokens/task %", "Δ J/task %", "Δ J/token %", "tokens explain"];

/// The whole section; empty for summaries of versions that did not look.
pub(super) fn diagnostics(summary: &Summary) -> String {
    let found = &summary.diagnostics;
    if *found == Default::default() {
        return String::new();
    }
    let mut page = "\n## Diagnostics\n\n".to_owned();
    page += &bullets(&of_the_run(summary));
    for (task, rows) in by_task(summary) {
        page += &format!("\n{task}, {}:\n\n", what(&rows));
        page += &table(&HEADS, rows.iter().map(|row| texts(summary, row)));
        let missing = missing(&rows);
        if !missing.is_empty() {
            page += "\n";
            page += &bullets(&missing);
        }
        let lengths = rows.iter().filter_map(|row| lengths(row)).collect::<Vec<_>>();
        if !lengths.is_empty() {
            page += "\nLength of outputs (ln tokens over ln energy is what tokens explain):\n\n";
            page += &table(&LENGTH_HEADS, lengths.iter());
        }
        let outliers: Vec<String> = rows.iter().flat_map(|row| outliers(row)).collect();
        if !outliers.is_empty() {
            page += "\nBlocks beyond Tukey's fences, shown and kept:\n\n";
            page += &bullets(&outliers);
        }
    }
    page
}

/// Sentences on the run as a whole.
fn of_the_run(summary: &Summary) -> Vec<String> {
    let found = &summary.diagnostics;
    let told = |what: &str, text: Result<String, &str>| match text {
        Ok(text) => format!("{what}: {text}."),
        Err(why) => format!("{what}: not told, {why}."),
    };
    vec![
        format!(
            "Nothing is left out because of what is found here. P values of the tables are adjusted by Holm over {} slopes and changes of level; `*` marks those below alpha {}, variation above {} % and autocorrelation beyond its bound.",
            found.tests,
            summary.alpha,
            100.0 * STEADY_VARIATION
        ),
        told("Place in the block", text(&found.position, position)),
        told(
            "Neighbours",
            text(&found.lag_one, |lag| format!("lag-1 autocorrelation {} of {}", lag_one(lag), lag.of)),
        ),
        told(
            "Idle power of the machine, before and after",
            text(&found.machine_idle, |drift| drifted(drift) + " W"),
        ),
    ]
}

fn text<T>(told: &Told<T>, words: impl Fn(&T) -> String) -> Result<String, &str> {
    match told {
        Told::Value(value) => Ok(words(value)),
        Told::Refused { refused } => Err(refused),
    }
}

/// What the series of a task's rows are.
fn what(rows: &[&SummaryRow]) -> String {
    let of = rows.iter().find_map(|row| row.diagnostics.steady.value());
    of.map_or("without a series of blocks".to_owned(), |steady| format!("{} in measured order", steady.of))
}

fn texts(summary: &Summary, row: &SummaryRow) -> [String; 7] {
    let found = &row.diagnostics;
    let missing = || MISSING.to_owned();
    let steady = |words: &dyn Fn(&Steady) -> String| found.steady.value().map_or_else(missing, words);
    [
        row.variant.clone(),
        steady(&|steady| {
            significant(100.0 * steady.variation, 2) + mark(steady.variation > STEADY_VARIATION)
        }),
        steady(&|steady| {
            let trend = &steady.trend;
            let size = signed(100.0 * trend.per_block_rel, 2);
            format!("{size} (p {}){}", p_value(trend.p_holm), mark(trend.p_holm < summary.alpha))
        }),
        steady(&|steady| {
            let shift = &steady.shift;
            let (size, p) = (change(1.0 + shift.change_rel), p_value(shift.p_holm));
            format!("{size} % from block {} (p {p}){}", shift.block, mark(shift.p_holm < summary.alpha))
        }),
        found.lag_one.value().map_or_else(missing, lag_one),
        found.loaded_idle.value().map_or_else(missing, drifted),
        found
            .repeats
            .value()
            .map_or_else(missing, |Repeats { items, differing, .. }| format!("{differing} of {items} items")),
    ]
}

/// Why cells of the table are empty, each reason once.
fn missing(rows: &[&SummaryRow]) -> Vec<String> {
    type Why = fn(&SummaryRow) -> Option<&str>;
    let columns: [(&str, Why); 4] = [
        ("Steady state", |row| row.diagnostics.steady.why()),
        ("Lag-1 of ratios", |row| row.diagnostics.lag_one.why().filter(|_| row.verdict != Verdict::Baseline)),
        ("Loaded idle", |row| row.diagnostics.loaded_idle.why()),
        ("Other outputs", |row| row.diagnostics.repeats.why()),
    ];
    let told = columns.into_iter().flat_map(|(what, why)| {
        let reasons: BTreeSet<&str> = rows.iter().filter_map(|row| why(row)).collect();
        reasons.into_iter().map(move |reason| format!("{what}: not told, {reason}."))
    });
    told.collect()
}

fn mark(marked: bool) -> &'static str {
    if marked { " *" } else { "" }
}

/// With so many decimals and a real minus.
fn signed(value: f64, decimals: usize) -> String {
    format!("{value:+.decimals$}").replace('-', "−")
}

/// Without a sign of nothing.
fn whole_percent(share: f64) -> String {
    let text = format!("{:.0}", 100.0 * share);
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

fn position(found: &PositionEffect) -> String {
    format!(
        "rank correlation with energy {} (p {}), the later half {} % against the earlier, {} cells",
        signed(found.rho, 2),
        p_value(found.p),
        change(1.0 + found.late_rel),
        found.cells
    )
}

fn lag_one(found: &Dependence) -> String {
    let beyond = found.value.abs() > found.bound;
    format!("{} [±{:.2}]{}", signed(found.value, 2), found.bound, mark(beyond))
}

fn drifted(drift: &Drift) -> String {
    let watts = |watts: f64| significant(watts, 3);
    let relative = drift.change_rel.map_or(String::new(), |rel| format!(" ({} %)", change(1.0 + rel)));
    format!("{} → {}{relative}", watts(drift.first_w), watts(drift.last_w))
}

fn lengths(row: &SummaryRow) -> Option<[String; 5]> {
    let LengthEffect { tokens_ratio, per_task_ratio, per_token_ratio, explained, disagree } =
        row.diagnostics.length.value()?;
    let explained = explained.map_or_else(|| MISSING.to_owned(), |share| whole_percent(share) + " %");
    Some([
        row.variant.clone(),
        change(*tokens_ratio),
        change(*per_task_ratio),
        change(*per_token_ratio) + if *disagree { " (disagree)" } else { "" },
        explained,
    ])
}

fn outliers(row: &SummaryRow) -> Vec<String> {
    let outlier = |outlier: &crate::summary::Outlier| {
        format!(
            "{}, block {}: {} J/task, {:.3} of the median{}",
            row.variant,
            outlier.block,
            significant(outlier.energy_per_task_j, 4),
            outlier.of_median,
            if outlier.far { ", far out" } else { "" }
        )
    };
    row.diagnostics.outliers.value().into_iter().flatten().map(outlier).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::{example, summary, summary_of};
    use crate::summary::Diagnostics;

    #[test]
    fn the_section_has_a_line_for_each_row_and_says_what_is_not_told() {
        let mut example = example();
        // One block of one variant goes wild.
        for window in example.windows.iter_mut().filter(|window| window.cell == Some(7)) {
            window.energy_j = window.energy_j.map(|energy| 3.0 * energy);
        }
        let page = diagnostics(&summary_of(&example));
        for line in [
            "java, joules per task in measured order:",
            "Blocks beyond Tukey's fences, shown and kept:",
            "- int8, block 2: 2.700 J/task, 2.634 of the median, far out",
            "- Idle power of the machine, before and after: not told, idle power was not measured.",
            "- Loaded idle: not told, idle power was not measured.",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert_eq!(page.lines().filter(|line| line.starts_with("| pruned | ")).count(), 2, "{page}");
    }

    #[test]
    fn summaries_of_earlier_versions_have_no_section() {
        let mut older = summary();
        older.diagnostics = Diagnostics::default();
        assert_eq!(diagnostics(&older), "");
    }
}
