//! The energy of a window, from the readings around and inside it.
//!
//! Energy is the counter's difference between the two edges, with a straight line inside the pair of
//! readings around each edge, plus the domain's constant power times the window's length.
//!
//! The independent uncertainty (one sigma) has these parts, combined in quadrature. The energy at an edge
//! lies anywhere on a stretch of length ε, all places equally likely, so each edge carries ε/√12 with
//! ε = max(P·Δ, E). Δ is the longer of the time between the two readings around the edge and, for a
//! counter that shows old values, its update period; P is the window's mean power; E is what was counted
//! between the two readings, which is more than P·Δ where power changes at the edge. An edge that falls
//! on an exact reading carries nothing. Both values are rounded to the resolution r, so their difference
//! carries r/√6. The constant part is exact here; its error is one of scale.

use crate::domain::Domain;
use crate::reading::{Edge, Reading, Reason, Rules};
use crate::sample::Sample;
use crate::units::{Joules, Seconds, Watts};
use crate::unwrap::{PLAUSIBLE, Point, unwrap};

/// Measures the energy of one domain between two moments (CLOCK_MONOTONIC ns). `samples` are of this
/// domain alone and reach beyond both edges.
pub fn measure(domain: &Domain, samples: &[Sample], start_ns: i64, end_ns: i64, rules: &Rules) -> Reading {
    let mut reading = Reading {
        energy: None,
        u_indep: None,
        u_scale_rel: None,
        updates: 0,
        update_period: domain.update_period,
        resolution: Some(domain.resolution),
        max_gap: None,
        valid: false,
        reason: None,
    };
    match count(domain, samples, (start_ns, end_ns), rules, &mut reading) {
        Ok((energy, u_indep)) => {
            reading.energy = Some(energy);
            reading.u_indep = Some(u_indep);
            reading.u_scale_rel = Some(domain.u_scale);
            reading.valid = true;
        }
        Err(reason) => reading.reason = Some(reason),
    }
    reading
}

/// Energy and its independent uncertainty; fills in what else is known of the window on the way.
fn count(
    domain: &Domain,
    samples: &[Sample],
    (start_ns, end_ns): (i64, i64),
    rules: &Rules,
    reading: &mut Reading,
) -> Result<(Joules, Joules), Reason> {
    if end_ns <= start_ns {
        return Err(Reason::NoLength);
    }
    let inside = |sample: &&Sample| (start_ns..=end_ns).contains(&sample.t_ns);
    if let Some(kind) = samples.iter().filter(inside).find_map(|sample| sample.fault) {
        return Err(Reason::ReadFailed(kind));
    }
    let points = unwrap(domain, &bracketed(samples, start_ns, end_ns)?)?;

    let longest = gaps(&points).into_iter().max_by(f64::total_cmp).map(Seconds);
    reading.max_gap = longest;
    let updated: Vec<Point> = std::iter::zip(&points, &points[1..])
        .filter(|(a, b)| b.t_ns > start_ns && b.t_ns <= end_ns && (!domain.stale || a.counts != b.counts))
        .map(|(_, b)| *b)
        .collect();
    reading.updates = u32::try_from(updated.len()).unwrap_or(u32::MAX);
    reading.update_period = median(gaps(&updated)).map(Seconds).or(domain.update_period);

    let limit = gap_limit(domain, &points, rules);
    if let Some(longest) = longest.filter(|longest| domain.loses_unread() && *longest > limit) {
        return Err(Reason::Gap { longest, limit });
    }
    if reading.updates < rules.min_updates {
        return Err(Reason::TooFewUpdates { seen: reading.updates, needed: rules.min_updates });
    }

    let (start, end) =
        (EdgePair::at(&points[..2], start_ns), EdgePair::at(&points[points.len() - 2..], end_ns));
    let counts = (end.before.counts - start.before.counts) as f64 + end.share - start.share;
    let counted = Joules(counts * domain.scale);
    let seconds = Seconds::between(start_ns, end_ns);
    let age = if domain.stale { reading.update_period.unwrap_or(seconds) } else { Seconds(0.0) };
    let mean = counted / seconds;
    let u_edges = start.uncertainty(domain, mean, age).0.hypot(end.uncertainty(domain, mean, age).0);
    let u_indep = u_edges.hypot(domain.resolution.0 / 6.0_f64.sqrt());
    Ok((counted + domain.constant * seconds, Joules(u_indep)))
}

