//! The rule that a missing value has a reason, checked before anything is stored.

/// Checks one row: a value is missing exactly where a reason is given, and it is a number if present.
///
/// # Errors
/// A phrase that goes on after "row N of table T".
pub(super) fn value_or_reason(
    value: Option<f64>,
    reason: Option<&(impl ToString + ?Sized)>,
) -> Result<(), String> {
    match (value, reason.map(ToString::to_string)) {
        (None, None) => Err("has neither a value nor a reason".to_owned()),
        (Some(_), Some(reason)) => Err(format!("has a value although a reason is given: {reason}")),
        (None, Some(reason)) if reason.trim().is_empty() => Err("has an empty reason".to_owned()),
        (Some(value), None) if !value.is_finite() => Err(format!("holds {value}, which is no number")),
        _ => Ok(()),
    }
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
            assert_eq!(value_or_reason(value, reason).is_ok(), allowed, "{value:?} {reason:?}");
        }
    }
}
