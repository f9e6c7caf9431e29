//! What the readings of one watch say about a domain.

use harness_protocol::Device;

use super::course::{Course, Span};
use crate::count::holds;
use crate::domain::{Domain, SampleKind};
use crate::place::Place;
use crate::reading::{Reason, Rules};
use crate::sample::Sample;
use crate::units::{Seconds, Watts};
use crate::unwrap::{Point, unwrap};
use crate::window::measure;

/// A core that is kept busy adds at least this on any processor known to us: a watt on servers, a third of
/// one on the smallest cores.
const LEAST_RISE: Watts = Watts(0.1);

/// A counter moves at least so often while cores are kept busy for a second: NVIDIA's slowest ones move ten times.
const FEWEST_MOVES: usize = 3;

/// No living counter known to us is older than this; one that has not moved for longer stopped.
const LONGEST_STILL: Seconds = Seconds(0.35);

/// What stands against a domain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doubt {
    /// What was seen, in a phrase with the domain as subject.
    pub(super) seen: String,
    /// Another watch cannot say anything else.
    pub(super) sure: bool,
    /// The one raw value that a sensor of power showed all the time.
    pub(super) constant: Option<u64>,
}

/// Power at rest and under load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Powers {
    pub(super) rest: Watts,
    pub(super) load: Watts,
}

/// What each domain of a course showed, in their order; without doubt it lives.
pub(super) fn doubts(course: &Course) -> Vec<Option<Doubt>> {
    let judged = (0..course.domains.len()).map(|index| alone(course, index)).collect::<Vec<_>>();
    let doubt = |(index, own): (usize, &Result<Option<Powers>, Doubt>)| match own {
        Err(doubt) => Some(doubt.clone()),
        Ok(_) => no_rise(course, &judged, index),
    };
    judged.iter().enumerate().map(doubt).collect()
}

/// Judges a domain by itself: it can be read, moves, moves forwards, and draws what is plausible. Its powers,
/// where they could be measured.
fn alone(course: &Course, index: usize) -> Result<Option<Powers>, Doubt> {
    let domain = &course.domains[index];
    let samples = course.of(index);
    let good: Vec<Sample> = samples.iter().filter(|sample| sample.fault.is_none()).copied().collect();
    let unsure = |seen| Doubt { seen, sure: false, constant: None };
    let (Some(first), Some(last)) = (good.first(), good.last()) else {
        let kind = samples.iter().find_map(|sample| sample.fault);
        let why = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        return Err(unsure(format!("could not be read{why}")));
    };
    // One reading in five may fail on a busy machine; a run judges its windows by itself.
    if (samples.len() - good.len()) * 5 > samples.len() {
        let kind = samples.iter().find_map(|sample| sample.fault);
        let why = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
        return Err(unsure(format!(
            "failed {} of {} readings{why}",
            samples.len() - good.len(),
            samples.len()
        )));
    }
    let still = good.iter().all(|sample| sample.raw == first.raw);
    let length = Seconds::between(first.t_ns, last.t_ns);
    let busy = busy(course.cores);
    match domain.kind {
        // A built-in GPU may really draw nothing.
        SampleKind::Counter if still && matches!(domain.place, Place::Uncore(_)) => return Ok(None),
        SampleKind::Counter if still => {
            let seen = format!("stood still for {length:.1}, also while {busy}");
            return Err(Doubt { seen, sure: good.len() >= FEWEST_MOVES, constant: None });
        }
        SampleKind::Counter => moves(domain, &good, course)?,
        SampleKind::Power if still && first.raw == 0 => {
            return Err(unsure(format!("said 0 W for {length:.1}")));
        }
        // A GPU at rest may well draw the same all the time; what holds the processor does not.
        SampleKind::Power if still && good.len() >= FEWEST_MOVES && works(domain.place) => {
            let watts = Watts(first.raw as f64 * domain.scale);
            let seen = format!("said {watts:.1} for {length:.1}, also while {busy}");
            return Err(Doubt { seen, sure: false, constant: Some(first.raw) });
        }
        SampleKind::Power => {}
    }
    let [before, after] = course.rests.map(|rest| power(domain, &samples, rest));
    let load = power(domain, &samples, course.load);
    for measured in [&before, &load, &after] {
        if let Err(reason @ Reason::Implausible { .. }) = measured {
            return Err(unsure(format!("read nonsense ({reason})")));
        }
    }
    let rests: Vec<Watts> = [before, after].into_iter().flatten().collect();
    let rest = rests.iter().map(|rest| rest.0).sum::<f64>() / rests.len() as f64;
    Ok(load.ok().filter(|_| !rests.is_empty()).map(|load| Powers { rest: Watts(rest), load }))
}

