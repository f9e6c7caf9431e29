//! The course of a calibration: time readings, look for updates, leave the machine alone, rest in turns.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use harness_protocol::now_ns;

use super::idle::{idle, shortest_window, wrap_s};
use super::numbers::{Calibration, DomainNumbers, ReadTime, SamplerNumbers};
use super::overhead::{overhead, visible};
use super::read_time::read_time;
use crate::domain::{Domain, SampleKind};
use crate::fault::{FaultKind, MeterFault};
use crate::meter::Meter;
use crate::period::period_for;
use crate::sample::Sample;
use crate::sampler::Sampler;
use crate::spacing::{gaps, upper_median};

/// Shares of the whole length.
const READING: f64 = 0.1;
const OBSERVING: f64 = 0.15;
const RESTING: f64 = 0.3;

/// Stretches with and without the sampler.
const STRETCHES: u32 = 8;

/// Reads meters for about this long on a machine that should have nothing else to do. Counters that are
/// updated rarely take up to 250 ms more at each of a few edges.
///
/// # Errors
/// The system gives no thread. What goes wrong in a meter stands in the numbers of its domains.
pub fn calibrate(mut meters: Vec<Box<dyn Meter>>, length: Duration) -> Result<Calibration, MeterFault> {
    let begun = Instant::now();
    let domains: Vec<Domain> = meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
    let mut times = Vec::new();
    let mut faults = Vec::new();
    let each = length.mul_f64(READING) / u32::try_from(meters.len().max(1)).unwrap_or(u32::MAX);
    for meter in &mut meters {
        let mut met = Vec::new();
        let time = read_time(meter.as_mut(), each, &mut met);
        let count = meter.domains().len();
        times.extend(vec![time; count]);
        faults.extend(vec![met; count]);
    }

    let period = period_for(&domains);
    let started = Instant::now();
    let mut sampler = Sampler::start(meters, period)?;
    let periods = sampler.observe(length.mul_f64(OBSERVING));
    let turns = domains.iter().any(|domain| visible(domain).is_ok());
    let resting = if turns { length.mul_f64(RESTING) } else { Duration::ZERO };
    sampler.read_now();
    let start_ns = now_ns();
    // At least a few rounds, however short the whole is.
    thread::sleep(length.saturating_sub(begun.elapsed() + resting).max(period * 4));
    let end_ns = now_ns();
    sampler.read_now();
    let samples = sampler.samples(i64::MIN, i64::MAX);
    let pace = sampler.pace();
    let micros = |share| pace.lateness(share).map(|late| late.as_secs_f64() * 1e6);
    let sampler_numbers = SamplerNumbers {
        period_s: period.as_secs_f64(),
        rounds: pace.rounds(),
        late_median_us: micros(0.5),
        late_p99_us: micros(0.99),
        core_rel: pace.cpu().as_secs_f64() / started.elapsed().as_secs_f64(),
    };
    let meters = sampler.into_meters();

    for (index, faults) in faults.iter_mut().enumerate() {
        let own = samples.iter().filter(|sample| usize::from(sample.domain) == index);
        faults.extend(own.filter_map(|sample| sample.fault));
        faults.sort_unstable_by_key(|fault| fault.as_str());
        faults.dedup();
    }
    // A meter that has panicked is not asked again.
    let panicked = faults.iter().flatten().any(|fault| *fault == FaultKind::Panicked);
    let differences = if turns && !panicked {
        overhead(meters, period, resting / STRETCHES)?
    } else {
        vec![Err("not tried".to_owned()); domains.len()]
    };

    let numbers = domains.iter().zip(faults).zip(times).zip(periods).zip(differences).enumerate();
    let numbers = numbers.map(|(index, ((((domain, faults), time), updated), difference))| {
        let own = samples.iter().filter(|sample| usize::from(sample.domain) == index).copied();
        let own: Vec<Sample> = own.collect();
        let mut missing = Missing::default();
        let period_s = updated.map(|period| period.0).or_else(|| power_period(domain, &own));
        let idle = idle(domain, &own, (start_ns, end_ns));
        let of_idle = idle.clone();
        DomainNumbers {
            name: domain.name.clone(),
            meter: domain.meter.clone(),
            class: domain.class,
            source: domain.source.clone(),
            update_period_s: missing.note("update_period_s", period_s.ok_or_else(|| no_period(domain))),
            update_period_declared: domain.update_period.is_some(),
            resolution_j: domain.resolution.0,
            step_seen_j: missing.note("step_seen_j", smallest_step(domain, &own)),
            read: missing.note::<ReadTime>("read", time),
            wrap_s: missing.note("wrap_s", of_idle.clone().and_then(|idle| wrap_s(domain, &idle))),
            shortest_window: missing.note(
                "shortest_window",
                of_idle.and_then(|idle| shortest_window(domain, &idle, period_s, period.as_secs_f64())),
            ),
            idle: missing.note("idle", idle),
            overhead: missing.note("overhead", visible(domain).and(difference)),
            faults,
            missing: missing.0,
        }
    });
    Ok(Calibration { domains: numbers.collect(), sampler: sampler_numbers })
}