/// The good readings from the last one at or before the start to the first one at or after the end, in
/// order of time; at least two.
fn bracketed(samples: &[Sample], start_ns: i64, end_ns: i64) -> Result<Vec<Sample>, Reason> {
    let mut good: Vec<Sample> = samples.iter().filter(|sample| sample.fault.is_none()).copied().collect();
    good.sort_by_key(|sample| sample.t_ns);
    let first = good.partition_point(|sample| sample.t_ns <= start_ns);
    let first = first.checked_sub(1).ok_or(Reason::Unbracketed(Edge::Start))?;
    let last = good.partition_point(|sample| sample.t_ns < end_ns);
    good.get(first..=last).map(<[Sample]>::to_vec).ok_or(Reason::Unbracketed(Edge::End))
}

/// How long nobody may read: some periods for power; for a counter that wraps, also anything shorter
/// than half the time that the most plausible power needs to go once round.
fn gap_limit(domain: &Domain, points: &[Point], rules: &Rules) -> Seconds {
    let spacing = median(gaps(points)).unwrap_or(0.0);
    let period = domain.update_period.map_or(spacing, |declared| declared.0.max(spacing));
    let periods = period * f64::from(rules.max_gap_periods);
    let round = domain.wrap.values().map_or(0.0, |wrap| wrap as f64 * domain.scale / PLAUSIBLE.0);
    Seconds(periods.max(round / 2.0))
}

/// The two readings around an edge, which are neighbours.
struct EdgePair {
    before: Point,
    /// Counts from `before` to the edge, on the straight line to the next reading.
    share: f64,
    /// Time and counts between the two readings, on which the edge's value is unknown; none where the
    /// edge falls on a reading.
    length: Seconds,
    rise: f64,
}

impl EdgePair {
    fn at(pair: &[Point], edge_ns: i64) -> Self {
        let (a, b) = (pair[0], pair[1]);
        let rise = (b.counts - a.counts) as f64;
        let length = Seconds::between(a.t_ns, b.t_ns);
        let share = rise * (Seconds::between(a.t_ns, edge_ns) / length);
        if edge_ns == a.t_ns || edge_ns == b.t_ns {
            return Self { before: a, share, length: Seconds(0.0), rise: 0.0 };
        }
        Self { before: a, share, length, rise }
    }

    fn uncertainty(&self, domain: &Domain, mean: Watts, age: Seconds) -> Joules {
        let stretch = mean.0 * self.length.0.max(age.0);
        Joules(stretch.max(self.rise * domain.scale) / 12.0_f64.sqrt())
    }
}

