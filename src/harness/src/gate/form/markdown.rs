//! The table of a gate for pages.

use anyhow::Result;

use super::certificate::told;
use super::{HEADS, note, sentence, texts};
use crate::foreign::Foreign;
use crate::gate::GateReport;

pub(super) fn markdown(report: &GateReport) -> Result<String> {
    let report = &report.for_markdown();
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut heads = HEADS.map(str::to_owned).to_vec();
    heads.push("note".to_owned());
    let mut page = format!("### {}\n\n", sentence(report));
    let mut table = |heads: &[String], rows: &[Vec<String>]| {
        page += &row(heads);
        page += &("|".to_owned() + &"---|".repeat(heads.len()) + "\n");
        rows.iter().for_each(|cells| page += &row(cells));
    };
    let limits = report.judged.iter().map(|judged| {
        let mut cells = texts(judged).to_vec();
        cells.push(note(judged).unwrap_or_default());
        cells
    });
    if !report.judged.is_empty() {
        table(&heads, &limits.collect::<Vec<_>>());
    }
    if !report.certificates.is_empty() {
        let claims = report.certificates.iter().map(|own| {
            let verdict = own.answer.verdict().word().to_owned();
            vec![verdict, own.task.clone(), own.variant.clone(), own.claim.clone(), told(own)]
        });
        let heads = ["answer", "task", "variant", "claim", "what it rests on"].map(str::to_owned);
        table(&heads, &claims.collect::<Vec<_>>());
    }
    let against = report.sessions.clone().unwrap_or_else(|| format!("`{}`", report.baseline));
    Ok(page + &format!("\nSuite `{}`, against {against}. {}.\n", report.suite, report.energy))
}
