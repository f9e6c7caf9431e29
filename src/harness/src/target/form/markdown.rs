//! The table of verdicts for pages.

use super::lines::{HEADS, notes, sentence, sources, texts};
use crate::foreign::Foreign;
use crate::report::markdown_table::{bullets, table};
use crate::target::TargetReport;

/// A page of its own.
pub(super) fn page(report: &TargetReport) -> String {
    let report = &report.for_markdown();
    let profile = report.profile.as_ref().map_or(String::new(), |profile| format!(", profile `{profile}`"));
    format!("# Targets of `{}`{profile}\n\nMachine: {}.\n\n{}", report.suite, report.hardware, inside(report))
}

/// A section of a run's page; empty where nothing was judged.
pub fn section(report: &TargetReport) -> String {
    match report.found.is_empty() {
        true => String::new(),
        false => format!("\n## Targets\n\n{}", inside(&report.for_markdown())),
    }
}

/// Of a report whose texts are Markdown.
fn inside(report: &TargetReport) -> String {
    let rows = report.found.iter().map(|found| texts(found).map(|cell| cell.replace('\n', "<br>")));
    let full_stop = |note: String| note + ".";
    let notes: Vec<String> = notes(report).into_iter().map(full_stop).collect();
    let sources: Vec<String> = sources(report).into_iter().map(full_stop).collect();
    format!(
        "{}.\n\n{}\n{}\nSources:\n\n{}",
        sentence(report).replacen('t', "T", 1),
        table(&HEADS, rows),
        bullets(&notes),
        bullets(&sources)
    )
}
