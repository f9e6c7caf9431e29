//! Whether a claim may be judged at all: model, hardware, items, class of joules.

use harness_meter::Class;

use super::class::{least_class, suffices};
use super::facts::Facts;
use crate::published::Target;
use crate::summary::{Summary, SummaryRow};

/// Whether every word of a condition occurs in one of the texts, whatever the case of letters.
pub fn holds(condition: &str, texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    texts.iter().any(|text| condition.to_lowercase().split_whitespace().all(|word| text.contains(word)))
}

/// Checks model, machine and number of items.
///
/// # Errors
/// Which condition does not hold.
pub(super) fn check(target: &Target, facts: &Facts, rows: &[&SummaryRow]) -> Result<(), String> {
    if let Some(wanted) = &target.model {
        for row in rows {
            let model = facts.models.get(&row.variant).map(String::as_str).unwrap_or_default();
            if !holds(wanted, &[model]) {
                return Err(match model {
                    "" => format!("other model: `{wanted}` is needed, and the run does not tell its own"),
                    model => format!("other model: `{wanted}` is needed, `{}` is `{model}`", row.variant),
                });
            }
        }
    }
    if let Some(wanted) = &target.hardware {
        let own: Vec<&str> = facts.hardware.iter().map(String::as_str).collect();
        if !holds(wanted, &own) {
            return Err(format!("other hardware: `{wanted}` is needed, this is {}", own.join(", ")));
        }
    }
    let fewest = target.items.and_then(|items| usize::try_from(items).ok()).unwrap_or_default();
    match rows.iter().find(|row| row.items < fewest) {
        Some(row) => Err(format!("too few items: {} of {fewest}", row.items)),
        None => Ok(()),
    }
}

/// The class of the joules of these rows.
///
/// # Errors
/// A row has none, classes differ, or the class is not good enough.
pub(super) fn class(target: &Target, rows: &[&SummaryRow], absolute: bool) -> Result<Class, String> {
    let mut found: Option<Class> = None;
    for row in rows {
        let own = row.class.ok_or_else(|| {
            let reason = row.energy_reason.as_deref().unwrap_or("no cell has a valid energy");
            format!("not measured: {reason}")
        })?;
        if found.is_some_and(|class| class != own) {
            return Err("joules of different classes do not compare".to_owned());
        }
        found = Some(own);
    }
    let class = found.ok_or("not measured: no cell has a valid energy")?;
    suffices(class, least_class(target.class.as_deref(), absolute), absolute)?;
    Ok(class)
}

/// The row of a variant on a task.
///
/// # Errors
/// There is none.
pub(super) fn row<'s>(summary: &'s Summary, task: &str, variant: &str) -> Result<&'s SummaryRow, String> {
    let found = summary.rows.iter().find(|row| row.task == task && row.variant == variant);
    found.ok_or_else(|| format!("not measured: the run has no row of `{variant}` on `{task}`"))
}