/// Why numbers are missing.
#[derive(Default)]
struct Missing(BTreeMap<&'static str, String>);

impl Missing {
    fn note<T>(&mut self, field: &'static str, number: Result<T, String>) -> Option<T> {
        number.map_err(|why| self.0.insert(field, why)).ok()
    }
}

/// The median time between two changes of power, as far as it was read often enough to tell.
fn power_period(domain: &Domain, samples: &[Sample]) -> Option<f64> {
    if domain.kind != SampleKind::Power {
        return None;
    }
    let good: Vec<&Sample> = samples.iter().filter(|sample| sample.fault.is_none()).collect();
    let changes = good.windows(2).filter(|pair| pair[0].raw != pair[1].raw).map(|pair| pair[1].t_ns);
    upper_median(gaps(changes))
}

fn no_period(domain: &Domain) -> String {
    if domain.stale || domain.kind == SampleKind::Power {
        "no update of the value was seen".to_owned()
    } else {
        "readings are exact when they are taken".to_owned()
    }
}

/// The smallest change between two good neighbours; a counter that fell has wrapped or was reset.
fn smallest_step(domain: &Domain, samples: &[Sample]) -> Result<f64, String> {
    let good: Vec<u64> = samples.iter().filter(|s| s.fault.is_none()).map(|s| s.raw).collect();
    let step = |(a, b): (&u64, &u64)| match domain.kind {
        SampleKind::Counter => b.checked_sub(*a),
        SampleKind::Power => Some(a.abs_diff(*b)),
    };
    let steps = good.iter().zip(good.iter().skip(1)).filter_map(step);
    let smallest = steps.filter(|step| *step > 0).min();
    let smallest = smallest.ok_or_else(|| "the value did not change".to_owned())?;
    Ok(smallest as f64 * domain.scale)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::super::numbers::Rule;
    use super::*;
    use crate::bench::tests::{Scripted, Step};
    use crate::domain::tests::plain_counter;
    use crate::settings::{Settings, SimSettings};
    use crate::{estimate::Estimate, sim::Sim};

    const SHORT: Duration = Duration::from_millis(600);

    #[test]
    fn a_known_counter_gets_its_known_numbers() {
        let settings = SimSettings { wrap_j: Some(500.0), ..SimSettings::default() };
        // A machine busy with other tests may not read often enough; then there is a reason instead, and
        // the course is taken once more.
        let course = || calibrate(vec![Box::new(Sim::open(&settings, now_ns()))], SHORT).unwrap();
        let mut courses = std::iter::repeat_with(course).take(5);
        let whole = courses.find(|found| found.domains[0].missing.is_empty());
        let Calibration { domains, sampler } = whole.unwrap();
        let [sim] = &domains[..] else { panic!("{domains:?}") };
        assert_eq!((sim.update_period_s, sim.update_period_declared), (Some(0.001), true));
        let idle = sim.idle.unwrap();
        assert!((idle.power_w - 10.0).abs() < 1e-3 && idle.drift_w.abs() < 1e-2, "{idle:?}");
        assert!((sim.wrap_s.unwrap() - 50.0).abs() < 0.1, "{:?}", sim.wrap_s);
        let shortest = sim.shortest_window.unwrap();
        // Fifty updates of 1 ms; the edges may need a little more, as the readings around them happen to lie.
        assert!((0.05..0.5).contains(&shortest.seconds), "{shortest:?}");
        let overhead = sim.overhead.unwrap();
        assert!(overhead.pairs == 4 && overhead.difference_w.abs() < 0.01, "{overhead:?}");
        assert!(sim.step_seen_j.unwrap() >= sim.resolution_j);
        let read = sim.read.unwrap();
        assert!(read.reads > 1 && read.median_us <= read.p99_us, "{read:?}");
        assert!(sim.faults.is_empty() && sim.missing.is_empty(), "{sim:?}");
        assert!(sampler.rounds > 1 && sampler.core_rel < 1.0, "{sampler:?}");
    }

    #[test]
    fn what_cannot_be_known_of_an_estimate_says_why() {
        let estimate: Box<dyn Meter> = Box::new(Estimate::open(&Settings::default()));
        let calibration = calibrate(vec![estimate], SHORT).unwrap();
        let [cpu] = &calibration.domains[..] else { panic!("{calibration:?}") };
        assert_eq!(cpu.idle.unwrap().power_w, 2.0);
        assert_eq!(cpu.shortest_window.unwrap().because_of, Rule::Uncertainty);
        let json = serde_json::to_value(&calibration).unwrap();
        let fields = json["domains"][0].as_object().unwrap();
        for (field, value) in fields.iter().filter(|(_, value)| value.is_null()) {
            assert!(cpu.missing.contains_key(field.as_str()), "{field}: {value} without a reason");
        }
        assert_eq!(cpu.missing["overhead"], "declared watts do not see the sampler");
        assert_eq!(cpu.missing["wrap_s"], "the counter does not wrap");
    }

    #[test]
    fn trouble_while_reading_is_named_and_leaves_no_power() {
        for (step, expected) in [(Step::Fail, FaultKind::Gone), (Step::Panic, FaultKind::Panicked)] {
            let (told, _heard) = channel();
            let steps = match step {
                Step::Fail => (0..10_000).map(|_| Step::Fail).collect(),
                Step::Panic => vec![Step::Panic, Step::Panic],
            };
            let calibration = calibrate(vec![Scripted::open(steps, told)], SHORT).unwrap();
            for domain in &calibration.domains {
                assert_eq!(domain.faults, [expected]);
                assert!(domain.idle.is_none() && domain.read.is_none(), "{domain:?}");
                let whys = ["idle", "read", "shortest_window"].map(|field| domain.missing.get(field));
                assert!(whys.iter().all(Option::is_some), "{:?}", domain.missing);
            }
        }
    }

    #[test]
    fn the_smallest_step_ignores_falls_and_failures() {
        let raws = [5, 9, 9, 12, 1, 30];
        let mut samples: Vec<Sample> = (0..).zip(raws).map(|(t, raw)| Sample::good(t, 0, raw)).collect();
        samples.insert(2, Sample::failed(1, 0, FaultKind::Gone));
        let counter = plain_counter();
        assert!((smallest_step(&counter, &samples).unwrap() - 3e-6).abs() < 1e-12);
        assert!(smallest_step(&counter, &samples[..1]).is_err());
    }
}