/// Seconds between neighbours.
fn gaps(points: &[Point]) -> Vec<f64> {
    std::iter::zip(points, points.iter().skip(1)).map(|(a, b)| Seconds::between(a.t_ns, b.t_ns).0).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Wrap;
    use crate::domain::tests::plain_counter;
    use crate::fault::FaultKind;

    const MS: i64 = 1_000_000;

    /// 10 W in microjoules, read every 10 ms for a second.
    fn steady() -> Vec<Sample> {
        (0..=100).map(|tick| Sample::good(tick * 10 * MS, 0, tick.unsigned_abs() * 100_000)).collect()
    }

    fn read(domain: &Domain, samples: &[Sample], from_ms: i64, to_ms: i64) -> Reading {
        let reading = measure(domain, samples, from_ms * MS, to_ms * MS, &Rules::default());
        assert_eq!(reading.energy.is_none(), reading.reason.is_some());
        assert_eq!(reading.energy.is_none(), reading.u_indep.is_none());
        assert_eq!(reading.valid, reading.reason.is_none());
        reading
    }

    fn joules(reading: &Reading) -> f64 {
        reading.energy.unwrap_or_else(|| panic!("{:?}", reading.reason)).0
    }

    fn code(reading: &Reading) -> &'static str {
        reading.reason.as_ref().map_or("valid", |reason| reason.code())
    }

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= 1e-9 * expected.abs().max(1e-3)
    }

    #[test]
    fn steady_power_gives_exact_joules_wherever_the_edges_lie() {
        for (from, to, expected) in [(0, 1000, 10.0), (100, 900, 8.0), (103, 897, 7.94), (1, 999, 9.98)] {
            let reading = read(&plain_counter(), &steady(), from, to);
            assert!(near(joules(&reading), expected), "{from} to {to}: {reading:?}");
        }
    }

    #[test]
    fn the_constant_part_is_added_for_all_wall_time() {
        let domain = Domain { constant: Watts(3.0), ..plain_counter() };
        assert!(near(joules(&read(&domain, &steady(), 100, 900)), 8.0 + 3.0 * 0.8));
        let idle: Vec<Sample> = steady().iter().map(|sample| Sample { raw: 5, ..*sample }).collect();
        assert!(near(joules(&read(&domain, &idle, 100, 900)), 2.4));
    }

    #[test]
    fn edges_are_interpolated_inside_their_own_pair_of_readings() {
        // 10 W until 0.5 s, nothing afterwards; only the pair around the edge may matter.
        let mut samples = steady();
        for sample in &mut samples[51..] {
            sample.raw = 5_000_000;
        }
        assert!(near(joules(&read(&plain_counter(), &samples, 5, 995)), 4.95));
    }

    #[test]
    fn one_wrap_is_undone_wherever_it_happens() {
        let range = 20_000_000;
        let domain = Domain { wrap: Wrap::At(range), ..plain_counter() };
        for offset in (0..100).map(|tick| tick * 200_000) {
            let wrapped: Vec<Sample> =
                steady().iter().map(|s| Sample { raw: (s.raw + offset) % range, ..*s }).collect();
            assert!(near(joules(&read(&domain, &wrapped, 103, 897)), 7.94), "{offset}");
        }
    }

    #[test]
    fn a_window_that_cannot_be_trusted_has_no_energy_and_says_why() {
        let plain = plain_counter();
        let wrapping = Domain { wrap: Wrap::At(3_000_000), ..plain_counter() };
        let mut reset = steady();
        reset[60].raw = 0;
        let mut failed = steady();
        failed[60] = Sample::failed(600 * MS, 0, FaultKind::Gone);
        let with_hole: Vec<Sample> =
            steady().into_iter().filter(|s| !(600 * MS..640 * MS).contains(&s.t_ns)).collect();
        let cases = [
            (&plain, steady(), 500, 500, "no-length"),
            (&plain, steady(), 600, 500, "no-length"),
            (&plain, vec![], 100, 900, "unbracketed"),
            (&plain, steady(), -1, 900, "unbracketed"),
            (&plain, steady(), 100, 1001, "unbracketed"),
            (&plain, reset.clone(), 100, 900, "counter-reset"),
            (&plain, failed.clone(), 100, 900, "source-lost"),
            (&plain, failed.clone(), 600, 900, "source-lost"),
            (&plain, steady(), 100, 590, "too-few-updates"),
            (&wrapping, with_hole.clone(), 100, 250, "too-few-updates"),
        ];
        for (domain, samples, from, to, expected) in cases {
            let reading = read(domain, &samples, from, to);
            assert_eq!(code(&reading), expected, "{from} to {to}");
            assert!(!reading.reason.unwrap().to_string().is_empty());
        }
        assert_eq!(code(&read(&plain, &steady(), 100, 600)), "valid");
        // Trouble beyond the window's edges is not the window's.
        assert_eq!(code(&read(&plain, &failed, 0, 595)), "valid");
    }

    #[test]
    fn a_gap_spoils_only_what_is_lost_unread() {
        let hole = |to_ms: i64| -> Vec<Sample> {
            steady().into_iter().filter(|s| s.t_ns <= 300 * MS || s.t_ns >= to_ms * MS).collect()
        };
        // 0.3 J at 20 kW last 15 µs, so three periods of 10 ms are the limit.
        let small = Domain { wrap: Wrap::At(300_000_000), scale: 1e-9, ..plain_counter() };
        // 65.5 kJ last 3.3 s: nothing can be lost in less than half of that.
        let large = Domain { wrap: Wrap::At(65_536_000_000), ..plain_counter() };
        let cases = [
            (plain_counter(), 600, "valid"),
            (small.clone(), 320, "valid"),
            (small, 340, "gap"),
            (large, 600, "valid"),
        ];
        for (domain, to, expected) in cases {
            assert_eq!(code(&read(&domain, &hole(to), 5, 995)), expected, "hole to {to}");
        }
        assert!(near(read(&plain_counter(), &hole(600), 5, 995).max_gap.unwrap().0, 0.3));
    }

    #[test]
    fn only_changes_are_updates_where_readings_can_be_old() {
        // Updated every 50 ms, read every 10 ms.
        let slow: Vec<Sample> =
            steady().iter().map(|s| Sample { raw: s.raw / 500_000 * 500_000, ..*s }).collect();
        let domain = Domain { stale: true, ..plain_counter() };
        let reading = read(&domain, &slow, 0, 1000);
        assert_eq!((reading.updates, code(&reading)), (20, "too-few-updates"));
        assert!(near(reading.update_period.unwrap().0, 0.05));
        assert_eq!(read(&plain_counter(), &slow, 0, 1000).updates, 100);
    }

    #[test]
    fn the_parts_of_the_uncertainty_are_those_of_the_formula() {
        let exact = Domain { resolution: Joules(0.0), ..plain_counter() };
        let at_readings = read(&exact, &steady(), 100, 900);
        assert_eq!(at_readings.u_indep, Some(Joules(0.0)));
        let between = read(&exact, &steady(), 103, 897).u_indep.unwrap().0;
        assert!(near(between, 10.0 * 0.01 * (2.0_f64 / 12.0).sqrt()), "{between}");
        let coarse = Domain { resolution: Joules(0.6), ..plain_counter() };
        assert!(near(read(&coarse, &steady(), 100, 900).u_indep.unwrap().0, 0.6 / 6.0_f64.sqrt()));
        let old = Domain { stale: true, resolution: Joules(0.0), ..plain_counter() };
        let old = read(&old, &steady(), 100, 900).u_indep.unwrap().0;
        assert!(near(old, 10.0 * 0.01 * (2.0_f64 / 12.0).sqrt()), "{old}");
    }

    #[test]
    fn the_error_of_windows_at_random_places_is_what_the_uncertainty_says() {
        // 40 W, updated every 20 ms, read every 7.3 ms: readings are up to 20 ms old.
        let power_uj_per_ms = 40_000;
        let samples: Vec<Sample> = (0..2000_i64)
            .map(|index| index * 7_300_000)
            .map(|t| Sample::good(t, 0, (t / (20 * MS)).unsigned_abs() * 20 * power_uj_per_ms))
            .collect();
        let domain = Domain { stale: true, ..plain_counter() };
        let (mut squares, mut claimed, windows) = (0.0, 0.0, 500);
        let mut random = 1_u64;
        for _ in 0..windows {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let start = 100 * MS + (random >> 33).cast_signed() % (5000 * MS);
            let end = start + 1500 * MS + (random >> 20).cast_signed() % (3000 * MS);
            let reading = measure(&domain, &samples, start, end, &Rules::default());
            let truth = Watts(40.0) * Seconds::between(start, end);
            squares += (reading.energy.unwrap() - truth).0.powi(2);
            claimed += reading.u_indep.unwrap().0.powi(2);
        }
        let (rms, claimed) = ((squares / f64::from(windows)).sqrt(), (claimed / f64::from(windows)).sqrt());
        assert!(rms <= 1.1 * claimed && rms >= 0.5 * claimed, "rms {rms} J, claimed {claimed} J");
    }
}
