//! Keeps power fields from being polled faster than drivers answer with sense.

use std::time::Duration;

/// Polled faster than this, drivers return zeroes or say that power is not supported.
pub(super) const SHORTEST: Duration = Duration::from_millis(50);

/// Power that only checks a counter is read less often: it costs as much as the counter itself, and twenty
/// readings in five seconds find a counter that is off by a few percent.
const OF_WITNESS: Duration = Duration::from_millis(250);

/// When power was last asked for.
#[derive(Debug)]
pub(super) struct Pace {
    spacing: Duration,
    last_ns: Option<i64>,
}

impl Pace {
    /// The pace of power that is integrated, or only checks a counter.
    pub(super) fn new(only_checks: bool) -> Self {
        Self { spacing: if only_checks { OF_WITNESS } else { SHORTEST }, last_ns: None }
    }

    /// Whether power may be asked for at this time; if so, it is taken as done.
    pub(super) fn due(&mut self, now_ns: i64) -> bool {
        let since = |last: i64| Duration::from_nanos(now_ns.saturating_sub(last).try_into().unwrap_or(0));
        let due = self.last_ns.is_none_or(|last| since(last) >= self.spacing);
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
        let mut pace = Pace::new(false);
        let asked = [0, 10, 49, 50, 99, 100, 151, 200, 201].map(|ms| pace.due(ms * 1_000_000));
        assert_eq!(asked, [true, false, false, true, false, true, true, false, true]);
        let mut pace = Pace::new(true);
        assert_eq!([0, 50, 249, 250].map(|ms| pace.due(ms * 1_000_000)), [true, false, false, true]);
    }
}
