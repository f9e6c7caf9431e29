//! The whole report.

use anyhow::Result;
use harness_text::printable;

use crate::gate::GateReport;

pub(super) fn json(report: &GateReport) -> Result<String> {
    Ok(printable::json(&serde_json::to_string_pretty(report)?) + "\n")
}
