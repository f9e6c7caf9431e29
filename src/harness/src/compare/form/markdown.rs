//! The tables of a comparison for pages.

use super::lines::{by_task, heads, lines};
use super::sentences::{sentences, title};
use crate::compare::CompareReport;
use crate::foreign::Foreign;
use crate::report::markdown_table::{bullets, table};

pub(super) fn markdown(report: &CompareReport) -> String {
    let report = &report.for_markdown();
    let mut page = format!("### {}\n", title(report).replace('\n', "; ").replace("  ", " "));
    for label in &report.labels {
        page += &format!("\n**{label}**\n");
    }
    for (task, rows) in by_task(report) {
        page += &format!("\n#### {task}\n\n");
        let heads = heads(report);
        let texts = rows.into_iter().flat_map(lines).map(|line| line.texts(report));
        page += &table(&heads.each_ref().map(String::as_str), texts);
    }
    let all: Vec<String> = sentences(report).into_iter().map(|sentence| sentence + ".").collect();
    page + "\n" + &bullets(&all)
}
