//! Turns the readings of a counter that may wrap into counts that only grow, or says why that cannot be.

use crate::domain::{Domain, Wrap};
use crate::reading::Reason;
use crate::sample::Sample;
use crate::units::{Joules, Seconds, Watts};

/// A counter that declares no update period may hold back this much time's energy and show it at once.
const LONGEST_PERIOD: Seconds = Seconds(1.0);

/// A reading with its wraps undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) t_ns: i64,
    /// Length of the call that read it, ns, with `t_ns` in its middle.
    pub(crate) took_ns: i64,
    /// Raw units since the first reading.
    pub(crate) counts: u64,
}

/// Undoes wraps, at most one between two readings. Two neighbours that are further apart than one round
/// at the most plausible power are refused, since a second wrap would look like the first.
///
/// # Errors
/// [`Reason::ClockStep`], [`Reason::CounterReset`], [`Reason::NoRange`], [`Reason::MayHaveWrapped`] or
/// [`Reason::Implausible`].
pub(crate) fn unwrap(domain: &Domain, samples: &[Sample]) -> Result<Vec<Point>, Reason> {
    let mut points = Vec::with_capacity(samples.len());
    points.extend(samples.first().map(|first| Point { t_ns: first.t_ns, took_ns: first.took_ns, counts: 0 }));
    let mut counts = 0_u64;
    for (a, b) in samples.iter().zip(samples.iter().skip(1)) {
        counts = counts.checked_add(step(domain, a, b)?).ok_or(Reason::CounterReset)?;
        points.push(Point { t_ns: b.t_ns, took_ns: b.took_ns, counts });
    }
    Ok(points)
}

fn step(domain: &Domain, a: &Sample, b: &Sample) -> Result<u64, Reason> {
    let gap = Seconds::between(a.t_ns, b.t_ns);
    if gap < Seconds(0.0) {
        return Err(Reason::ClockStep);
    }
    let held_back = if domain.stale { domain.update_period.unwrap_or(LONGEST_PERIOD) } else { Seconds(0.0) };
    if let Some(round) = domain.round().map(|round| Seconds(round.0 / domain.plausible.0))
        && gap + held_back >= round
    {
        return Err(Reason::MayHaveWrapped { gap, round });
    }
    let most = domain.plausible * (gap + held_back) + domain.resolution;
    let energy = |step: u64| Joules(step as f64 * domain.scale);
    if b.raw >= a.raw {
        let step = b.raw - a.raw;
        if energy(step) > most {
            return Err(Reason::Implausible { power: power(energy(step), gap), limit: domain.plausible });
        }
        return Ok(step);
    }
    let values = match domain.wrap {
        Wrap::At(values) => values,
        Wrap::Unknown => return Err(Reason::NoRange),
        Wrap::Never | Wrap::Behind(_) => return Err(Reason::CounterReset),
    };
    let step = values.checked_sub(a.raw).and_then(|rest| rest.checked_add(b.raw));
    step.filter(|step| energy(*step) <= most).ok_or(Reason::CounterReset)
}

fn power(energy: Joules, gap: Seconds) -> Watts {
    energy / Seconds(gap.0.max(1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    /// Counts of readings one second apart, of 1 J each.
    fn counts(wrap: Wrap, raw: &[u64]) -> Result<Vec<u64>, &'static str> {
        let samples: Vec<Sample> =
            (0_i64..).zip(raw).map(|(second, &raw)| Sample::good(second * 1_000_000_000, 0, raw)).collect();
        let domain = Domain { wrap, scale: 1.0, plausible: Watts(2000.0), ..plain_counter() };
        let points = unwrap(&domain, &samples).map_err(|reason| reason.code())?;
        Ok(points.iter().map(|point| point.counts).collect())
    }

    #[test]
    fn readings_become_counts_since_the_first_or_a_reason() {
        let cases = [
            (Wrap::Never, vec![], Ok(vec![])),
            (Wrap::Never, vec![7], Ok(vec![0])),
            (Wrap::Never, vec![7, 7, 9], Ok(vec![0, 0, 2])),
            (Wrap::Never, vec![7, 6], Err("counter-reset")),
            (Wrap::Never, vec![7, 0, 9], Err("counter-reset")),
            (Wrap::Unknown, vec![7, 9], Ok(vec![0, 2])),
            (Wrap::Unknown, vec![7, 6], Err("no-range")),
            (Wrap::Behind(65_536), vec![7, 6], Err("counter-reset")),
            (Wrap::Behind(65_536), vec![70_000, 70_009], Ok(vec![0, 9])),
            // Wraps at every reading, each told from a reset by its power.
            (Wrap::At(2001), vec![1500, 300, 1900, 1500], Ok(vec![0, 801, 2401, 4002])),
            // One round takes 1.0 s at the most plausible power: a second wrap would go unseen.
            (Wrap::At(2000), vec![1500, 300], Err("may-have-wrapped")),
            (Wrap::Behind(2000), vec![1500, 1600], Err("may-have-wrapped")),
            // A reading outside the counter's range.
            (Wrap::At(2001), vec![2012, 3], Err("counter-reset")),
            // A counter of 65.5 kJ that is reset at 30 kJ would have had to draw 35 kW.
            (Wrap::At(65_536), vec![30_000, 0], Err("counter-reset")),
            (Wrap::At(65_536), vec![65_000, 100], Ok(vec![0, 636])),
            // A wrap that never was, or a driver's rubbish: 62 kJ in a second.
            (Wrap::Never, vec![0, 62_000], Err("implausible-power")),
            (Wrap::Never, vec![0, u64::MAX], Err("implausible-power")),
        ];
        for (wrap, raw, expected) in cases {
            assert_eq!(counts(wrap, &raw), expected, "{wrap:?} {raw:?}");
        }
    }

    #[test]
    fn a_wrap_is_undone_wherever_the_counter_stands() {
        for start in 0..3000 {
            let raw: Vec<u64> = (0..10).map(|reading| (start + reading * 777) % 3000).collect();
            let expected: Vec<u64> = (0..10).map(|reading| reading * 777).collect();
            assert_eq!(counts(Wrap::At(3000), &raw), Ok(expected), "{start}");
        }
    }

    #[test]
    fn readings_that_go_back_in_time_are_refused() {
        let samples = [Sample::good(5, 0, 1), Sample::good(4, 0, 2)];
        assert_eq!(unwrap(&plain_counter(), &samples), Err(Reason::ClockStep));
    }
}
