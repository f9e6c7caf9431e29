//! Numbers as people read them.

/// What stands where a value is missing.
pub const MISSING: &str = "–";

/// A number with so many significant digits and no exponent, for example `0.01234` or `1235`.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    // The exponent after rounding: 9.9996 has that of 10.
    let rounded = format!("{value:.*e}", digits.saturating_sub(1));
    let exponent = rounded.rsplit_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    let magnitude = exponent.unwrap_or_default();
    let decimals = (digits as i32 - 1 - magnitude).clamp(0, 12) as usize;
    format!("{value:.decimals$}")
}

/// A ratio as a relative change in percent, for example `−12.3`; rounded to tenths, from 100 % on to
/// whole percent. The sign is a real minus, as wide as a plus.
pub fn change(ratio: f64) -> String {
    let percent = 100.0 * (ratio - 1.0);
    let decimals = usize::from(percent.abs() < 99.95);
    let text = format!("{:.decimals$}", percent.abs());
    match text.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        true => text,
        false if percent < 0.0 => format!("−{text}"),
        false => format!("+{text}"),
    }
}

/// A value with its interval in brackets; the interval is left out where it isn't known.
pub fn with_interval(value: String, lo: Option<String>, hi: Option<String>) -> String {
    match (lo, hi) {
        (Some(lo), Some(hi)) => format!("{value} [{lo}, {hi}]"),
        _ => value,
    }
}

/// A p value: three decimals, or that it is below the smallest of them.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_string() } else { format!("= {p:.3}") }
}

/// A difference of scores with its interval: in points, hundredths of the score's range `width`, else as it is.
pub fn score_change(difference: f64, lo: Option<f64>, hi: Option<f64>, width: Option<f64>) -> String {
    let signed = |text: String| {
        let is_zero = text.chars().all(|c| !('1'..='9').contains(&c));
        if is_zero { text.trim_start_matches(['+', '-']).to_owned() } else { text.replace('-', "−") }
    };
    let points = |width: f64, value: f64| signed(format!("{:+.1}", 100.0 * value / width));
    let plain = |value: f64| signed(format!("{value:+.3}"));
    match width {
        Some(width) => {
            let text = |value| points(width, value);
            with_interval(text(difference), lo.map(text), hi.map(text))
        }
        None => with_interval(plain(difference), lo.map(plain), hi.map(plain)),
    }
}

/// The unit of [`score_change`], with a blank before it.
pub fn score_unit(width: Option<f64>) -> &'static str {
    if width.is_some() { " points" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_scores_are_points_of_their_range_or_stand_as_they_are() {
        for (difference, width, expected) in [
            (-0.0041, Some(1.0), "−0.4 [−0.4, −0.4]"),
            (0.5, Some(100.0), "+0.5 [+0.5, +0.5]"),
            (0.0, Some(1.0), "0.0 [0.0, 0.0]"),
            (-0.0001, Some(1.0), "0.0 [0.0, 0.0]"),
            (1.25, None, "+1.250 [+1.250, +1.250]"),
        ] {
            assert_eq!(score_change(difference, Some(difference), Some(difference), width), expected);
        }
    }

    #[test]
    fn significant_digits_hold_for_small_and_large_numbers() {
        for (value, expected) in [
            (0.0123456, "0.01235"),
            (1.5, "1.500"),
            (1234.6, "1235"),
            (123456.0, "123456"),
            (0.0, "0"),
            (-0.5, "-0.5000"),
            (9.999_99, "10.00"),
            (0.099_999_9, "0.1000"),
        ] {
            assert_eq!(significant(value, 4), expected);
        }
    }

    #[test]
    fn changes_carry_their_sign_and_none_where_they_round_to_nothing() {
        for (ratio, expected) in
            [(0.877, "−12.3"), (1.05, "+5.0"), (1.0, "0.0"), (0.9999, "0.0"), (3.5, "+250"), (0.0, "−100")]
        {
            assert_eq!(change(ratio), expected);
        }
    }

    #[test]
    fn an_unknown_interval_leaves_the_bare_value() {
        assert_eq!(with_interval("1".into(), Some("0".into()), Some("2".into())), "1 [0, 2]");
        assert_eq!(with_interval("1".into(), None, None), "1");
        assert_eq!(p_value(0.00001), "< 0.001");
        assert_eq!(p_value(0.0321), "= 0.032");
    }
}