/// Whether a processor's work shows in what this place draws.
fn works(place: Place) -> bool {
    matches!(place, Place::Cores(_)) || holds(place, Some(Device::Cpu))
}

/// That a counter goes forwards, and on to the end of the load.
fn moves(domain: &Domain, good: &[Sample], course: &Course) -> Result<(), Doubt> {
    let unsure = |seen| Doubt { seen, sure: false, constant: None };
    let points = match unwrap(domain, good) {
        Ok(points) => points,
        Err(Reason::CounterReset | Reason::NoRange) => return Err(unsure("went backwards".to_owned())),
        Err(reason) => return Err(unsure(format!("read nonsense ({reason})"))),
    };
    if matches!(domain.place, Place::Uncore(_)) {
        return Ok(());
    }
    let (start_ns, end_ns) = course.load;
    let moved = |pair: &&[Point]| pair[0].counts != pair[1].counts;
    let inside = |pair: &&[Point]| (start_ns..=end_ns).contains(&pair[1].t_ns);
    let times: Vec<i64> = points.windows(2).filter(inside).filter(moved).map(|pair| pair[1].t_ns).collect();
    let read_ns = points.windows(2).map(|pair| pair[1].t_ns - pair[0].t_ns).max().unwrap_or(0);
    // What nobody read cannot be held against the counter.
    let still = Seconds::between(times.last().copied().unwrap_or(start_ns), end_ns - read_ns);
    let period = domain.update_period.map_or(0.0, |period| period.0);
    if still > Seconds(LONGEST_STILL.0.max(3.0 * period)) {
        let busy = busy(course.cores);
        return Err(unsure(match times.len() {
            0 => format!("moved, and stood still while {busy}"),
            1 => format!("moved by one step and stopped while {busy}"),
            steps => format!("moved by {steps} steps and stopped while {busy}"),
        }));
    }
    let possible = (Seconds::between(start_ns, end_ns).0 / period.max(1e-9)) as usize;
    if times.len() < FEWEST_MOVES.min(possible) && read_ns < end_ns - start_ns {
        return Err(unsure(format!("moved {} times while {}", times.len(), busy(course.cores))));
    }
    Ok(())
}

/// That what holds the processor draws more while cores are kept busy. All domains of a kind together must:
/// the cores that this program may use can all be of one socket.
fn no_rise(course: &Course, judged: &[Result<Option<Powers>, Doubt>], index: usize) -> Option<Doubt> {
    let domain = &course.domains[index];
    if !course.quiet || !holds(domain.place, Some(Device::Cpu)) {
        return None;
    }
    let same = |other: &Domain| {
        std::mem::discriminant(&other.place) == std::mem::discriminant(&domain.place)
            && (&other.meter, other.witness_of.is_some()) == (&domain.meter, domain.witness_of.is_some())
    };
    let powers = course.domains.iter().zip(judged).filter(|(other, _)| same(other));
    let powers: Vec<Powers> = powers.filter_map(|(_, own)| own.as_ref().ok().copied().flatten()).collect();
    judged[index].as_ref().ok()?.as_ref()?;
    let rest: Watts = powers.iter().map(|powers| powers.rest).sum();
    let load: Watts = powers.iter().map(|powers| powers.load).sum();
    if load - rest > LEAST_RISE * course.cores as f64 {
        return None;
    }
    let seen = format!("drew {load:.2} while {}, and {rest:.2} at rest", busy(course.cores));
    Some(Doubt { seen, sure: false, constant: None })
}

/// Mean power of a stretch.
fn power(domain: &Domain, samples: &[Sample], (start_ns, end_ns): Span) -> Result<Watts, Reason> {
    let rules = Rules { min_updates: 1, ..Rules::default() };
    let reading = measure(domain, samples, start_ns, end_ns, &rules);
    let seconds = Seconds::between(start_ns, end_ns);
    reading.energy.map(|energy| energy / seconds).ok_or(reading.reason.unwrap_or(Reason::NoLength))
}

