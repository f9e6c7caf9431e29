//! The energy of a window, from the readings around and inside it, or the reason why there is none.
//!
//! Counters: the difference between the energies at the two edges (see `edge`), plus the domain's constant
//! power times the window's length; its error is one of scale. Power: the integral of the readings (see
//! `power`). The uncertainties of the two edges are independent and combined in quadrature.

use crate::domain::{Domain, SampleKind};
use crate::edge::energy_at;
use crate::knot::{Knot, knots};
use crate::power::integrate;
use crate::reading::{Edge, Reading, Reason, Rules};
use crate::sample::Sample;
use crate::spacing::{gaps, upper_median};
use crate::trust::{edges_read, enough_updates, still, stuck};
use crate::units::{Joules, Seconds};
use crate::unwrap::unwrap;

/// Measures the energy of one domain between two moments (CLOCK_MONOTONIC ns). `samples` are of this
/// domain alone, in the order in which they were taken, and reach beyond both edges; the more updates of
/// an old value they hold beyond, the better (two are enough).
pub fn measure(domain: &Domain, samples: &[Sample], start_ns: i64, end_ns: i64, rules: &Rules) -> Reading {
    let mut reading = Reading {
        energy: None,
        u_indep: None,
        u_scale_rel: None,
        updates: 0,
        update_period: domain.update_period,
        resolution: Some(domain.resolution),
        max_gap: None,
        disagreement_rel: None,
        valid: false,
        reason: None,
    };
    match energy(domain, samples, (start_ns, end_ns), rules, &mut reading) {
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
fn energy(
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
    let good: Vec<Sample> = samples.iter().filter(|sample| sample.fault.is_none()).copied().collect();
    if good.windows(2).any(|pair| pair[1].t_ns < pair[0].t_ns) {
        return Err(Reason::ClockStep);
    }
    let first = good.partition_point(|sample| sample.t_ns <= start_ns);
    let first = first.checked_sub(1).ok_or(Reason::Unbracketed(Edge::Start))?;
    let last = good.partition_point(|sample| sample.t_ns < end_ns);
    let bracket = good.get(first..=last).ok_or(Reason::Unbracketed(Edge::End))?;
    reading.max_gap =
        gaps(bracket.iter().map(|sample| sample.t_ns)).into_iter().reduce(f64::max).map(Seconds);
    let (energy, u_indep) = match domain.kind {
        SampleKind::Counter => count(domain, &good, (first, last), (start_ns, end_ns), rules, reading)?,
        SampleKind::Power => integrate(domain, bracket, (start_ns, end_ns), rules, reading)?,
    };
    let seconds = Seconds::between(start_ns, end_ns);
    if energy / seconds > domain.plausible || !energy.0.is_finite() || !u_indep.0.is_finite() {
        return Err(Reason::Implausible { power: energy / seconds, limit: domain.plausible });
    }
    Ok((energy + domain.constant * seconds, u_indep))
}

/// The difference of a counter between two moments. `first` and `last` are the readings around them.
fn count(
    domain: &Domain,
    good: &[Sample],
    (first, last): (usize, usize),
    (start_ns, end_ns): (i64, i64),
    rules: &Rules,
    reading: &mut Reading,
) -> Result<(Joules, Joules), Reason> {
    // Trouble beyond the readings around the edges is not the window's, so the context is optional.
    let context = context(domain, good, (first, last), end_ns);
    let points = match unwrap(domain, &good[context]) {
        Ok(points) => points,
        Err(_) => unwrap(domain, &good[first..=last])?,
    };
    let within = |t_ns: i64| t_ns > start_ns && t_ns <= end_ns;
    let mut knots = knots(domain, &points);
    let changes: Vec<i64> = std::iter::zip(&points, points.iter().skip(1))
        .filter(|(a, b)| within(b.t_ns) && (!domain.stale || a.counts != b.counts))
        .map(|(_, b)| b.t_ns)
        .collect();
    reading.updates = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let spacing = upper_median(gaps(knots.iter().map(|knot| knot.t_ns))).map(Seconds);
    let seen = [domain.seen_period, spacing].into_iter().flatten().reduce(|a, b| if a < b { a } else { b });
    reading.update_period = domain.update_period.or(seen);

    stuck(domain, &points, spacing, (start_ns, end_ns))?;
    edges_read(domain, &good[first..=last])?;
    enough_updates(domain, reading, Seconds::between(start_ns, end_ns), rules)?;
    still(domain, &points, (good[first].t_ns, good[last].t_ns))?;
    if domain.stale {
        reach(&mut knots, start_ns, end_ns, spacing)?;
    }
    let at = |t_ns, edge| {
        energy_at(&knots, t_ns, domain.scale, domain.resolution).ok_or(Reason::Unbracketed(edge))
    };
    let (start, end) = (at(start_ns, Edge::Start)?, at(end_ns, Edge::End)?);
    Ok((end.energy - start.energy, Joules(start.u.0.hypot(end.u.0))))
}

/// The readings around the window with those that tell its edges: on to the first knot that lies wholly
/// beyond the end, back to the second one before the start. Nothing further, so that readings taken later
/// change nothing.
fn context(
    domain: &Domain,
    good: &[Sample],
    (first, last): (usize, usize),
    end_ns: i64,
) -> std::ops::RangeInclusive<usize> {
    if !domain.stale {
        return first..=last;
    }
    let (mut from, mut to) = (first, last);
    let mut changes = 0;
    while from > 0 && changes < 3 {
        changes += u32::from(good[from - 1].raw != good[from].raw);
        from -= 1;
    }
    let period_ns = domain.update_period.map(|period| (period.0 * 1e9).ceil() as i64);
    let beyond = |to: usize| {
        let later = period_ns.is_some_and(|period_ns| good[to].t_ns >= end_ns.saturating_add(period_ns));
        later || (to > last && good[to].raw != good[to - 1].raw)
    };
    while to + 1 < good.len() && !beyond(to) {
        to += 1;
    }
    from..=to
}

/// Adds a knot beyond an edge that none lies beyond, one usual spacing from the last, at the mean power,
/// known to half a spacing: the next update would have come about there.
fn reach(knots: &mut Vec<Knot>, start_ns: i64, end_ns: i64, spacing: Option<Seconds>) -> Result<(), Reason> {
    let (Some(&first), Some(&last), Some(spacing)) = (knots.first(), knots.last(), spacing) else {
        return Err(Reason::Unbracketed(Edge::Start));
    };
    let step_ns = (spacing.0 * 1e9).ceil() as i64;
    let seconds = Seconds::between(first.t_ns, last.t_ns).0;
    let rise = last.counts.saturating_sub(first.counts) as f64 * spacing.0 / seconds.max(spacing.0);
    let half = spacing / 2.0;
    if start_ns < first.t_ns {
        // Counts start at 0, so all others move up.
        let rise = rise.round() as u64;
        let lift = rise.saturating_sub(first.counts);
        knots.iter_mut().for_each(|knot| knot.counts += lift);
        let counts = (first.counts + lift).saturating_sub(rise);
        knots.insert(0, Knot { t_ns: first.t_ns - step_ns, half, counts });
    }
    if end_ns > last.t_ns {
        let counts = knots.last().map_or(0, |knot| knot.counts) + rise.round() as u64;
        knots.push(Knot { t_ns: last.t_ns + step_ns, half, counts });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Wrap;
    use crate::domain::tests::plain_counter;
    use crate::fault::FaultKind;
    use crate::units::Watts;

    const MS: i64 = 1_000_000;

    /// 10 W in microjoules, read every 10 ms for two seconds.
    fn steady() -> Vec<Sample> {
        (0..=200).map(|tick| Sample::good(tick * 10 * MS, 0, tick.unsigned_abs() * 100_000)).collect()
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
        // CPU time stands still where nothing works: no fault, and no reason to leave the idle share out.
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
    fn wraps_are_undone_wherever_they_happen() {
        let range = 3_000_000;
        let domain = Domain { wrap: Wrap::At(range), plausible: Watts(200.0), ..plain_counter() };
        for offset in (0..30).map(|tick| tick * 100_000) {
            let wrapped: Vec<Sample> =
                steady().iter().map(|s| Sample { raw: (s.raw + offset) % range, ..*s }).collect();
            assert!(near(joules(&read(&domain, &wrapped, 103, 897)), 7.94), "{offset}");
        }
    }

    #[test]
    fn a_window_that_cannot_be_trusted_has_no_energy_and_says_why() {
        let plain = plain_counter();
        let stale = Domain { stale: true, ..plain_counter() };
        let wrapping = Domain { wrap: Wrap::At(300_000_000), plausible: Watts(2000.0), ..plain_counter() };
        let changed = |from: usize, change: fn(&mut Sample)| {
            let mut samples = steady();
            samples[from..].iter_mut().for_each(change);
            samples
        };
        let failed = |kind| {
            let mut samples = steady();
            samples[60] = Sample::failed(600 * MS, 0, kind);
            samples
        };
        let reset = changed(60, |s| s.raw -= 6_000_000);
        let with_hole: Vec<Sample> =
            steady().into_iter().filter(|s| !(600 * MS..800 * MS).contains(&s.t_ns)).collect();
        let ticking = Domain { update_period: Some(Seconds(0.001)), ..stale.clone() };
        let blind: Vec<Sample> =
            steady().into_iter().filter(|s| !(400 * MS..1600 * MS).contains(&s.t_ns)).collect();
        let still = changed(60, |s| s.raw = 6_000_000);
        let back = changed(60, |s| s.t_ns -= 40 * MS);
        let jump = changed(60, |s| s.raw += 62_000_000_000);
        let cases = [
            (&plain, steady(), 500, 500, "no-length"),
            (&plain, steady(), 600, 500, "no-length"),
            (&plain, vec![], 100, 900, "unbracketed"),
            (&plain, steady(), -1, 900, "unbracketed"),
            (&plain, steady(), 100, 2001, "unbracketed"),
            (&plain, reset.clone(), 100, 900, "counter-reset"),
            (&wrapping, reset, 100, 900, "counter-reset"),
            // 300 J last 150 ms at 2 kW, and nobody read for 210 ms.
            (&wrapping, with_hole.clone(), 100, 900, "may-have-wrapped"),
            (&plain, with_hole, 100, 900, "valid"),
            (&stale, still, 100, 1900, "counter-stuck"),
            // For the last 0.4 s of a window that is otherwise sound.
            (&ticking, changed(60, |s| s.raw = 6_000_000), 100, 1000, "counter-stuck"),
            // However short: a tenth of a second.
            (&ticking, changed(0, |s| s.raw = 7), 100, 200, "counter-stuck"),
            // Nobody read for 1.2 s, and one edge lies in it.
            (&plain, blind.clone(), 500, 1900, "gap"),
            (&plain, blind, 1000, 1200, "gap"),
            (&plain, back, 100, 900, "clock-step"),
            (&plain, jump, 100, 900, "implausible-power"),
            (&stale, steady(), 100, 590, "too-few-updates"),
            (&stale, steady(), 100, 610, "valid"),
            (&plain, failed(FaultKind::Gone), 100, 900, "source-lost"),
            (&plain, failed(FaultKind::Unreadable), 600, 900, "read-failed"),
            (&plain, failed(FaultKind::Suspended), 600, 900, "sampler-suspended"),
            // Trouble beyond the window's edges is not the window's.
            (&plain, failed(FaultKind::Gone), 0, 595, "valid"),
        ];
        for (domain, samples, from, to, expected) in cases {
            let reading = read(domain, &samples, from, to);
            assert_eq!(code(&reading), expected, "{from} to {to}: {:?}", reading.reason);
        }
    }

    #[test]
    fn only_changes_are_updates_where_readings_can_be_old() {
        // Updated every 50 ms, read every 10 ms.
        let slow: Vec<Sample> =
            steady().iter().map(|s| Sample { raw: s.raw / 500_000 * 500_000, ..*s }).collect();
        let domain = Domain { stale: true, ..plain_counter() };
        let reading = read(&domain, &slow, 200, 1200);
        assert_eq!((reading.updates, code(&reading)), (20, "too-few-updates"));
        assert!(near(reading.update_period.unwrap().0, 0.05));
        assert_eq!(read(&plain_counter(), &slow, 0, 1000).updates, 100);
    }

    #[test]
    fn the_parts_of_the_uncertainty_are_those_of_the_formula() {
        let exact = Domain { resolution: Joules(0.0), ..plain_counter() };
        let at_readings = read(&exact, &steady(), 100, 900);
        assert_eq!(at_readings.u_indep, Some(Joules(0.0)));
        let between = read(&exact, &steady(), 105, 895).u_indep.unwrap().0;
        // Half-way between two readings, an eighth of the energy between them.
        assert!(near(between, 10.0 * 0.01 / 8.0 * 2.0_f64.sqrt()), "{between}");
        let coarse = Domain { resolution: Joules(0.6), ..plain_counter() };
        assert!(near(read(&coarse, &steady(), 100, 900).u_indep.unwrap().0, 0.6 / 6.0_f64.sqrt()));
        // Updates of an old value are known to half the time between two readings.
        let old = Domain { stale: true, resolution: Joules(0.0), ..plain_counter() };
        let old = read(&old, &steady(), 105, 895).u_indep.unwrap().0;
        assert!(near(old, 10.0 * 0.005 * (2.0_f64 / 3.0).sqrt()), "{old}");
    }
}
