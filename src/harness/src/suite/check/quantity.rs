//! Reads numbers, durations and percentages within their bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::cursor::Cursor;
use crate::suite::error::SuiteError;

/// Larger counts of items, documents or tokens are slips.
pub(crate) const MANY: u32 = 1_000_000;

/// Larger amounts belong to nothing that is measured; what is computed from them would have no number.
const LARGEST: f64 = 1e100;

/// A whole number within these bounds.
pub(crate) fn integer<T>(given: i64, bounds: RangeInclusive<T>, at: &Cursor<'_>) -> Result<T, SuiteError>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    T::try_from(given).ok().filter(|value| bounds.contains(value)).ok_or_else(|| {
        at.error(format!("{} is {given}", at.address()))
            .expected(format!("a whole number from {} to {}", bounds.start(), bounds.end()))
            .help("change the number")
    })
}

/// A number above 0 and below 1.
pub(crate) fn share(given: f64, at: &Cursor<'_>) -> Result<f64, SuiteError> {
    if given > 0.0 && given < 1.0 {
        return Ok(given);
    }
    Err(at
        .error(format!("{} is {given}", at.address()))
        .expected("a number above 0 and below 1")
        .help("change the number"))
}

/// A finite number, 0 or more.
pub(crate) fn non_negative(given: f64, at: &Cursor<'_>) -> Result<f64, SuiteError> {
    if (0.0..=LARGEST).contains(&given) {
        return Ok(given);
    }
    Err(at
        .error(format!("{} is {given}", at.address()))
        .expected("a finite number, 0 or more")
        .help("change the number"))
}

/// A length of time such as `5s`, `2m`, `500ms`, `1h 30m`; 0 or more.
pub(crate) fn duration(given: &str, at: &Cursor<'_>) -> Result<Duration, SuiteError> {
    // Longer than this is a slip, and would overflow nanoseconds elsewhere.
    const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
    let message = if given.trim_start().starts_with('-') {
        format!("{} is negative: `{given}`", at.address())
    } else {
        match humantime::parse_duration(given) {
            Ok(duration) if duration <= LONGEST => return Ok(duration),
            Ok(_) => format!("{} is longer than a week: `{given}`", at.address()),
            Err(_) => format!("{} is not a length of time: `{given}`", at.address()),
        }
    };
    Err(at
        .error(message)
        .expected("a number with a unit, `ms`, `s`, `m` or `h`")
        .help("write for example `\"500ms\"`, `\"5s\"` or `\"2m\"`"))
}

/// A length of time above zero.
pub(crate) fn positive_duration(given: &str, at: &Cursor<'_>) -> Result<Duration, SuiteError> {
    let duration = duration(given, at)?;
    if duration.is_zero() {
        return Err(at
            .error(format!("{} is zero", at.address()))
            .expected("a length of time above zero")
            .help("write for example `\"500ms\"`, `\"5s\"` or `\"2m\"`"));
    }
    Ok(duration)
}

/// A difference of temperatures such as `5C`, above 0 K and at most 100 K.
pub(crate) fn degrees(given: &str, at: &Cursor<'_>) -> Result<f64, SuiteError> {
    /// A wider band holds every temperature that a device survives.
    const WIDEST: f64 = 100.0;
    let number =
        given.trim().strip_suffix('C').map(|number| number.trim_end().trim_end_matches('°').trim_end());
    number
        .and_then(|number| number.parse::<f64>().ok())
        .filter(|degrees| *degrees > 0.0 && *degrees <= WIDEST)
        .ok_or_else(|| {
            at.error(format!("{} is no difference of temperatures: `{given}`", at.address()))
                .expected(format!("a number above 0 and up to {WIDEST}, with `C`"))
                .help("write for example `\"5C\"`")
        })
}

/// A percentage such as `3%`, 0 or more, as a fraction: 0.03.
pub(crate) fn percent(given: &str, at: &Cursor<'_>) -> Result<f64, SuiteError> {
    given
        .trim()
        .strip_suffix('%')
        .and_then(|number| number.trim_end().parse::<f64>().ok())
        .filter(|percent| (0.0..=LARGEST).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| {
            at.error(format!("{} is not a percentage: `{given}`", at.address()))
                .expected("a number, 0 or more, with `%`")
                .help("write for example `\"3%\"`")
        })
}
