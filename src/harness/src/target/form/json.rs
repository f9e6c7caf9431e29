//! The whole report.

use anyhow::Result;
use harness_text::printable;

use crate::target::TargetReport;

pub(super) fn json(report: &TargetReport) -> Result<String> {
    Ok(printable::json(&serde_json::to_string_pretty(report)?) + "\n")
}
