//! The table of verdicts on the terminal.

use comfy_table::ColumnConstraint;

use super::lines::{HEADS, notes, sentence, texts};
use crate::foreign::Foreign;
use crate::ruled::table;
use crate::target::TargetReport;

/// Widest line of the table, in columns.
const WIDTH: u16 = 150;

/// Columns of single words and numbers, which are never broken.
const WHOLE: [usize; 3] = [0, 1, 2];

/// Table, reasons, and the answers of all.
pub fn text(report: &TargetReport) -> String {
    let report = &report.for_terminal();
    let mut list = table(&HEADS);
    list.set_width(WIDTH);
    report.found.iter().for_each(|found| {
        list.add_row(texts(found));
    });
    for (place, column) in list.column_iter_mut().enumerate() {
        if WHOLE.contains(&place) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut page = format!("what papers say, and what was measured on {}\n", report.hardware);
    page += &(list.trim_fmt() + "\n\n");
    for note in notes(report) {
        page += &format!("{note}.\n");
    }
    page + &sentence(report) + "\n"
}
