//! The whole comparison.

use anyhow::Result;
use harness_text::printable;

use crate::compare::CompareReport;

pub(super) fn json(report: &CompareReport) -> Result<Vec<u8>> {
    Ok((printable::json(&serde_json::to_string_pretty(report)?) + "\n").into_bytes())
}
