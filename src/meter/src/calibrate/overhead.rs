//! What sampling adds to the power of what is sampled: stretches with it and without it, in turns.

use std::thread;
use std::time::Duration;

use harness_protocol::now_ns;

use super::idle::lenient;
use super::numbers::Overhead;
use crate::domain::{Class, Domain, SampleKind};
use crate::fault::MeterFault;
use crate::meter::Meter;
use crate::sampler::Sampler;
use crate::units::Seconds;
use crate::window::measure;

/// Whether the sampler works, stretch by stretch: a drift that is straight hits both alike.
const TURNS: [bool; 8] = [true, false, false, true, true, false, false, true];

/// The sampler rests: it takes its first reading and those that are asked for.
const REST: Duration = Duration::from_secs(3600);

/// Whether a domain's power can be known without reading it all the time, and sees this program.
///
/// # Errors
/// Why not.
pub(super) fn visible(domain: &Domain) -> Result<(), String> {
    let why = match (domain.class, domain.kind) {
        (Class::Estimated, _) => "declared watts do not see the sampler",
        (_, SampleKind::Power) => "power is only known while it is sampled",
        _ => return Ok(()),
    };
    Err(why.to_owned())
}

/// The difference of every domain. Takes the stretches' length eight times, and as many updates.
///
/// # Errors
/// The system gives no thread.
pub(super) fn overhead(
    mut meters: Vec<Box<dyn Meter>>,
    period: Duration,
    stretch: Duration,
) -> Result<Vec<Result<Overhead, String>>, MeterFault> {
    let mut powers: Vec<Vec<Result<(f64, f64), String>>> = Vec::new();
    for works in TURNS {
        let sampler = Sampler::start(meters, if works { period } else { REST })?;
        sampler.read_now();
        let start_ns = now_ns();
        thread::sleep(stretch);
        let end_ns = now_ns();
        sampler.read_now();
        let samples = sampler.samples(i64::MIN, i64::MAX);
        powers.resize(sampler.domains().len(), Vec::new());
        for (index, (domain, powers)) in sampler.domains().iter().zip(&mut powers).enumerate() {
            let own = samples.iter().filter(|sample| usize::from(sample.domain) == index).copied();
            let reading = measure(domain, &own.collect::<Vec<_>>(), start_ns, end_ns, &lenient());
            let seconds = Seconds::between(start_ns, end_ns);
            let power = reading.energy.zip(reading.u_indep).map(|(e, u)| ((e / seconds).0, (u / seconds).0));
            let why = || reading.reason.map_or("no energy".to_owned(), |reason| reason.to_string());
            powers.push(power.ok_or_else(why));
        }
        meters = sampler.into_meters();
    }
    Ok(powers.into_iter().map(difference).collect())
}

/// The mean difference of neighbours with and without.
fn difference(powers: Vec<Result<(f64, f64), String>>) -> Result<Overhead, String> {
    let powers: Vec<(f64, f64)> = powers.into_iter().collect::<Result<_, _>>()?;
    let pairs: Vec<(f64, f64)> = powers
        .chunks_exact(2)
        .zip(TURNS.chunks_exact(2))
        .filter_map(|(powers, turns)| {
            let ([(a, u_a), (b, u_b)], [a_works, _]) = (powers, turns) else { return None };
            Some((if *a_works { a - b } else { b - a }, u_a.hypot(*u_b)))
        })
        .collect();
    let count = pairs.len() as f64;
    let mean = pairs.iter().map(|(difference, _)| difference).sum::<f64>() / count;
    let scatter = pairs.iter().map(|(difference, _)| (difference - mean).powi(2)).sum::<f64>();
    let by_scatter = (scatter / (count - 1.0) / count).sqrt();
    let by_reading = pairs.iter().map(|(_, u)| u * u).sum::<f64>().sqrt() / count;
    Ok(Overhead { pairs: pairs.len(), difference_w: mean, u_w: by_scatter.max(by_reading) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_drift_does_not_look_like_overhead_and_real_overhead_does() {
        for extra in [0.0, 0.5] {
            let power = |(index, works): (usize, &bool)| {
                Ok((10.0 + index as f64 * 0.1 + if *works { extra } else { 0.0 }, 0.01))
            };
            let overhead = difference(TURNS.iter().enumerate().map(power).collect()).unwrap();
            assert!((overhead.difference_w - extra).abs() < 1e-9, "{overhead:?}");
            assert!(overhead.u_w >= 0.05, "the drift shows as scatter: {overhead:?}");
        }
    }

    #[test]
    fn a_stretch_without_energy_leaves_no_difference() {
        let mut powers = vec![Ok((10.0, 0.1)); TURNS.len()];
        powers[3] = Err("gap".to_owned());
        assert_eq!(difference(powers), Err("gap".to_owned()));
    }
}
