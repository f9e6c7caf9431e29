//! One meter with the thread that reads it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::domain::Domain;
use crate::fault::{FaultKind, MeterFault};
use crate::meter::Meter;
use crate::pace::Pace;
use crate::rounds::{Look, Shared, lock};
use crate::sample::Sample;

/// A meter that is read until the lane is finished or dropped.
pub(crate) struct Lane {
    /// Place of the meter's first domain among those of all meters.
    first: usize,
    count: usize,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    /// Takes a first reading, then one each period.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(meter: Box<dyn Meter>, first: usize, period: Duration) -> Result<Self, MeterFault> {
        let (name, count) = (meter.name(), meter.domains().len());
        let mut bench = Bench::new(vec![meter]);
        bench.read();
        let shared = Arc::new(Shared {
            bench: Mutex::new(bench),
            pace: Mutex::default(),
            orders: Mutex::default(),
            ordered: Condvar::new(),
        });
        let thread = thread::Builder::new().name(format!("sampler-{name}"));
        let thread = thread.spawn({
            let shared = Arc::clone(&shared);
            move || shared.run(period)
        });
        match thread {
            Ok(thread) => Ok(Self { first, count, shared, thread: Some(thread) }),
            Err(error) => Err(MeterFault::new(
                FaultKind::Unreadable,
                format!("cannot start the thread that reads the meter `{name}`: {error}"),
                "raise the limit of processes (`ulimit -u`) or end some",
            )),
        }
    }

    /// The meter with what it has said; its domains count from 0 there.
    pub(crate) fn bench(&self) -> MutexGuard<'_, Bench> {
        lock(&self.shared.bench)
    }

    /// Its domains among those of all meters.
    pub(crate) fn domains<'a>(&self, all: &'a [Domain]) -> &'a [Domain] {
        all.get(self.first..self.first + self.count).unwrap_or_default()
    }

    /// Which of its domains has this place among those of all meters.
    pub(crate) fn index_of(&self, domain: u16) -> Option<u16> {
        let index = usize::from(domain).checked_sub(self.first).filter(|index| *index < self.count)?;
        u16::try_from(index).ok()
    }

    /// Its samples with their domains' places among those of all meters.
    pub(crate) fn placed(&self, mut samples: Vec<Sample>) -> Vec<Sample> {
        samples.iter_mut().for_each(|sample| sample.domain += self.first as u16);
        samples
    }

    /// Lets the thread look for readings, until then at the latest.
    pub(crate) fn order(&self, look: Look, until: Instant) {
        lock(&self.shared.orders).look = Some((look, until));
        self.shared.ordered.notify_all();
    }

    /// The thread's rounds so far.
    pub(crate) fn pace(&self) -> Pace {
        lock(&self.shared.pace).clone()
    }

    /// The samples that were not handed out before; see [`Bench::hand_out`].
    pub(crate) fn hand_out(&self, keep_ns: i64) -> Vec<Sample> {
        self.placed(self.bench().hand_out(keep_ns))
    }

    /// Stops reading; the samples that were not handed out.
    pub(crate) fn finish(&mut self) -> Vec<Sample> {
        self.stop();
        self.hand_out(i64::MIN)
    }

    /// Stops reading and gives the meter back.
    pub(crate) fn give_back(&mut self) -> Option<Box<dyn Meter>> {
        self.stop();
        self.bench().give_back().pop()
    }

    fn stop(&mut self) {
        lock(&self.shared.orders).stop = true;
        self.shared.ordered.notify_all();
        if let Some(thread) = self.thread.take() {
            // The thread catches what meters throw; should it still have panicked, the samples stay.
            let _ = thread.join();
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Samples of several lanes, each in its own order, in the order in which they were taken.
pub(crate) fn merged(lanes: Vec<Vec<Sample>>) -> Vec<Sample> {
    let mut all = Vec::with_capacity(lanes.iter().map(Vec::len).sum());
    let mut next = vec![0; lanes.len()];
    let ahead = |next: &[usize]| {
        let heads = lanes.iter().zip(next).enumerate();
        let heads = heads.filter_map(|(lane, (samples, place))| Some((lane, *samples.get(*place)?)));
        heads.min_by_key(|(_, sample)| sample.t_ns)
    };
    while let Some((lane, sample)) = ahead(&next) {
        next[lane] += 1;
        all.push(sample);
    }
    all
}
