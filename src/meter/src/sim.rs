//! The `sim` meter: a counter of made-up power, for trying the whole tool with known joules.

use harness_protocol::now_ns;

use crate::domain::{Class, Domain, SampleKind, Wrap};
use crate::fault::MeterFault;
use crate::finding::{Finding, State};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::place::Place;
use crate::sample::Sample;
use crate::settings::{SimFault, SimSettings, SimTrouble};
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
        let domains = vec!["sim".to_owned()];
        vec![Finding {
            meter: NAME,
            what: "a script",
            state: State::Found,
            detail,
            domains,
            mend: Vec::new(),
        }]
    },
    open: |settings| Ok(Box::new(Sim::open(&settings.sim, now_ns()))),
};

/// A counter that follows scripted power exactly.
///
/// Every period it takes on the energy since opening, rounded down to whole steps. Its readings carry the
/// time of that update, not of the reading, so a sample is exact and straight lines between samples
/// recover constant power to the step. A `stale` one stamps readings with their own time instead, and a
/// script of faults may make its readings fail or lie.
#[derive(Debug)]
pub struct Sim {
    settings: SimSettings,
    opened_ns: i64,
    period_ns: i64,
    /// Distinct raw values, where it wraps.
    values: Option<u64>,
    /// When it was last read, in seconds since opening.
    last_read: Option<Seconds>,
    domains: [Domain; 1],
}

impl Sim {
    /// A counter that starts at 0 at `opened_ns` (CLOCK_MONOTONIC). The settings have passed
    /// [`Settings::check`](crate::Settings::check).
    pub fn open(settings: &SimSettings, opened_ns: i64) -> Self {
        let step = settings.resolution_uj * 1e-6;
        let values = settings.wrap_j.map(|joules| ((joules / step).round() as u64).max(1));
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
            update_period: (!settings.stale).then_some(Seconds(settings.period_ms * 1e-3)),
            seen_period: None,
            stale: settings.stale,
            resolution: Joules(step),
            u_scale: 0.0,
            model_error: 0.0,
            wrap: if settings.ranged { values.map_or(Wrap::Never, Wrap::At) } else { Wrap::Unknown },
            plausible: PLAUSIBLE,
        };
        Self {
            settings: settings.clone(),
            opened_ns,
            period_ns: ((settings.period_ms * 1e6).round() as i64).max(1),
            values,
            last_read: None,
            domains: [domain],
        }
    }

    /// What a reading at `t_ns` gives: a value, a failure, or None while the script is silent. Readings are
    /// asked for in the order of their times.
    pub fn read_at(&mut self, t_ns: i64) -> Option<Sample> {
        let now = Seconds::between(self.opened_ns, t_ns);
        let before = self.last_read.replace(now);
        let first_since = |at: f64| at <= now.0 && before.is_none_or(|before| before.0 < at);
        let mut sample = self.at(t_ns);
        for fault in &self.settings.faults {
            match fault.fault {
                SimTrouble::Silent if lasts(fault, now) => return None,
                SimTrouble::Fails(kind)
                    if fault.lasts.map_or(first_since(fault.at), |_| lasts(fault, now)) =>
                {
                    sample = Sample::failed(self.stamp(t_ns), 0, kind);
                }
                _ => {}
            }
        }
        Some(sample)
    }

    /// What the counter shows at `t_ns`, were it read; a time before opening shows the opening.
    pub fn at(&self, t_ns: i64) -> Sample {
        let ticks = t_ns.saturating_sub(self.opened_ns).max(0) / self.period_ns;
        let since_ns = ticks * self.period_ns;
        let [domain] = &self.domains;
        // A thousandth of a step of slack: decimal fractions are not exact in binary, and an energy that
        // is a whole number of steps must show as that number.
        let steps = (self.shown(Seconds::between(0, since_ns)).0 / domain.scale + 1e-3).floor() as u64;
        let raw = self.values.map_or(steps, |values| steps % values);
        let t_ns = if domain.stale { t_ns } else { self.opened_ns.saturating_add(since_ns) };
        Sample::good(self.stamp(t_ns), 0, raw)
    }

    /// The time that a sample of `t_ns` is stamped with.
    fn stamp(&self, t_ns: i64) -> i64 {
        let now = Seconds::between(self.opened_ns, t_ns).0;
        let back = self.settings.faults.iter().filter(|fault| fault.at <= now).filter_map(|fault| fault.by);
        back.fold(t_ns, |t_ns, by| t_ns.saturating_sub((by * 1e9).round() as i64))
    }

    /// Energy that the counter shows `now` after opening: the true one, unless the script stops, resets
    /// or lifts it.
    fn shown(&self, now: Seconds) -> Joules {
        let faults = |trouble| self.settings.faults.iter().filter(move |fault| fault.fault == trouble);
        let stuck = faults(SimTrouble::Stuck).filter(|fault| lasts(fault, now)).map(|fault| fault.at);
        let now = stuck.fold(now.0, f64::min);
        let reset =
            faults(SimTrouble::Reset).map(|fault| fault.at).filter(|at| *at <= now).fold(0.0, f64::max);
        let jumps = faults(SimTrouble::Jump).filter(|fault| (reset..=now).contains(&fault.at));
        let phantom = Joules(jumps.filter_map(|fault| fault.joules).sum());
        self.energy(Seconds(now)) - self.energy(Seconds(reset)) + phantom
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
        out.extend(self.read_at(now_ns()));
        Ok(())
    }
}

