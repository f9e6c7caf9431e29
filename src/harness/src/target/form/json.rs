//! The whole report.

use anyhow::Result;

use crate::target::TargetReport;

pub(super) fn json(report: &TargetReport) -> Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
