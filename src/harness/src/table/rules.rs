//! The rule that a missing value has a reason, checked before anything is stored.

use super::TableError;

/// Checks one row: a value is missing exactly where a reason is given, and it is a number if present.
///
/// # Errors
/// [`TableError::Rule`] naming `table` and `row`.
pub fn check_null_reason(
    table: &'static str,
    row: usize,
    value: Option<f64>,
    reason: Option<&str>,
) -> Result<(), TableError> {
    let problem = match (value, reason) {
        (None, None) => "has neither a value nor a reason".to_string(),
        (Some(_), Some(reason)) => format!("has a value although a reason is given: {reason}"),
        (None, Some(reason)) if reason.trim().is_empty() => "has an empty reason".to_string(),
        (Some(value), None) if !value.is_finite() => format!("holds {value}, which is no number"),
        _ => return Ok(()),
    };
    Err(TableError::Rule { table, row, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_missing_exactly_where_a_reason_is_given() {
        for (value, reason, allowed) in [
            (Some(1.0), None, true),
            (Some(0.0), None, true),
            (None, Some("gap"), true),
            (None, None, false),
            (Some(1.0), Some("gap"), false),
            (None, Some(" "), false),
            (Some(f64::NAN), None, false),
            (Some(f64::INFINITY), None, false),
        ] {
            let outcome = check_null_reason("windows", 3, value, reason);
            assert_eq!(outcome.is_ok(), allowed, "{value:?} {reason:?}");
        }
    }
}
