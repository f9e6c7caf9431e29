//! The tables of a comparison on the terminal.

use comfy_table::{CellAlignment, ColumnConstraint};

use super::lines::{by_task, heads, lines};
use super::sentences::{sentences, title};
use crate::compare::CompareReport;
use crate::foreign::Foreign;
use crate::ruled::table;

/// Widest line of a table, in columns.
const WIDTH: u16 = 150;

/// Columns of bare numbers.
const NUMBERS: [usize; 3] = [2, 3, 5];

/// What is compared, what is other, a table a task, and what a reader must know.
pub fn text(report: &CompareReport) -> String {
    let report = &report.for_terminal();
    let mut page = title(report) + "\n";
    for label in &report.labels {
        page += &format!("{label}\n");
    }
    for (task, rows) in by_task(report) {
        page += &format!("\ntask {task}\n");
        let heads = heads(report);
        let mut list = table(&heads.each_ref().map(String::as_str));
        list.set_width(WIDTH);
        let mut last = None;
        for line in rows.into_iter().flat_map(lines) {
            let mut texts = line.texts(report);
            // A name is told once for all of its quantities.
            match last.as_ref() == Some(&texts[0]) {
                true => texts[0].clear(),
                false if line.what.is_none() => last = Some(texts[0].clone()),
                false => {}
            }
            list.add_row(texts);
        }
        // A number broken over two lines is hard to read.
        for (place, column) in list.column_iter_mut().enumerate() {
            column.set_constraint(ColumnConstraint::ContentWidth);
            if NUMBERS.contains(&place) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        page += &(list.trim_fmt() + "\n");
    }
    page.push('\n');
    for sentence in sentences(report) {
        page += &format!("{sentence}.\n");
    }
    page
}
