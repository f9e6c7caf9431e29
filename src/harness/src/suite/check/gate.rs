//! Checks `[[gate]]`.

use super::cursor::Cursor;
use super::words;
use crate::limit::{Gate, LIMITS, Limit, quantities};
use crate::suite::checked::{TaskSpec, Variant};
use crate::suite::error::SuiteError;
use crate::suite::file_gate::GateFile;

/// A gate of a suite with these tasks and variants.
pub(super) fn gate(
    file: &GateFile,
    tasks: &[TaskSpec],
    variants: &[Variant],
    at: &Cursor<'_>,
) -> Result<Gate, SuiteError> {
    let scorers = tasks.iter().flat_map(|task| &task.scorers).map(|scorer| scorer.name());
    let mut known: Vec<&str> = quantities();
    known.extend(scorers);
    words::look_up(&file.metric, &known, |name| name, "quantity", &at.key("metric"))?;
    whom(&file.tasks, &file.variants, tasks, variants, at)?;
    let gate = Gate {
        metric: file.metric.clone(),
        limits: limits(file, at)?,
        tasks: file.tasks.clone(),
        variants: file.variants.clone(),
    };
    gate.check().map_err(|why| {
        at.error(why).expected("a percentage below 100 %").help("change the limit, or limit a score")
    })?;
    Ok(gate)
}

/// That the tasks and variants which a gate names are there.
pub(super) fn whom(
    task_names: &[String],
    variant_names: &[String],
    tasks: &[TaskSpec],
    variants: &[Variant],
    at: &Cursor<'_>,
) -> Result<(), SuiteError> {
    let known: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
    for (index, name) in task_names.iter().enumerate() {
        words::look_up(name, &known, |name| name, "task", &at.key("tasks").element(index))?;
    }
    let known: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    for (index, name) in variant_names.iter().enumerate() {
        words::look_up(name, &known, |name| name, "variant", &at.key("variants").element(index))?;
    }
    Ok(())
}

fn limits(file: &GateFile, at: &Cursor<'_>) -> Result<Vec<Limit>, SuiteError> {
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    let given = [
        file.max_increase.clone(),
        file.max_decrease.clone(),
        file.min_decrease.clone(),
        file.min_increase.clone(),
        number(file.max),
        number(file.min),
    ];
    let mut limits = Vec::new();
    for (key, text) in LIMITS.iter().zip(given) {
        let Some(text) = text else { continue };
        let at = at.key(key);
        let limit = Limit::read(key, &text).map_err(|why| {
            at.error(why)
                .expected("`3%`, or for scores `2 points`; for `max` and `min` a number")
                .help("change the limit")
        })?;
        limits.push(limit);
    }
    if limits.is_empty() {
        return Err(at
            .error("no limit: nothing could break this gate")
            .expected(format!("one of `{}`", LIMITS.join("`, `")))
            .help("write for example `max-increase = \"3%\"`"));
    }
    Ok(limits)
}
