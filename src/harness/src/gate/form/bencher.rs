//! Bencher Metric Format: benchmark, measure, value with its bounds (bencher.dev/docs/reference/bencher-metric-format).

use anyhow::Result;
use harness_text::printable;
use serde_json::{Map, Value as Json, json};

use crate::gate::GateReport;

pub(super) fn bencher(report: &GateReport) -> Result<String> {
    let mut benchmarks: Map<String, Json> = Map::new();
    for measure in &report.measures {
        let mut found = json!({ "value": measure.value });
        for (key, bound) in [("lower_value", measure.lo), ("upper_value", measure.hi)] {
            if let Some(bound) = bound {
                found[key] = json!(bound);
            }
        }
        let name = format!("{}/{}/{}", report.suite, measure.task, measure.variant);
        let measures = benchmarks.entry(name).or_insert_with(|| json!({}));
        measures[&measure.metric] = found;
    }
    Ok(printable::json(&serde_json::to_string_pretty(&benchmarks)?) + "\n")
}