fn busy(cores: usize) -> String {
    match cores {
        1 => "a core was kept busy".to_owned(),
        cores => format!("{cores} cores were kept busy"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Wrap;
    use crate::domain::tests::plain_counter;

    const MS: i64 = 1_000_000;

    /// A processor's counter in microjoules, updated as it is read.
    fn package() -> Domain {
        Domain { name: "package:0".to_owned(), place: Place::Package(0), stale: true, ..plain_counter() }
    }

    fn sensor() -> Domain {
        Domain { kind: SampleKind::Power, name: "node".to_owned(), place: Place::Node, ..package() }
    }

    /// A watch whose readings every 20 ms follow `raw(ms)`.
    fn course(domain: Domain, raw: impl Fn(i64) -> u64) -> Course {
        let samples = (0..=115).map(|tick| Sample::good(tick * 20 * MS, 0, raw(tick * 20))).collect();
        Course {
            domains: vec![domain],
            samples,
            rests: [(60 * MS, 560 * MS), (1740 * MS, 2240 * MS)],
            load: (620 * MS, 1620 * MS),
            cores: 1,
            quiet: true,
        }
    }

    fn seen(course: &Course) -> Option<String> {
        doubts(course)[0].clone().map(|doubt| doubt.seen)
    }

    /// Microjoules after so many milliseconds of 20 W, and 5 W more under load.
    fn living(ms: i64) -> u64 {
        (ms * 20_000 + (ms - 600).clamp(0, 1060) * 5_000) as u64
    }

    #[test]
    fn a_counter_that_follows_the_load_lives() {
        assert_eq!(seen(&course(package(), living)), None);
        // Ten times a second, in steps.
        assert_eq!(seen(&course(package(), |ms| living(ms / 100 * 100))), None);
        // A register that wraps under way.
        let plausible = Watts(100.0);
        let (wrap, update_period) = (Wrap::At(10_000_000), Some(Seconds(0.001)));
        let wrapping = Domain { wrap, plausible, update_period, ..package() };
        assert_eq!(seen(&course(wrapping, |ms| living(ms) % 10_000_000)), None);
    }

    #[test]
    fn what_does_not_follow_it_is_told_by_what_was_seen() {
        let cases: [(&str, Course); 8] = [
            ("stood still for 2.3 s, also while a core was kept busy", course(package(), |_| 7)),
            (
                "moved by one step and stopped while a core was kept busy",
                course(package(), |ms| 1000 * u64::from(ms > 700)),
            ),
            ("moved, and stood still while", course(package(), |ms| 1000 * u64::from(ms > 100))),
            ("went backwards", course(package(), |ms| 90_000_000 - living(ms))),
            ("read nonsense (implausible-power", course(package(), |ms| u64::from(ms > 700) << 50)),
            (
                "drew 20.00 W while a core was kept busy, and 20.00 W at rest",
                course(package(), |ms| (ms * 20_000) as u64),
            ),
            ("said 40.0 W for 2.3 s, also while a core", course(sensor(), |_| 40_000_000)),
            ("said 0 W for", course(sensor(), |_| 0)),
        ];
        for (expected, course) in cases {
            let seen = seen(&course);
            assert!(seen.as_ref().is_some_and(|seen| seen.starts_with(expected)), "{expected}: {seen:?}");
        }
    }

    #[test]
    fn a_load_need_not_show_on_a_machine_that_is_busy_anyway_or_in_a_gpu() {
        let steady = |ms: i64| (ms * 20_000) as u64;
        assert_eq!(seen(&Course { quiet: false, ..course(package(), steady) }), None);
        let gpu = Domain { name: "gpu:0".to_owned(), place: Place::Gpu(0), ..package() };
        assert_eq!(seen(&course(gpu.clone(), steady)), None);
        let power = Domain { kind: SampleKind::Power, ..gpu };
        assert_eq!(seen(&course(power, |_| 71_000_000)), None);
        let uncore = Domain { name: "uncore:0".to_owned(), place: Place::Uncore(0), ..package() };
        assert_eq!(seen(&course(uncore, |_| 7)), None);
    }

    #[test]
    fn a_second_socket_at_rest_lives_by_the_first_ones_rise() {
        let mut both = course(package(), living);
        let other = Domain { name: "package:1".to_owned(), place: Place::Package(1), ..package() };
        both.domains.push(other);
        let idle = both.samples.clone().into_iter();
        both.samples.extend(idle.map(|sample| Sample {
            domain: 1,
            raw: sample.t_ns as u64 / 1000,
            ..sample
        }));
        assert_eq!(doubts(&both), [None, None]);
    }

    #[test]
    fn readings_that_fail_are_told_by_their_kind() {
        use crate::fault::FaultKind;
        let mut failing = course(package(), living);
        for sample in failing.samples.iter_mut().step_by(2) {
            *sample = Sample::failed(sample.t_ns, 0, FaultKind::Gone);
        }
        assert_eq!(seen(&failing).as_deref(), Some("failed 58 of 116 readings (gone)"));
        failing.samples.retain(|sample| sample.fault.is_some());
        assert_eq!(seen(&failing).as_deref(), Some("could not be read (gone)"));
        let mut never = course(package(), living);
        never.samples.clear();
        assert_eq!(seen(&never).as_deref(), Some("could not be read"));
    }
}
