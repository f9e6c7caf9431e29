//! The power of a stretch in which nothing was measured, and what follows from it.

use super::numbers::{Idle, Rule, ShortestWindow};
use crate::domain::{Domain, SampleKind, Wrap};
use crate::reading::Rules;
use crate::sample::Sample;
use crate::units::Seconds;
use crate::window::measure;

/// A window's edges may weigh so much.
const MOST_U_REL: f64 = 0.01;

/// The rules of windows, but for their length: how short a stretch was shows in its uncertainty.
pub(super) fn lenient() -> Rules {
    Rules { min_updates: 1, ..Rules::default() }
}

/// Mean power and drift from `start_ns` to `end_ns`. The samples are the domain's own.
///
/// # Errors
/// Why the stretch or one of its halves has no energy.
pub(super) fn idle(
    domain: &Domain,
    samples: &[Sample],
    (start_ns, end_ns): (i64, i64),
) -> Result<Idle, String> {
    let middle_ns = start_ns + (end_ns - start_ns) / 2;
    let power = |from_ns, to_ns| {
        let reading = measure(domain, samples, from_ns, to_ns, &lenient());
        let seconds = Seconds::between(from_ns, to_ns);
        let (energy, u) = reading.energy.zip(reading.u_indep).ok_or_else(|| {
            reading.reason.map_or("the stretch has no energy".to_owned(), |reason| reason.to_string())
        })?;
        Ok::<_, String>(((energy / seconds).0, (u / seconds).0))
    };
    let (power_w, u_indep_w) = power(start_ns, end_ns)?;
    let (first, u_first) = power(start_ns, middle_ns)?;
    let (second, u_second) = power(middle_ns, end_ns)?;
    Ok(Idle {
        seconds: Seconds::between(start_ns, end_ns).0,
        power_w,
        u_indep_w,
        u_scale_rel: domain.u_scale,
        drift_w: second - first,
        drift_u_w: u_first.hypot(u_second),
    })
}

/// Seconds until the counter is round, at this power.
///
/// # Errors
/// It is never, or nobody knows when.
pub(super) fn wrap_s(domain: &Domain, idle: &Idle) -> Result<f64, String> {
    let counted = idle.power_w - domain.constant.0;
    match (domain.kind, domain.wrap, domain.round()) {
        (SampleKind::Power, ..) => Err("power is no counter".to_owned()),
        (_, Wrap::Unknown, _) => Err("the source does not tell where the counter wraps".to_owned()),
        (_, _, None) => Err("the counter does not wrap".to_owned()),
        (_, _, Some(round)) if counted > 0.0 => Ok(round.0 / counted),
        _ => Err("nothing is drawn".to_owned()),
    }
}

/// The shortest window that holds enough updates and whose edges weigh at most 1 % at this power. Readings
/// of power count as updates, so they are no more frequent than the sampler's rounds.
///
/// # Errors
/// Nothing was drawn, so that no window is long enough; or no updates were seen.
pub(super) fn shortest_window(
    domain: &Domain,
    idle: &Idle,
    period_s: Option<f64>,
    round_s: f64,
) -> Result<ShortestWindow, String> {
    if idle.power_w <= 0.0 {
        return Err("nothing is drawn".to_owned());
    }
    let u_rel = idle.u_indep_w / idle.power_w / MOST_U_REL;
    // Both edges of a counter weigh the same however far apart they are; errors of single power readings
    // are independent and grow with the root of their number.
    let certain = match domain.kind {
        SampleKind::Counter => idle.seconds * u_rel,
        SampleKind::Power => idle.seconds * u_rel * u_rel,
    };
    let period_s = match domain.kind {
        SampleKind::Counter => period_s,
        SampleKind::Power => Some(period_s.map_or(round_s, |period| period.max(round_s))),
    };
    let updated = match period_s {
        Some(period) => period * f64::from(Rules::default().min_updates),
        None if domain.stale => return Err("no update of the value was seen".to_owned()),
        None => 0.0,
    };
    Ok(if updated >= certain {
        ShortestWindow { seconds: updated, because_of: Rule::Updates }
    } else {
        ShortestWindow { seconds: certain, because_of: Rule::Uncertainty }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;
    use crate::units::Watts;

    const IDLE: Idle =
        Idle { seconds: 4.0, power_w: 10.0, u_indep_w: 0.05, u_scale_rel: 0.0, drift_w: 0.0, drift_u_w: 0.1 };

    #[test]
    fn the_shortest_window_follows_from_updates_or_from_the_edges() {
        let counter = Domain { stale: true, ..plain_counter() };
        let power = Domain { kind: SampleKind::Power, ..counter.clone() };
        // 0.5 % in 4 s are 1 % in 2 s of a counter and in 1 s of power.
        for (domain, period, seconds, because_of) in [
            (&counter, 0.001, 2.0, Rule::Uncertainty),
            (&counter, 0.1, 5.0, Rule::Updates),
            (&power, 0.001, 1.0, Rule::Uncertainty),
            (&power, 0.05, 2.5, Rule::Updates),
        ] {
            let shortest = shortest_window(domain, &IDLE, Some(period), 0.002).unwrap();
            assert!((shortest.seconds - seconds).abs() < 1e-9, "{shortest:?}");
            assert_eq!(shortest.because_of, because_of);
        }
        // Power that did not change is known at every round.
        assert_eq!(shortest_window(&power, &IDLE, None, 0.05).unwrap().seconds, 2.5);
        assert!(shortest_window(&counter, &IDLE, None, 0.1).is_err());
        assert!(shortest_window(&plain_counter(), &IDLE, None, 0.1).is_ok());
        assert!(shortest_window(&counter, &Idle { power_w: 0.0, ..IDLE }, Some(0.1), 0.1).is_err());
    }

    #[test]
    fn a_counter_wraps_by_what_it_counts_and_not_by_what_is_declared() {
        let declared = Domain { wrap: Wrap::At(30_000_000), constant: Watts(4.0), ..plain_counter() };
        assert_eq!(wrap_s(&declared, &IDLE), Ok(5.0));
        let cases = [
            (Domain { kind: SampleKind::Power, ..declared.clone() }, "power is no counter"),
            (Domain { wrap: Wrap::Never, ..declared.clone() }, "the counter does not wrap"),
            (Domain { wrap: Wrap::Unknown, ..declared.clone() }, "the source does not tell"),
            (Domain { constant: Watts(10.0), ..declared }, "nothing is drawn"),
        ];
        for (domain, expected) in cases {
            let reason = wrap_s(&domain, &IDLE).unwrap_err();
            assert!(reason.starts_with(expected), "{reason}");
        }
    }

    #[test]
    fn drift_is_the_difference_of_the_halves() {
        // 10 W for a second, then 12 W, read every 10 ms.
        let joules = |tick: u64| tick * 100_000 + tick.saturating_sub(100) * 20_000;
        let samples: Vec<Sample> =
            (0..=200).map(|tick| Sample::good(tick * 10_000_000, 0, joules(tick as u64))).collect();
        let idle = idle(&plain_counter(), &samples, (0, 2_000_000_000)).unwrap();
        assert!((idle.power_w - 11.0).abs() < 1e-6 && (idle.drift_w - 2.0).abs() < 1e-6, "{idle:?}");
        let reason = super::idle(&plain_counter(), &samples, (0, 3_000_000_000)).unwrap_err();
        assert!(reason.starts_with("unbracketed: "), "{reason}");
    }
}
