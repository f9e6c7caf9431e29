//! Samples meters for a while and prints what was read, how late, and what CPU time that took, as JSON.
//!
//! `cargo run --release -p harness-meter --example sample -- [--seconds S] [--period-ms P] [METER …]`; 10 s
//! of `nvml` and `rapl` every 100 ms unless said otherwise; `none` reads nothing, which shows what waking up
//! alone costs. `ready` on a line of its own says that starting is over. `scripts/compare_overhead` runs it
//! beside other tools.

#![expect(clippy::print_stdout, reason = "an example that nothing depends on")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::time::Duration;

use harness_meter::{
    Domain, METERS, Meter, MeterFault, Place, Reading, Rules, Sample, Sampler, Settings, measure, now_ns,
};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let (seconds, period, names) = arguments()?;
    let meters: Vec<Box<dyn Meter>> = names.iter().map(|name| open(name)).collect::<Result<_, _>>()?;

    let sampler = Sampler::start(meters, period)?;
    sampler.read_now();
    let (start_ns, start_cpu) = (now_ns(), cpu_time());
    println!("ready");
    std::io::stdout().flush()?;
    std::thread::sleep(seconds);
    let (end_ns, end_cpu, pace) = (now_ns(), cpu_time(), sampler.pace());
    sampler.read_now();

    let domains = sampler.domains().to_vec();
    let samples = sampler.finish();
    let readings: Vec<(&Domain, Reading)> = (0..)
        .zip(&domains)
        .map(|(index, domain)| {
            let own: Vec<Sample> = samples.iter().filter(|sample| sample.domain == index).copied().collect();
            (domain, measure(domain, &own, start_ns, end_ns, &Rules::default()))
        })
        .collect();
    let joules = |reading: &Reading| reading.energy.map(|energy| energy.0);
    let told = |(domain, reading): &(&Domain, Reading)| {
        let reason = reading.reason.as_ref().map(|why| why.to_string());
        let u_indep = reading.u_indep.map(|energy| energy.0);
        (domain.name.clone(), json!({ "j": joules(reading), "u_indep_j": u_indep, "reason": reason }))
    };
    // A second view of a domain is read as well, but counts neither as a domain nor as energy.
    let sum = |wanted: fn(&Place) -> bool| {
        let counted =
            readings.iter().filter(|(domain, _)| domain.witness_of.is_none() && wanted(&domain.place));
        let all: Vec<_> = counted.map(|(_, reading)| joules(reading)).collect();
        (all.len(), all.into_iter().try_fold(0.0, |sum, joules| Some(sum + joules?)))
    };
    let (gpus, gpu_j) = sum(|place| matches!(place, Place::Gpu(_)));
    let (rapl, rapl_j) = sum(|place| !matches!(place, Place::Gpu(_)));
    let lateness = |share| pace.lateness(share).map(|late| late.as_secs_f64() * 1e6);
    let report = json!({
        "gpus": gpus, "gpu_j": gpu_j, "rapl": rapl, "rapl_j": rapl_j,
        "rounds": pace.rounds(),
        "seconds": (end_ns - start_ns) as f64 / 1e9,
        "cpu_s": (end_cpu - start_cpu).as_secs_f64(),
        "lateness_us": { "p50": lateness(0.5), "p99": lateness(0.99), "highest": lateness(1.0) },
        "domains": readings.iter().map(told).collect::<BTreeMap<_, _>>(),
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
    Ok((Duration::try_from_secs_f64(seconds)?, Duration::from_millis(period_ms), names))
}

/// Reads nothing: what is left is waking up.
struct Nothing;

impl Meter for Nothing {
    fn name(&self) -> &'static str {
        "none"
    }

    fn domains(&self) -> &[Domain] {
        &[]
    }

    fn attach(&mut self, _process: Option<u32>) {}

    fn read(&mut self, _out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        Ok(())
    }
}

fn open(name: &str) -> Result<Box<dyn Meter>, Box<dyn Error>> {
    if name == "none" {
        return Ok(Box::new(Nothing));
    }
    let entry = METERS.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| format!("there is no meter `{name}`"))?;
    Ok((entry.open)(&Settings::default())?)
}

/// CPU time of this process, all threads.
#[expect(unsafe_code, reason = "the standard library has no clock of CPU time")]
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of this function.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
