//! What a counter's readings tell about energy over time: moments at which it is known, and how well.

use crate::domain::Domain;
use crate::units::Seconds;
use crate::unwrap::Point;

/// A moment at which the counter's value was the true energy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Knot {
    /// Middle of the stretch in which the moment lies, ns.
    pub(crate) t_ns: i64,
    /// Half of that stretch's length.
    pub(crate) half: Seconds,
    /// Raw units since the first reading.
    pub(crate) counts: u64,
}

/// The knots of a counter. Where readings are exact, each is one. Elsewhere a value became true at the
/// update that first showed it: after the reading before it, at most one period before the reading that
/// shows it. Readings further apart than a declared period are knots whether the value changed or not. A
/// reading is of any moment within its call.
pub(crate) fn knots(domain: &Domain, points: &[Point]) -> Vec<Knot> {
    if !domain.stale {
        let knot = |point: &Point| {
            let half = Seconds(point.took_ns as f64 * 0.5e-9);
            Knot { t_ns: point.t_ns, half, counts: point.counts }
        };
        return points.iter().map(knot).collect();
    }
    let period_ns = domain.update_period.map(|period| (period.0 * 1e9).round() as i64);
    let begun_ns = |point: &Point| point.t_ns.saturating_sub(point.took_ns / 2);
    let knot = |(a, b): (&Point, &Point)| {
        let since_ns = match period_ns {
            Some(period_ns) => begun_ns(a).max(begun_ns(b).saturating_sub(period_ns)),
            None => begun_ns(a),
        };
        if a.counts == b.counts && since_ns == begun_ns(a) {
            return None;
        }
        let until_ns = begun_ns(b).saturating_add(b.took_ns);
        let half_ns = until_ns.saturating_sub(since_ns) / 2;
        Some(Knot { t_ns: until_ns - half_ns, half: Seconds(half_ns as f64 * 1e-9), counts: b.counts })
    };
    std::iter::zip(points, points.iter().skip(1)).filter_map(knot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::plain_counter;

    fn found(period: Option<f64>, stale: bool, readings: &[(i64, u64)]) -> Vec<(i64, f64, u64)> {
        let domain = Domain { stale, update_period: period.map(Seconds), ..plain_counter() };
        let point = |&(ms, counts): &(i64, u64)| Point { t_ns: ms * 1_000_000, took_ns: 0, counts };
        let points: Vec<Point> = readings.iter().map(point).collect();
        let tell = |knot: &Knot| (knot.t_ns / 1_000_000, knot.half.0 * 1e3, knot.counts);
        knots(&domain, &points).iter().map(tell).collect()
    }

    #[test]
    fn exact_readings_are_knots_and_old_ones_tell_of_updates() {
        let readings = [(0, 0), (10, 0), (20, 5), (120, 9), (220, 9)];
        assert_eq!(
            found(None, false, &readings),
            [(0, 0.0, 0), (10, 0.0, 0), (20, 0.0, 5), (120, 0.0, 9), (220, 0.0, 9)]
        );
        assert_eq!(found(None, true, &readings), [(15, 5.0, 5), (70, 50.0, 9)]);
        assert_eq!(found(Some(0.05), true, &readings), [(15, 5.0, 5), (95, 25.0, 9), (195, 25.0, 9)]);
    }

    #[test]
    fn a_slow_call_makes_the_moment_of_an_update_less_certain() {
        let point = |ms: i64, took_ms: i64, counts| Point {
            t_ns: ms * 1_000_000,
            took_ns: took_ms * 1_000_000,
            counts,
        };
        let points = [point(0, 4, 0), point(10, 6, 5)];
        let slow = Domain { stale: true, ..plain_counter() };
        // From 2 ms before the first reading's middle to 3 ms after the second's.
        let knot = knots(&slow, &points)[0];
        assert_eq!((knot.t_ns, (knot.half.0 * 1e6).round()), (5_500_000, 7500.0));
        let exact = knots(&plain_counter(), &points)[1];
        assert_eq!((exact.t_ns, (exact.half.0 * 1e6).round()), (10_000_000, 3000.0));
    }
}
