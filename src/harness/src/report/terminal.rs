//! The table that a run ends with on the terminal.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::rows::{HEADS, by_task, failures, heading, sentences, texts};
use crate::summary::Summary;

/// Widest line of a table, in columns; kernels and classes wrap before it.
const WIDTH: u16 = 110;

/// Failed cells that are told one by one; the table `cells` holds all.
const MOST_FAILURES: usize = 10;

const RULED: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().left('─').fill('─').junction('─').right('─'));

/// The tables of all tasks with the sentences below them; bold heads on a terminal, plain text elsewhere.
pub fn terminal_table(summary: &Summary) -> String {
    render(summary, std::io::stdout().is_terminal())
}

fn render(summary: &Summary, styled: bool) -> String {
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
        table.set_header(HEADS.map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
        for row in rows {
            table.add_row(texts(row));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            // J/task, tok/s and peak MB are bare numbers.
            if matches!(index, 2 | 4 | 5) {
                column.set_cell_alignment(CellAlignment::Right);
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
        page += &format!("\n{} cells without energy:\n", failures.len());
        for line in failures.iter().take(MOST_FAILURES) {
            page += &format!("  {line}\n");
        }
        if failures.len() > MOST_FAILURES {
            page += &format!("  … and {} more, all in `cells.parquet`\n", failures.len() - MOST_FAILURES);
        }
    }
    page
}
