//! The table of a gate for pages.

use anyhow::Result;

use super::{HEADS, note, sentence, texts};
use crate::gate::GateReport;

pub(super) fn markdown(report: &GateReport) -> Result<String> {
    let cell = |text: &String| text.replace('|', "\\|").replace('\n', " ");
    let row = |cells: &[String]| format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
    let mut heads = HEADS.map(str::to_owned).to_vec();
    heads.push("note".to_owned());
    let mut page = format!("### {}\n\n", sentence(report));
    page += &row(&heads);
    page += &("|".to_owned() + &"---|".repeat(heads.len()) + "\n");
    for judged in &report.judged {
        let mut cells = texts(judged).to_vec();
        cells.push(note(judged).unwrap_or_default());
        page += &row(&cells);
    }
    let against = report.sessions.clone().unwrap_or_else(|| format!("`{}`", report.baseline));
    Ok(page + &format!("\nSuite `{}`, against {against}. {}.\n", report.suite, report.energy))
}
