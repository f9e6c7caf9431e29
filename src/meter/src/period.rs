//! How often a meter is read.

use std::time::Duration;

use crate::domain::{Domain, SampleKind};

/// Hardware counters go on counting between readings; this often is enough to see that they do.
const COUNTER_PERIOD: Duration = Duration::from_millis(100);

/// Power is lost between readings, and drivers return rubbish when they are asked for it within 50 ms;
/// the rest is room for late rounds, which would otherwise cost every second reading.
const POWER_PERIOD: Duration = Duration::from_millis(60);

/// CPU time of short-lived processes is lost between readings.
const OTHER_PERIOD: Duration = Duration::from_millis(20);

/// The pace that suits these domains: 100 ms for hardware counters, 60 ms where power has to be
/// integrated, 20 ms where something else is read.
pub fn period_for(domains: &[Domain]) -> Duration {
    let period = |domain: &Domain| match domain.kind {
        SampleKind::Power if domain.witness_of.is_none() => POWER_PERIOD,
        _ if domain.stale => COUNTER_PERIOD,
        _ => OTHER_PERIOD,
    };
    domains.iter().map(period).min().unwrap_or(OTHER_PERIOD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    #[test]
    fn the_pace_suits_what_is_read() {
        let counter = Domain { stale: true, ..plain_counter() };
        let power = Domain { kind: SampleKind::Power, ..counter.clone() };
        let cases = [
            (vec![], 20),
            (vec![counter.clone()], 100),
            (vec![counter.clone(), power.clone()], 60),
            (vec![counter.clone(), Domain { witness_of: Some("test".to_owned()), ..power }], 100),
            (vec![counter, plain_counter()], 20),
        ];
        for (domains, expected) in cases {
            assert_eq!(period_for(&domains), Duration::from_millis(expected));
        }
    }
}
