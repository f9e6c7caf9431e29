//! The doctor's page on the terminal.

use harness_meter::{Finding, State};

use super::around::describe;
use super::auto::Auto;
use super::calibration::calibration;
use super::fill::fill;
use super::gather::Report;
use crate::ruled::{WIDTH, table};

/// Everything, for people.
pub fn page(report: &Report) -> String {
    let mut page = instruments(&report.instruments);
    for trouble in &report.troubles {
        page += &fill(&format!("`{}`: {}", trouble.meter, trouble.message), "", "  ", WIDTH);
        page += &fill(&trouble.help, "  help: ", "  ", WIDTH);
    }
    page.push('\n');
    page += &mends(&report.instruments);
    page += &fill(&describe(&report.surroundings), "", "", WIDTH);
    for spoiler in &report.spoilers {
        let mend = spoiler.mend.as_ref().map(|mend| format!(": {mend}")).unwrap_or_default();
        page += &fill(&format!("{}{mend}", spoiler.what), "  - ", "    ", WIDTH);
    }
    page.push('\n');
    match &report.calibration {
        Some(numbers) => page += &calibration(numbers),
        None => page += &domains(report),
    }
    page.push('\n');
    for auto in &report.auto {
        let silent = silent(auto, report);
        let doubt =
            if silent.is_empty() { String::new() } else { format!(" But {silent} gave no power now.") };
        page += &fill(&format!("{}{doubt}", auto.sentence()), "", "", WIDTH);
    }
    let made_up = report.made_up.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    page += &fill(&format!("Not of this machine: {made_up}, for trying the tool."), "", "", WIDTH);
    page
}

/// The domains that a run would take and that gave no power in the calibration.
fn silent(auto: &Auto, report: &Report) -> String {
    let numbers = report.calibration.iter().flat_map(|numbers| &numbers.domains);
    let silent = numbers.filter(|domain| domain.idle.is_none() && auto.domains.contains(&domain.name));
    silent.map(|domain| format!("`{}`", domain.name)).collect::<Vec<_>>().join(", ")
}

fn instruments(findings: &[Finding]) -> String {
    let mut table = table(&["instrument", "state", "what was found"]);
    for found in findings {
        let state = match found.state {
            State::Found => "found",
            State::Absent => "absent",
            State::Denied => "denied",
            State::Broken => "broken",
            State::Dead => "dead",
        };
        table.add_row([found.what, state, found.detail.as_str()]);
    }
    table.trim_fmt() + "\n"
}

/// What would mend it, instrument by instrument; those with the same mends together.
fn mends(findings: &[Finding]) -> String {
    let mut groups: Vec<(Vec<&str>, &[String])> = Vec::new();
    for found in findings.iter().filter(|found| !found.mend.is_empty()) {
        match groups.iter_mut().find(|(_, mend)| *mend == found.mend) {
            Some((whats, _)) => whats.push(found.what),
            None => groups.push((vec![found.what], &found.mend)),
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let mut page = "To mend it, the least privilege first:\n".to_owned();
    for (whats, mend) in groups {
        page += &format!("  {}\n", whats.join(", "));
        for (index, line) in mend.iter().enumerate() {
            page += &fill(line, &format!("    {}. ", index + 1), "       ", WIDTH);
        }
    }
    page.push('\n');
    page
}

/// What can be read, without numbers.
fn domains(report: &Report) -> String {
    let mut page = String::new();
    if !report.domains.is_empty() {
        let mut table = table(&["domain", "class", "where it is read"]);
        for domain in &report.domains {
            table.add_row([domain.name.as_str(), domain.class.as_str(), domain.source.as_str()]);
        }
        page += &table.trim_fmt();
        page.push('\n');
    }
    if let Some(reason) = &report.calibration_reason {
        page += &format!("No calibration: {reason}.\n");
    }
    page
}
