//! The energy of a window from power readings.
//!
//! Power is taken to run straight from one reading to the next. Where two neighbours differ by ΔP, a jump
//! may have come anywhere between them, which is worth h·ΔP/√12 over their distance h. A sensor that shows
//! the mean of its last period Δ sees the window late by Δ/2, which costs Δ/2·|P(end) − P(start)|/√3. The
//! sensor's step p costs p·T/√(12·n) with n readings in T seconds.

use crate::domain::Domain;
use crate::reading::{Reading, Reason, Rules};
use crate::sample::Sample;
use crate::spacing::{gaps, upper_median};
use crate::units::{Joules, Seconds};

/// Integrates readings that reach just beyond both edges; energy and one sigma.
///
/// # Errors
/// [`Reason::ZeroPower`], [`Reason::Implausible`], [`Reason::Gap`] or [`Reason::TooFewUpdates`].
pub(crate) fn integrate(
    domain: &Domain,
    bracket: &[Sample],
    (start_ns, end_ns): (i64, i64),
    rules: &Rules,
    reading: &mut Reading,
) -> Result<(Joules, Joules), Reason> {
    let watts = |sample: &Sample| sample.raw as f64 * domain.scale;
    if bracket.iter().any(|sample| sample.raw == 0) {
        return Err(Reason::ZeroPower);
    }
    if let Some(wrong) = bracket.iter().find(|sample| watts(sample) > domain.plausible.0) {
        return Err(Reason::Implausible {
            power: crate::units::Watts(watts(wrong)),
            limit: domain.plausible,
        });
    }
    let times = bracket.iter().map(|sample| sample.t_ns);
    let spacing = upper_median(gaps(times)).unwrap_or(0.0);
    // A sensor that says nothing of its period may move far more rarely than it is read.
    let changes = std::iter::zip(bracket, bracket.iter().skip(1)).filter(|(a, b)| a.raw != b.raw);
    let moved =
        upper_median(gaps(changes.map(|(_, b)| b.t_ns).collect::<Vec<_>>().into_iter())).unwrap_or(0.0);
    let period = domain.update_period.map_or(moved, |declared| declared.0).max(spacing);
    let period = Seconds(period);
    reading.update_period = Some(period);
    let inside = bracket.iter().filter(|sample| sample.t_ns > start_ns && sample.t_ns <= end_ns).count();
    reading.updates = u32::try_from(inside).unwrap_or(u32::MAX);

    let limit = Seconds(spacing.max(domain.update_period.map_or(0.0, |declared| declared.0)))
        * f64::from(rules.max_gap_periods);
    if let Some(longest) = reading.max_gap.filter(|longest| *longest > limit) {
        return Err(Reason::Gap { longest, limit });
    }
    let seconds = Seconds::between(start_ns, end_ns);
    let fit = (seconds / period).floor().min(f64::from(u32::MAX)) as u32;
    if fit < rules.min_updates {
        return Err(Reason::TooFewUpdates { seen: fit, needed: rules.min_updates });
    }

    let (mut energy, mut squares) = (0.0, 0.0);
    let mut at_edges = Vec::new();
    for (a, b) in std::iter::zip(bracket, bracket.iter().skip(1)) {
        let whole = Seconds::between(a.t_ns, b.t_ns).0;
        let on_line = |t_ns: i64| watts(a) + (watts(b) - watts(a)) * Seconds::between(a.t_ns, t_ns).0 / whole;
        let (from_ns, to_ns) = (a.t_ns.max(start_ns), b.t_ns.min(end_ns));
        if to_ns <= from_ns || whole <= 0.0 {
            continue;
        }
        let part = Seconds::between(from_ns, to_ns).0;
        energy += (on_line(from_ns) + on_line(to_ns)) / 2.0 * part;
        squares += ((watts(b) - watts(a)) * part).powi(2) / 12.0;
        at_edges.extend([on_line(from_ns), on_line(to_ns)]);
    }
    let change = at_edges.first().zip(at_edges.last()).map_or(0.0, |(first, last)| (last - first).abs());
    let late = if domain.stale { period.0 / 2.0 * change / 3.0_f64.sqrt() } else { 0.0 };
    let step = domain.resolution.0 * seconds.0 / (12.0 * (inside.max(1) as f64)).sqrt();
    Ok((Joules(energy), Joules(squares.sqrt().hypot(late).hypot(step))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SampleKind;
    use crate::domain::tests::plain_counter;
    use crate::units::Watts;
    use crate::window::measure;

    const MS: i64 = 1_000_000;

    fn sensor() -> Domain {
        Domain {
            kind: SampleKind::Power,
            unit: "mW".to_owned(),
            scale: 1e-3,
            resolution: Joules(1e-3),
            plausible: Watts(3000.0),
            ..plain_counter()
        }
    }

    /// Readings every 50 ms for ten seconds.
    fn readings(milliwatts: impl Fn(i64) -> u64) -> Vec<Sample> {
        (0..=200).map(|index| Sample::good(index * 50 * MS, 0, milliwatts(index))).collect()
    }

    fn read(samples: &[Sample], from_ms: i64, to_ms: i64) -> Reading {
        measure(&sensor(), samples, from_ms * MS, to_ms * MS, &Rules::default())
    }

    fn code(reading: &Reading) -> &'static str {
        reading.reason.as_ref().map_or("valid", |reason| reason.code())
    }

    #[test]
    fn steady_and_straight_power_integrate_exactly_wherever_the_edges_lie() {
        for (from, to) in [(0, 10_000), (13, 9_987), (50, 9_950), (1, 3_001)] {
            let seconds = f64::from(to - from) * 1e-3;
            let flat = read(&readings(|_| 250_000), i64::from(from), i64::from(to));
            assert!((flat.energy.unwrap().0 - 250.0 * seconds).abs() < 1e-6, "{flat:?}");
            assert!(flat.u_indep.unwrap().0 < 1e-2);
            let ramp =
                read(&readings(|index| 100_000 + index.unsigned_abs() * 500), i64::from(from), i64::from(to));
            let middle = f64::from(from + to) / 2.0 * 1e-3;
            assert!((ramp.energy.unwrap().0 - (100.0 + 10.0 * middle) * seconds).abs() < 1e-6, "{ramp:?}");
        }
    }

    #[test]
    fn power_that_jumps_is_uncertain_by_what_the_jumps_can_hide() {
        let noise = |index: i64| index.unsigned_abs() % 2;
        let bursts = readings(|index| noise(index) + if index / 7 % 2 == 0 { 100_000 } else { 400_000 });
        let reading = read(&bursts, 0, 10_000);
        // 28 jumps of 300 W somewhere within 50 ms.
        let expected = 28.0_f64.sqrt() * 300.0 * 0.05 / 12.0_f64.sqrt();
        assert!((reading.u_indep.unwrap().0 / expected - 1.0).abs() < 0.01, "{reading:?} {expected}");
    }

    #[test]
    fn power_that_nobody_read_or_nothing_draws_is_not_integrated() {
        let hole: Vec<Sample> = readings(|_| 250_000)
            .into_iter()
            .filter(|s| s.t_ns <= 3000 * MS || s.t_ns >= 3200 * MS)
            .collect();
        let cases = [
            (readings(|index| if index == 100 { 0 } else { 250_000 }), 0, 10_000, "zero-power"),
            (
                readings(|index| if index == 100 { 4_000_000 } else { 250_000 }),
                0,
                10_000,
                "implausible-power",
            ),
            (hole.clone(), 0, 10_000, "gap"),
            (hole, 3500, 10_000, "valid"),
            (readings(|_| 250_000), 0, 2_400, "too-few-updates"),
            (readings(|_| 250_000), 0, 2_500, "valid"),
            // Read every 50 ms, moved once a second.
            (readings(|index| 250_000 + index.unsigned_abs() / 20), 0, 10_000, "too-few-updates"),
        ];
        for (samples, from, to, expected) in cases {
            assert_eq!(code(&read(&samples, from, to)), expected, "{from} to {to}");
        }
    }
}
