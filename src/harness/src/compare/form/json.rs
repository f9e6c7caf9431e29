//! The whole comparison.

use anyhow::Result;

use crate::compare::CompareReport;

pub(super) fn json(report: &CompareReport) -> Result<Vec<u8>> {
    Ok((serde_json::to_string_pretty(report)? + "\n").into_bytes())
}
