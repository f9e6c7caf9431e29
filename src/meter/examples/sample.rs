//! Samples meters for a while and prints what was read, how late, and what CPU time that took, as JSON.
//!
//! `cargo run --release -p harness-meter --example sample -- [--seconds S] [--period-ms P] [METER …]`; 10 s
//! of `nvml` and `rapl` every 100 ms unless said otherwise; `none` reads nothing, which shows what waking up
//! alone costs. `ready` on a line of its own says that starting is over. `scripts/compare_overhead` runs it
//! beside other tools.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

use harness_meter::{
    Domain, METERS, Meter, Place, Reading, Rules, Sample, Sampler, Settings, measure, now_ns,
};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let (seconds, period, names) = arguments()?;
    let meters: Vec<Box<dyn Meter>> = names.iter().map(|name| open(name)).collect::<Result<_, _>>()?;

    let sampler = Sampler::start(meters, period)?;
    let (start_ns, start_cpu) = (now_ns(), cpu_time());
    println!("ready");
    std::io::stdout().flush()?;
    std::thread::sleep(seconds);
    let (end_ns, end_cpu) = (now_ns(), cpu_time());
    sampler.read_now();

    let domains = sampler.domains().to_vec();
    let samples = sampler.finish();
    let reading = |domain: &Domain| read(&domains, domain, &samples, start_ns, end_ns);
    let energies: BTreeMap<&str, _> = domains
        .iter()
        .map(|domain| {
            let reading = reading(domain);
            let joules = reading.energy.map(|energy| energy.0);
            (
                domain.name.as_str(),
                json!({ "j": joules, "reason": reading.reason.map(|why| why.to_string()) }),
            )
        })
        .collect();
    // A second view of a domain is read as well, but counts neither as a domain nor as energy.
    let total = |wanted: fn(&Place) -> bool| {
        let counted = domains.iter().filter(|domain| domain.witness_of.is_none() && wanted(&domain.place));
        let joules: Vec<_> = counted.map(|domain| reading(domain).energy.map(|energy| energy.0)).collect();
        (joules.len(), joules.into_iter().try_fold(0.0, |sum, joules| Some(sum + joules?)))
    };
    let (gpus, gpu_j) = total(|place| matches!(place, Place::Gpu(_)));
    let (rapl, rapl_j) = total(|place| !matches!(place, Place::Gpu(_)));
    let late = lateness(&samples, start_ns, end_ns, period);
    let percentile = |share: f64| {
        let rank = (share * late.len() as f64).ceil() as usize;
        late.get(rank.saturating_sub(1)).map(|ns| *ns as f64 / 1e3)
    };
    let report = json!({
        "gpus": gpus, "gpu_j": gpu_j, "rapl": rapl, "rapl_j": rapl_j,
        "rounds": late.len(),
        "seconds": (end_ns - start_ns) as f64 / 1e9,
        "cpu_s": (end_cpu - start_cpu).as_secs_f64(),
        "lateness_us": { "p50": percentile(0.5), "p99": percentile(0.99), "highest": percentile(1.0) },
        "domains": energies,
    });
    println!("{report}");
    Ok(())
}

/// How long, how often, and which meters.
fn arguments() -> Result<(Duration, Duration, Vec<String>), Box<dyn Error>> {
    let (mut seconds, mut period_ms, mut names) = (10.0, 100, Vec::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => seconds = words.next().ok_or("`--seconds` needs a number")?.parse()?,
            "--period-ms" => period_ms = words.next().ok_or("`--period-ms` needs a number")?.parse()?,
            _ => names.push(word),
        }
    }
    if names.is_empty() {
        names = ["nvml", "rapl"].map(str::to_owned).to_vec();
    }
    names.retain(|name| name != "none");
    Ok((Duration::try_from_secs_f64(seconds)?, Duration::from_millis(period_ms), names))
}

fn open(name: &str) -> Result<Box<dyn Meter>, Box<dyn Error>> {
    let entry = METERS.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| format!("there is no meter `{name}`"))?;
    Ok((entry.open)(&Settings::default())?)
}

/// The window's reading of one domain of all.
fn read(domains: &[Domain], domain: &Domain, samples: &[Sample], start_ns: i64, end_ns: i64) -> Reading {
    let index = domains.iter().position(|other| other.name == domain.name);
    let mine = samples.iter().filter(|sample| Some(usize::from(sample.domain)) == index);
    measure(domain, &mine.copied().collect::<Vec<_>>(), start_ns, end_ns, &Rules::default())
}

/// How late each round was, rising, ns. The grid of deadlines is laid through the most punctual round, so
/// what all of them are late by, such as the timer's slack, is not in it.
fn lateness(samples: &[Sample], start_ns: i64, end_ns: i64, period: Duration) -> Vec<i64> {
    let period_ns = period.as_nanos() as i64;
    let first = samples.iter().filter(|sample| sample.domain == 0);
    let times: Vec<i64> =
        first.map(|sample| sample.t_ns).filter(|t_ns| (start_ns..end_ns).contains(t_ns)).collect();
    let Some(&origin) = times.first() else { return Vec::new() };
    let offset = |t_ns: i64| (t_ns - origin + period_ns / 2).rem_euclid(period_ns) - period_ns / 2;
    let earliest = times.iter().map(|t_ns| offset(*t_ns)).min().unwrap_or(0);
    let mut late: Vec<i64> = times.iter().map(|t_ns| offset(*t_ns) - earliest).collect();
    late.sort_unstable();
    late
}

/// CPU time of this process, all threads.
#[expect(unsafe_code, reason = "the standard library has no clock of CPU time")]
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of this function.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
