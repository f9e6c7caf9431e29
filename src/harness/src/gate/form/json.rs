//! The whole report.

use anyhow::Result;

use crate::gate::GateReport;

pub(super) fn json(report: &GateReport) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
