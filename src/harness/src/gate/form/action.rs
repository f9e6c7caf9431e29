//! JSON of github-action-benchmark's `customSmallerIsBetter`: amounts only, for of scores more is better.

use anyhow::Result;
use harness_text::printable;
use serde_json::{Value as Json, json};

use crate::gate::GateReport;

pub(super) fn action(report: &GateReport) -> Result<String> {
    let entries: Vec<Json> = report
        .measures
        .iter()
        .filter(|measure| measure.lower_is_better)
        .map(|measure| {
            let mut entry = json!({
                "name": format!("{}/{}/{} {}", report.suite, measure.task, measure.variant, measure.metric),
                "unit": measure.unit,
                "value": measure.value,
            });
            if let (Some(lo), Some(hi)) = (measure.lo, measure.hi) {
                entry["range"] = json!(format!("{lo} to {hi}"));
            }
            entry
        })
        .collect();
    Ok(printable::json(&serde_json::to_string_pretty(&entries)?) + "\n")
}
