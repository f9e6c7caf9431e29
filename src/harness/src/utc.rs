//! Moments of the machine's clock as text and as numbers. A clock that was never set may stand before 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;

/// The moment as `2026-05-01T08:30:00Z`.
pub fn text(moment: SystemTime) -> String {
    DateTime::from_timestamp_nanos(nanoseconds(moment)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Nanoseconds since 1970, negative before; beyond the years 1678 to 2261 the nearest number that there is.
pub fn nanoseconds(moment: SystemTime) -> i64 {
    match moment.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |before| -before),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_before_1970_are_told_as_others_are() {
        let cases = [
            (
                UNIX_EPOCH + Duration::from_millis(1_777_624_200_900),
                "2026-05-01T08:30:00Z",
                1_777_624_200_900_000_000,
            ),
            (UNIX_EPOCH, "1970-01-01T00:00:00Z", 0),
            (UNIX_EPOCH - Duration::from_millis(1500), "1969-12-31T23:59:58Z", -1_500_000_000),
            (UNIX_EPOCH - Duration::from_secs(86_400 * 365), "1969-01-01T00:00:00Z", -31_536_000_000_000_000),
        ];
        for (moment, words, number) in cases {
            assert_eq!(text(moment), words);
            assert_eq!(nanoseconds(moment), number);
        }
    }

    #[test]
    fn no_clock_is_so_wrong_that_it_ends_the_program() {
        let far = Duration::from_secs(1 << 60);
        for moment in [UNIX_EPOCH.checked_add(far), UNIX_EPOCH.checked_sub(far)] {
            assert!(text(moment.unwrap()).ends_with('Z'));
        }
    }
}
