//! How long a meter takes for one reading.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use super::numbers::ReadTime;
use crate::domain::SampleKind;
use crate::fault::FaultKind;
use crate::meter::Meter;

/// More readings tell little more.
const MOST_READS: usize = 300;

/// Power is not asked for more often; a round without it would seem too fast.
const POWER_REST: Duration = Duration::from_millis(50);

/// Between two readings of counters, so that each finds the processor as cold as a sampler does.
const COUNTER_REST: Duration = Duration::from_millis(1);

/// Times single readings for so long, with this process attached so that meters of processes have
/// something to read.
///
/// # Errors
/// No reading of all domains succeeded; the kinds of trouble that were met are appended to `faults`.
pub(super) fn read_time(
    meter: &mut dyn Meter,
    length: Duration,
    faults: &mut Vec<FaultKind>,
) -> Result<ReadTime, String> {
    let timed = catch_unwind(AssertUnwindSafe(|| {
        meter.attach(Some(std::process::id()));
        let times = times(meter, length, faults);
        meter.attach(None);
        times
    }));
    let Ok(mut times) = timed else {
        faults.push(FaultKind::Panicked);
        return Err("the meter failed; a fault in this program".to_owned());
    };
    times.sort_unstable();
    let at = |share: f64| {
        let last = times.len().checked_sub(1)?;
        let time = times.get((share * last as f64).ceil() as usize)?;
        Some(time.as_secs_f64() * 1e6)
    };
    let (median_us, p99_us) =
        at(0.5).zip(at(0.99)).ok_or_else(|| "no reading of all its domains succeeded".to_owned())?;
    Ok(ReadTime { reads: times.len(), median_us, p99_us })
}

fn times(meter: &mut dyn Meter, length: Duration, faults: &mut Vec<FaultKind>) -> Vec<Duration> {
    let slow = meter.domains().iter().any(|domain| domain.kind == SampleKind::Power);
    let rest = if slow { POWER_REST } else { COUNTER_REST };
    let begun = Instant::now();
    let mut samples = Vec::new();
    let mut times = Vec::new();
    loop {
        samples.clear();
        let asked = Instant::now();
        let answer = meter.read(&mut samples);
        let time = asked.elapsed();
        let met = faults.len();
        faults.extend(samples.iter().filter_map(|sample| sample.fault));
        faults.extend(answer.err().map(|fault| fault.kind));
        if faults.len() == met && samples.len() == meter.domains().len() {
            times.push(time);
        }
        if times.len() >= MOST_READS || begun.elapsed() >= length {
            return times;
        }
        thread::sleep(rest);
    }
}
