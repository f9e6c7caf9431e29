//! The rules by which the readings of a counter can be trusted over a window.

use crate::domain::Domain;
use crate::place::Place;
use crate::reading::{Reading, Reason, Rules};
use crate::sample::Sample;
use crate::spacing::{gaps, upper_median};
use crate::units::{Seconds, Watts};
use crate::unwrap::Point;

/// A counter that stands still for so many of its periods is stuck.
const STILL_PERIODS: f64 = 10.0;

/// A window without a single update is no shorter than this before its counter is called stuck.
const STILL: Seconds = Seconds(1.0);

/// The same for a counter that declares its period: RAPL moves every millisecond, and a third of a second
/// leaves room for readings ten times a second.
const STILL_DECLARED: Seconds = Seconds(0.3);

/// Real hardware draws at least this, so a coarse counter moves at least this often.
const LEAST: Watts = Watts(0.1);

/// Refuses windows that hold too few updates for their edges to weigh little. A value that is exact
/// whenever it is read has no updates to wait for.
pub(crate) fn enough_updates(
    domain: &Domain,
    reading: &Reading,
    seconds: Seconds,
    rules: &Rules,
) -> Result<(), Reason> {
    let period = if domain.stale { reading.update_period } else { domain.update_period };
    let fit = match (domain.stale, period) {
        (_, Some(period)) if period.0 > 0.0 => {
            ((seconds / period) + 1e-6).floor().min(f64::from(u32::MAX)) as u32
        }
        (true, _) => reading.updates,
        (false, _) => return Ok(()),
    };
    if fit < rules.min_updates {
        return Err(Reason::TooFewUpdates { seen: fit, needed: rules.min_updates });
    }
    Ok(())
}

/// Refuses a counter that stands still although something must be drawing power. A built-in GPU may
/// really draw nothing, and CPU time (which is exact whenever it is read) stands still in an idle process.
pub(crate) fn stuck(
    domain: &Domain,
    points: &[Point],
    spacing: Option<Seconds>,
    (start_ns, end_ns): (i64, i64),
) -> Result<(), Reason> {
    let exact = !domain.stale && domain.update_period.is_none();
    if exact || matches!(domain.place, Place::Uncore(_)) {
        return Ok(());
    }
    let read = upper_median(gaps(points.iter().map(|point| point.t_ns))).unwrap_or(0.0);
    // A declared period is relied on; one that was only seen may be longer when less is drawn.
    let usual = match domain.update_period {
        Some(period) => (STILL_PERIODS * period.0).max(3.0 * read).max(STILL_DECLARED.0),
        None => (STILL_PERIODS * spacing.map_or(read, |spacing| spacing.0.max(read))).max(STILL.0),
    };
    let limit = usual.max(domain.resolution.0 / LEAST.0);
    let mut since_ns = None::<(i64, u64)>;
    for point in points.iter().filter(|point| (start_ns..=end_ns).contains(&point.t_ns)) {
        match since_ns {
            Some((t_ns, counts)) if counts == point.counts => {
                let still = Seconds::between(t_ns, point.t_ns);
                if still.0 > limit {
                    return Err(Reason::CounterStuck { still });
                }
            }
            _ => since_ns = Some((point.t_ns, point.counts)),
        }
    }
    Ok(())
}

/// Refuses a window over which a counter did not move at all, however short: no hardware draws nothing.
pub(crate) fn still(domain: &Domain, points: &[Point], (from_ns, to_ns): (i64, i64)) -> Result<(), Reason> {
    let may_rest =
        !domain.stale && domain.update_period.is_none() || matches!(domain.place, Place::Uncore(_));
    let within: Vec<u64> = points
        .iter()
        .filter(|point| (from_ns..=to_ns).contains(&point.t_ns))
        .map(|point| point.counts)
        .collect();
    if may_rest || within.first() != within.last() {
        return Ok(());
    }
    Err(Reason::CounterStuck { still: Seconds::between(from_ns, to_ns) })
}

/// Refuses edges that fall into a time in which nobody read: what was drawn on which side is unknown.
pub(crate) fn edges_read(domain: &Domain, bracket: &[Sample]) -> Result<(), Reason> {
    let spacing = gaps(bracket.iter().map(|sample| sample.t_ns));
    let usual = if spacing.len() > 1 { upper_median(spacing.clone()).unwrap_or(0.0) } else { 0.0 };
    let period = domain.update_period.map_or(usual, |period| period.0.max(usual));
    let limit = Seconds((period * 3.0).max(STILL.0));
    let longest = spacing.first().copied().unwrap_or(0.0).max(spacing.last().copied().unwrap_or(0.0));
    if longest > limit.0 {
        return Err(Reason::Gap { longest: Seconds(longest), limit });
    }
    Ok(())
}
