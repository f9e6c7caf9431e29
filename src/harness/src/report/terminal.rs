//! The table that a run ends with on the terminal.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};

use super::rows::{
    CLASS, COLUMNS, Column, ENERGY, KERNELS, PEAK, by_task, failures, heading, sentences, shared,
};
use crate::foreign::Foreign;
use crate::ruled::RULED;
use crate::summary::{Summary, SummaryRow};

/// Widest line of a table, in columns.
const WIDTH: u16 = 110;

/// Failed cells that are told one by one; the table `cells` holds all.
const MOST_FAILURES: usize = 10;

/// The tables of all tasks with the sentences below them; bold heads on a terminal, plain text elsewhere.
pub fn terminal_table(summary: &Summary) -> String {
    render(summary, std::io::stdout().is_terminal())
}

fn render(summary: &Summary, styled: bool) -> String {
    let summary = &summary.for_terminal();
    let mut page = String::new();
    for (_, rows) in by_task(summary) {
        page += &heading(summary, &rows);
        page.push('\n');
        let mut table = Table::new();
        table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        if styled {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let columns = columns(summary, &rows);
        let head = |column: &&Column| Cell::new(head(summary, &rows, column)).add_attribute(Attribute::Bold);
        table.set_header(columns.iter().map(head));
        for row in &rows {
            table.add_row(columns.iter().map(|column| (column.text)(summary, row)));
        }
        for (column, cells) in columns.iter().zip(table.column_iter_mut()) {
            cells.set_padding((0, 1));
            // An interval broken over two lines is hard to read.
            cells.set_constraint(ColumnConstraint::ContentWidth);
            if column.is_number {
                cells.set_cell_alignment(CellAlignment::Right);
            }
        }
        page += &table.trim_fmt();
        page += "\n\n";
    }
    for sentence in sentences(summary) {
        page += &sentence;
        page.push('\n');
    }
    let failures = failures(summary);
    if !failures.is_empty() {
        page += &format!("\ncells without energy: {}\n", summary.failed.len());
        for line in failures.iter().take(MOST_FAILURES) {
            page += &format!("  {line}\n");
        }
        if failures.len() > MOST_FAILURES {
            page += &format!("  … and {} more, all in `cells.parquet`\n", failures.len() - MOST_FAILURES);
        }
    }
    page
}

/// The columns that have room: a class that all rows share stands in a head.
fn columns(summary: &Summary, rows: &[&SummaryRow]) -> Vec<&'static Column> {
    let shows = |column: &&Column| match column.head {
        // Long names, told above or below the table.
        KERNELS => false,
        CLASS => shared(summary, rows, CLASS).is_none(),
        _ => true,
    };
    COLUMNS.iter().filter(shows).collect()
}

/// On two lines where that makes a column narrower.
fn head(summary: &Summary, rows: &[&SummaryRow], column: &Column) -> String {
    match (column.head, shared(summary, rows, CLASS)) {
        (ENERGY, Some(class)) => format!("{ENERGY}\n{class}"),
        (PEAK, _) => PEAK.replace(' ', "\n"),
        (head, _) => head.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;
    use crate::summary::FailedCell;

    #[test]
    fn reasons_that_differ_in_numbers_alone_are_one_line_with_count_and_range() {
        let mut summary = summary();
        let failed = summary.failed[0].clone();
        let cell = |(variant, seconds): (&str, f64)| FailedCell {
            variant: variant.to_owned(),
            status: "no-energy".to_owned(),
            reason: format!("psys: counter-stuck: the counter stood still for {seconds:.1} s"),
            ..failed.clone()
        };
        summary.failed = [("full", 2.5), ("int8", 82.0), ("int8", 2.0)].map(cell).to_vec();
        for row in &mut summary.rows {
            row.notes.clear();
            row.energy_reason = Some(format!("no valid window: stuck for {}.5 s (6 ×)", row.variant.len()));
        }
        let page = render(&summary, false);
        let line = "  3 cells (full, int8 on java): no-energy: psys: counter-stuck: the counter stood still for 2.0 to 82.0 s\n";
        assert!(page.contains(line), "{page}");
        let line = "\nall variants on java: no energy: no valid window: stuck for 4.5 to 6.5 s (6 ×).\n";
        assert!(page.contains(line), "{page}");
    }

    #[test]
    fn the_terminal_shows_one_aligned_table_and_the_sentences_below() {
        let summary = summary();
        assert_eq!(render(&summary, false), EXPECTED);
    }

    #[test]
    fn a_class_that_differs_between_rows_has_its_own_column_and_many_failures_are_cut_short() {
        let mut summary = summary();
        summary.rows[0].class = Some(harness_meter::Class::Estimated);
        let failed = summary.failed[0].clone();
        let reason = |signal: char| format!("the engine was killed by signal {signal}");
        summary.failed =
            ('a'..='m').map(|signal| FailedCell { reason: reason(signal), ..failed.clone() }).collect();
        let page = render(&summary, false);
        assert!(page.lines().nth(1).unwrap().trim_end().ends_with("class"), "{page}");
        assert!(page.contains("  … and 3 more, all in `cells.parquet`\n"), "{page}");
    }

    const EXPECTED: &str = "\
task java · score: edit-similarity · Δ of energy-per-task against full · 6 blocks
variant  score [95 %]          Δ points [95 %]         J/task  Δ % [95 %]              tok/s  peak
                                                    simulated                                   MB
───────────────────────────────────────────────────────────────────────────────────────────────────
full     0.875 [0.750, 1.000]  baseline                 2.000  baseline                 60.0   200
int8     0.875 [0.750, 1.000]  0.0 [−70.8, +70.8]       1.000  −50.0 [−50.0, −50.0] ▼   60.0   200
pruned   0.800 [0.700, 1.000]  −7.5 [−45.4, +30.4]      1.599  −20.1 [−21.6, −18.5] ▼   60.0   200

Energy: sim, class simulated: made up, good for trying the tool.
Meters: simulated by `sim`.
Intervals: 95 %, unadjusted. Marks: Holm over 2 comparisons at alpha 0.05, practical change 3 %; of scores over 2.
These blocks find changes of 3.3 % and more (chance 80 %, adjusted).
▼ significantly and relevantly lower.
Kernels for prompts / single tokens on java: dense-f32 (full, pruned); dense-f32 / int8-rows (int8).
task `java`: every block ran the same 4 items; intervals of energy speak of these items.
int8 on java: every answer scores as the baseline's; the interval says what 3 clusters that agree leave possible (rule of three).
pruned on java: 1 of 6 blocks have no valid energy.

cells without energy: 1
  cell 17 (pruned on java, block 5): failed: the engine was killed by signal 9
";
}
