//! The `sim` meter: a counter of made-up power, for trying the whole tool with known joules.

use crate::clock::now_ns;
use crate::domain::{Class, Domain, SampleKind, Wrap};
use crate::fault::MeterFault;
use crate::finding::{Finding, State};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::place::Place;
use crate::sample::Sample;
use crate::settings::SimSettings;
use crate::units::{Joules, Seconds, Watts};

const NAME: &str = "sim";

/// A script may ask for anything that a machine could draw.
const PLAUSIBLE: Watts = Watts(20_000.0);

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::MadeUp,
    summary: "constant or scripted power instead of a measurement, for trying the tool",
    look: |settings| {
        let detail = describe(&settings.sim);
        vec![Finding { meter: NAME, what: "a script", state: State::Found, detail, mend: Vec::new() }]
    },
    open: |settings| Ok(Box::new(Sim::open(&settings.sim, now_ns()))),
};

/// A counter that follows scripted power exactly.
///
/// Every period it takes on the energy since opening, rounded down to whole steps. Its readings carry the
/// time of that update, not of the reading, so a sample is exact and straight lines between samples
/// recover constant power to the step.
#[derive(Debug)]
pub struct Sim {
    settings: SimSettings,
    opened_ns: i64,
    period_ns: i64,
    domains: [Domain; 1],
}

impl Sim {
    /// A counter that starts at 0 at `opened_ns` (CLOCK_MONOTONIC). The settings have passed
    /// [`Settings::check`](crate::Settings::check).
    pub fn open(settings: &SimSettings, opened_ns: i64) -> Self {
        let step = settings.resolution_uj * 1e-6;
        let domain = Domain {
            name: NAME.to_owned(),
            meter: NAME.to_owned(),
            class: Class::Simulated,
            kind: SampleKind::Counter,
            place: Place::MadeUp,
            witness_of: None,
            source: describe(settings),
            unit: "step".to_owned(),
            scale: step,
            constant: Watts(0.0),
            update_period: Some(Seconds(settings.period_ms * 1e-3)),
            stale: false,
            resolution: Joules(step),
            u_scale: 0.0,
            model_error: 0.0,
            wrap: settings.wrap_j.map_or(Wrap::Never, |joules| Wrap::At((joules / step).round() as u64)),
            plausible: PLAUSIBLE,
        };
        Self {
            settings: settings.clone(),
            opened_ns,
            period_ns: ((settings.period_ms * 1e6).round() as i64).max(1),
            domains: [domain],
        }
    }

    /// What a reading at `t_ns` shows; a time before opening shows the opening.
    pub fn at(&self, t_ns: i64) -> Sample {
        let ticks = t_ns.saturating_sub(self.opened_ns).max(0) / self.period_ns;
        let since_ns = ticks * self.period_ns;
        let [domain] = &self.domains;
        // A thousandth of a step of slack: decimal fractions are not exact in binary, and an energy that
        // is a whole number of steps must show as that number.
        let steps = (self.energy(Seconds::between(0, since_ns)).0 / domain.scale + 1e-3).floor() as u64;
        let raw = match domain.wrap {
            Wrap::At(values) => steps % values.max(1),
            Wrap::Never | Wrap::Behind(_) | Wrap::Unknown => steps,
        };
        Sample::good(self.opened_ns.saturating_add(since_ns), 0, raw)
    }

    /// Energy from opening until `end` seconds later.
    fn energy(&self, end: Seconds) -> Joules {
        let mut energy = Joules(0.0);
        let (mut from, mut watts) = (0.0, self.settings.watts);
        for &[seconds, next] in self.settings.trace.iter().take_while(|[seconds, _]| *seconds < end.0) {
            energy += Watts(watts) * Seconds(seconds - from);
            (from, watts) = (seconds, next);
        }
        energy + Watts(watts) * Seconds(end.0 - from)
    }
}

impl Meter for Sim {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, _process: Option<u32>) {}

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        out.push(self.at(now_ns()));
        Ok(())
    }
}

fn describe(settings: &SimSettings) -> String {
    match settings.trace.len() {
        0 => format!("constant {}", Watts(settings.watts)),
        points => format!("power scripted by {points} points"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;
    const OPENED: i64 = 5_000_000_000;

    fn steps_at(settings: SimSettings, ms: &[i64]) -> Vec<u64> {
        let sim = Sim::open(&settings, OPENED);
        ms.iter().map(|ms| sim.at(OPENED + ms * MS).raw).collect()
    }

    #[test]
    fn constant_power_counts_exactly() {
        let sim = SimSettings::default();
        assert_eq!(
            steps_at(sim, &[-1, 0, 1, 7, 1000, 3_600_000]),
            [0, 0, 10_000, 70_000, 10_000_000, 36_000_000_000]
        );
    }

    #[test]
    fn scripted_power_is_integrated_piece_by_piece() {
        let trace = vec![[0.001, 20.0], [0.003, 0.0], [0.003, 1.0], [0.010, 100.0]];
        let sim = SimSettings { watts: 10.0, trace, ..SimSettings::default() };
        // 10 W for 1 ms, 20 W for 2 ms, 1 W for 7 ms, then 100 W.
        assert_eq!(steps_at(sim, &[1, 2, 3, 10, 11]), [10_000, 30_000, 50_000, 57_000, 157_000]);
    }

    #[test]
    fn the_value_stands_still_and_keeps_its_time_between_updates() {
        let sim = Sim::open(&SimSettings { period_ms: 10.0, ..SimSettings::default() }, OPENED);
        let tick = Sample::good(OPENED + 10 * MS, 0, 100_000);
        for ms in [10, 11, 19] {
            assert_eq!(sim.at(OPENED + ms * MS), tick);
        }
        assert_eq!(sim.at(OPENED + 20 * MS), Sample::good(OPENED + 20 * MS, 0, 200_000));
    }

    #[test]
    fn the_counter_shows_whole_steps_rounded_down() {
        let sim = SimSettings { watts: 1.0, resolution_uj: 1500.0, ..SimSettings::default() };
        assert_eq!(steps_at(sim, &[1, 2, 3, 4]), [0, 1, 2, 2]);
    }

    #[test]
    fn a_wrapping_counter_starts_again_at_zero() {
        let sim = SimSettings { wrap_j: Some(0.03), ..SimSettings::default() };
        assert_eq!(steps_at(sim, &[1, 2, 3, 4, 7]), [10_000, 20_000, 0, 10_000, 10_000]);
    }

    #[test]
    fn the_furthest_times_do_not_overflow() {
        let sim = Sim::open(&SimSettings::default(), i64::MIN);
        sim.at(i64::MAX);
    }
}
