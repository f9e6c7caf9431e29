//! Keeps power fields from being polled faster than drivers answer with sense.

use std::time::Duration;

/// Polled faster than this, drivers return zeroes or say that power is not supported.
pub(super) const SHORTEST: Duration = Duration::from_millis(50);

/// When power was last asked for.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last_ns: Option<i64>,
}

impl Pace {
    /// Whether power may be asked for at this time; if so, it is taken as done.
    pub(super) fn due(&mut self, now_ns: i64) -> bool {
        let since = |last: i64| Duration::from_nanos(now_ns.saturating_sub(last).try_into().unwrap_or(0));
        let due = self.last_ns.is_none_or(|last| since(last) >= SHORTEST);
        if due {
            self.last_ns = Some(now_ns);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_asked_for_at_most_every_50_milliseconds() {
        let mut pace = Pace::default();
        let asked = [0, 10, 49, 50, 99, 100, 151, 200, 201].map(|ms| pace.due(ms * 1_000_000));
        assert_eq!(asked, [true, false, false, true, false, true, true, false, true]);
    }
}
