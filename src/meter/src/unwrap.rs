//! Turns the readings of a counter that may wrap into counts that only grow.

use crate::domain::Domain;
use crate::reading::Reason;
use crate::sample::Sample;
use crate::units::{Seconds, Watts};

/// No package, board or node that has a counter of its own draws more. A fall that would mean more power
/// than this as a wrap was a reset, for example a reloaded driver.
pub(crate) const PLAUSIBLE: Watts = Watts(20_000.0);

/// A reading with its wraps undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) t_ns: i64,
    /// Raw units since the first reading.
    pub(crate) counts: u64,
}

/// Undoes at most one wrap.
///
/// # Errors
/// [`Reason::CounterReset`] or [`Reason::WrappedTwice`].
pub(crate) fn unwrap(domain: &Domain, samples: &[Sample]) -> Result<Vec<Point>, Reason> {
    let mut points = Vec::with_capacity(samples.len());
    points.extend(samples.first().map(|first| Point { t_ns: first.t_ns, counts: 0 }));
    let mut counts = 0_u64;
    for (a, b) in samples.iter().zip(samples.iter().skip(1)) {
        let step = if b.raw >= a.raw {
            b.raw - a.raw
        } else {
            step_over_wrap(domain, a, b).ok_or(Reason::CounterReset)?
        };
        counts = counts.checked_add(step).ok_or(Reason::CounterReset)?;
        points.push(Point { t_ns: b.t_ns, counts });
    }
    Ok(points)
}

fn step_over_wrap(domain: &Domain, a: &Sample, b: &Sample) -> Option<u64> {
    let step = domain.wrap.values()?.checked_sub(a.raw)?.checked_add(b.raw)?;
    let most = (PLAUSIBLE * Seconds::between(a.t_ns, b.t_ns)).0;
    (step as f64 * domain.scale <= most).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Wrap;
    use crate::domain::tests::plain_counter;

    /// Counts of readings one second apart.
    fn counts(wrap: Option<u64>, raw: &[u64]) -> Result<Vec<u64>, Reason> {
        let samples: Vec<Sample> =
            (0_i64..).zip(raw).map(|(second, &raw)| Sample::good(second * 1_000_000_000, 0, raw)).collect();
        let wrap = wrap.map_or(Wrap::Never, Wrap::At);
        let points = unwrap(&Domain { wrap, scale: 1.0, ..plain_counter() }, &samples)?;
        Ok(points.iter().map(|point| point.counts).collect())
    }

    #[test]
    fn readings_become_counts_since_the_first() {
        let cases = [
            (None, vec![], Ok(vec![])),
            (None, vec![7], Ok(vec![0])),
            (None, vec![7, 7, 9], Ok(vec![0, 0, 2])),
            (None, vec![7, 6], Err(Reason::CounterReset)),
            (Some(10), vec![7, 9, 0], Ok(vec![0, 2, 3])),
            (Some(10), vec![7, 3, 9], Ok(vec![0, 6, 12])),
            (Some(10), vec![7, 3, 9, 1], Ok(vec![0, 6, 12, 14])),
            // A reading outside the counter's range.
            (Some(10), vec![12, 3], Err(Reason::CounterReset)),
            // A counter of 65.5 kJ that is reset at 30 kJ would have had to draw 35 kW.
            (Some(65_536), vec![30_000, 0], Err(Reason::CounterReset)),
            (Some(65_536), vec![65_000, 100], Ok(vec![0, 636])),
            (None, vec![0, u64::MAX], Ok(vec![0, u64::MAX])),
        ];
        for (wrap, raw, expected) in cases {
            assert_eq!(counts(wrap, &raw), expected, "{wrap:?} {raw:?}");
        }
    }
}