/// Whether a fault has begun and, where it ends, has not ended.
fn lasts(fault: &SimFault, now: Seconds) -> bool {
    fault.at <= now.0 && fault.lasts.is_none_or(|seconds| now.0 < fault.at + seconds)
}

fn describe(settings: &SimSettings) -> String {
    let power = match settings.trace.len() {
        0 => format!("constant {}", Watts(settings.watts)),
        points => format!("power scripted by {points} points"),
    };
    match settings.faults.len() {
        0 => power,
        1 => format!("{power}, with 1 fault"),
        faults => format!("{power}, with {faults} faults"),
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

    /// Raw values as the script has them, or the word of what is there instead.
    fn said(faults: &str, ms: &[i64]) -> Vec<String> {
        let settings: SimSettings = toml::from_str(&format!("faults = [{faults}]")).unwrap();
        let mut sim = Sim::open(&settings, OPENED);
        let word = |sample: Sample| sample.fault.map_or(sample.raw.to_string(), |kind| kind.to_string());
        ms.iter().map(|ms| sim.read_at(OPENED + ms * MS).map_or("silence".to_owned(), word)).collect()
    }

    #[test]
    fn readings_fail_and_lie_as_scripted() {
        let cases: [(&str, [&str; 5]); 7] = [
            ("{ at = 0.002, fault = 'gone' }", ["10000", "gone", "30000", "40000", "50000"]),
            ("{ at = 0.0015, for = 0.002, fault = 'empty' }", ["10000", "empty", "empty", "40000", "50000"]),
            (
                "{ at = 0.002, for = 0.002, fault = 'silent' }",
                ["10000", "silence", "silence", "40000", "50000"],
            ),
            ("{ at = 0.002, fault = 'stuck' }", ["10000", "20000", "20000", "20000", "20000"]),
            ("{ at = 0.002, for = 0.002, fault = 'stuck' }", ["10000", "20000", "20000", "40000", "50000"]),
            ("{ at = 0.003, fault = 'reset' }", ["10000", "20000", "0", "10000", "20000"]),
            (
                "{ at = 0.004, fault = 'jump', joules = 2 }, { at = 0.005, fault = 'not-found' }",
                ["10000", "20000", "30000", "2040000", "not-found"],
            ),
        ];
        for (faults, expected) in cases {
            assert_eq!(said(faults, &[1, 2, 3, 4, 5]), expected, "{faults}");
        }
    }

    #[test]
    fn a_failure_without_length_hits_the_first_reading_after_its_time_and_no_other() {
        let faults = "{ at = 0, fault = 'gone' }, { at = 0.0023, fault = 'empty' }";
        assert_eq!(
            said(faults, &[0, 1, 2, 9, 9, 10]),
            ["gone", "10000", "20000", "empty", "90000", "100000"]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_stays_back() {
        let faults = vec![SimFault {
            at: 0.002,
            lasts: None,
            fault: SimTrouble::ClockBack,
            joules: None,
            by: Some(0.5),
        }];
        let sim = Sim::open(&SimSettings { faults, ..SimSettings::default() }, OPENED);
        assert_eq!(sim.at(OPENED + MS).t_ns, OPENED + MS);
        assert_eq!(sim.at(OPENED + 2 * MS), Sample::good(OPENED - 498 * MS, 0, 20_000));
    }

    #[test]
    fn a_stale_counter_shows_its_last_update_under_the_time_of_the_reading() {
        let settings = SimSettings { period_ms: 10.0, stale: true, ..SimSettings::default() };
        let sim = Sim::open(&settings, OPENED);
        assert_eq!(sim.at(OPENED + 19 * MS), Sample::good(OPENED + 19 * MS, 0, 100_000));
        let [domain] = sim.domains() else { panic!() };
        assert_eq!((domain.stale, domain.update_period), (true, None));
    }

    #[test]
    fn a_counter_may_wrap_without_telling_where() {
        let settings = SimSettings { wrap_j: Some(0.03), ranged: false, ..SimSettings::default() };
        assert_eq!(Sim::open(&settings, OPENED).domains()[0].wrap, Wrap::Unknown);
        assert_eq!(steps_at(settings, &[1, 2, 3]), [10_000, 20_000, 0]);
    }

    #[test]
    fn the_furthest_times_do_not_overflow() {
        let sim = Sim::open(&SimSettings::default(), i64::MIN);
        sim.at(i64::MAX);
    }
}
