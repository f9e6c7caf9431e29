//! The table of a gate on the terminal.

use comfy_table::ColumnConstraint;

use super::{HEADS, certificate_line, note, sentence, texts};
use crate::foreign::Foreign;
use crate::gate::GateReport;
use crate::ruled::table;

/// Widest line of the table, in columns.
const WIDTH: u16 = 140;

/// Table, notes, certificates and the answer of all.
pub fn text(report: &GateReport) -> String {
    let report = &report.for_terminal();
    let mut page = String::new();
    if !report.judged.is_empty() {
        let mut list = table(&HEADS);
        list.set_width(WIDTH);
        for judged in &report.judged {
            list.add_row(texts(judged));
        }
        // A number broken over two lines is hard to read.
        for column in list.column_iter_mut() {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        page += &(list.trim_fmt() + "\n\n");
    }
    for judged in &report.judged {
        if let Some(note) = note(judged) {
            page += &format!("{} on {}, {}: {note}.\n", judged.variant, judged.task, judged.metric);
        }
    }
    if let Some(sessions) = &report.sessions {
        page += &format!("changes are held against {sessions}.\n");
    }
    page += &certificates(report);
    if !report.energy.is_empty() {
        page += &format!("{}.\n", report.energy);
    }
    page + &sentence(report) + "\n"
}

/// A line for each certificate below what is claimed.
fn certificates(report: &GateReport) -> String {
    let mut page = String::new();
    for claimed in report.certificates.chunk_by(|a, b| a.claim == b.claim) {
        page += &claimed.first().map_or(String::new(), |first| format!("claim: {}\n", first.claim));
        for certificate in claimed {
            let (word, line) = (certificate.answer.verdict().word(), certificate_line(certificate));
            page += &format!("  {word}: {line}\n");
        }
    }
    page
}
