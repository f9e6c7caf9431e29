//! The course of a watch: rest, load, rest; what was read meanwhile.

use std::path::Path;
use std::thread;
use std::time::Duration;

use harness_protocol::now_ns;

use super::work::Work;
use crate::domain::Domain;
use crate::fault::MeterFault;
use crate::meter::Meters;
use crate::proc::{self, ProcessorTime};
use crate::sample::Sample;
use crate::sampler::Sampler;

/// Each of the two rests: five updates of the slowest GPU counters.
const REST: Duration = Duration::from_millis(500);

/// The load between them.
const LOAD: Duration = Duration::from_secs(1);

/// Left out at each change between the two: threads start and stop, and readings lie on both sides.
const CHANGE: Duration = Duration::from_millis(60);

/// Time between two readings: several for each update of the slowest counters.
const PERIOD: Duration = Duration::from_millis(20);

/// Where others keep more of the machine busy than this, a load of ours need not show.
const MUCH_FOREIGN: f64 = 0.2;

/// First and last moment, ns.
pub(super) type Span = (i64, i64);

/// What was read, and what went on meanwhile.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) domains: Vec<Domain>,
    /// In the order in which they were taken; `domain` is an index into `domains`.
    pub(super) samples: Vec<Sample>,
    /// The machine was left alone, before and after the load.
    pub(super) rests: [Span; 2],
    /// Cores were kept busy.
    pub(super) load: Span,
    /// How many.
    pub(super) cores: usize,
    /// The machine had little else to do while it was left alone.
    pub(super) quiet: bool,
}

impl Course {
    /// Takes the course, in two seconds, and gives the meters back.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn take(meters: Meters) -> Result<(Meters, Self), MeterFault> {
        let sampler = Sampler::start(meters, PERIOD)?;
        // This machine's own load counts, wherever the meters' files are.
        let look = || ProcessorTime::read(Path::new(proc::ROOT));
        let looks = look();
        thread::sleep(CHANGE);
        let first = stretch(REST);
        let quiet = looks.zip(look()).and_then(|(earlier, now)| now.busy_since(earlier));
        let work = Work::start();
        thread::sleep(CHANGE);
        let load = stretch(LOAD);
        let cores = work.cores();
        drop(work);
        thread::sleep(CHANGE);
        let second = stretch(REST);
        thread::sleep(CHANGE);
        let domains = sampler.domains().to_vec();
        let samples = sampler.samples(i64::MIN, i64::MAX);
        let quiet = quiet.is_none_or(|busy| busy <= MUCH_FOREIGN);
        let course = Self { domains, samples, rests: [first, second], load, cores, quiet };
        Ok((sampler.into_meters(), course))
    }

    /// The readings of one domain.
    pub(super) fn of(&self, index: usize) -> Vec<Sample> {
        self.samples.iter().filter(|sample| usize::from(sample.domain) == index).copied().collect()
    }
}

fn stretch(length: Duration) -> Span {
    let start_ns = now_ns();
    thread::sleep(length);
    (start_ns, now_ns())
}
