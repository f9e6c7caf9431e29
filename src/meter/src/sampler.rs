//! The thread that reads all meters at a steady pace, beside whatever is being measured.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::clock::now_ns;
use crate::domain::Domain;
use crate::fault::{FaultKind, MeterFault};
use crate::meter::Meter;
use crate::sample::Sample;

/// Reading more often costs more than it tells.
const SHORTEST_PERIOD: Duration = Duration::from_millis(1);

/// Reading less often leaves edges uncertain by more than a tenth of a second.
const LONGEST_PERIOD: Duration = Duration::from_millis(100);

/// For domains that declare no update period: 100 readings in a window of two seconds.
const USUAL_PERIOD: Duration = Duration::from_millis(20);

/// How long [`Sampler::read_now`] waits at most for values that are as new as the call, beyond the
/// longest declared update period.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often it looks.
const IMPATIENCE: Duration = Duration::from_micros(200);

/// The pace that suits these domains: the shortest declared update period, within 1 to 100 ms; 20 ms
/// where none is declared.
pub fn period_for(domains: &[Domain]) -> Duration {
    let periods = domains.iter().map(|domain| match domain.update_period {
        Some(period) => Duration::try_from_secs_f64(period.0).unwrap_or(LONGEST_PERIOD),
        None => USUAL_PERIOD,
    });
    periods.min().unwrap_or(USUAL_PERIOD).clamp(SHORTEST_PERIOD, LONGEST_PERIOD)
}

/// Reads meters in the background until it is finished or dropped.
pub struct Sampler {
    domains: Vec<Domain>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    bench: Mutex<Bench>,
    stopping: Mutex<bool>,
    stop: Condvar,
}

/// The meters with what they have said so far.
struct Bench {
    meters: Vec<Instrument>,
    samples: Vec<Sample>,
    /// The last sample of each domain.
    last: Vec<Option<Sample>>,
}

/// A meter that, once it has panicked, is not asked again: what it measures then is unknown.
struct Instrument {
    meter: Box<dyn Meter>,
    broken: bool,
}

impl Instrument {
    /// None if the meter panics or has done so before.
    fn ask<T>(&mut self, question: impl FnOnce(&mut dyn Meter) -> T) -> Option<T> {
        if self.broken {
            return None;
        }
        let answer = catch_unwind(AssertUnwindSafe(|| question(self.meter.as_mut()))).ok();
        self.broken = answer.is_none();
        answer
    }
}

impl Sampler {
    /// Takes a first reading, then one each period. Deadlines are absolute: a late reading does not
    /// delay the next ones, and missed ones are left out.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(meters: Vec<Box<dyn Meter>>, period: Duration) -> Result<Self, MeterFault> {
        let domains: Vec<Domain> = meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
        let meters = meters.into_iter().map(|meter| Instrument { meter, broken: false }).collect();
        let mut bench = Bench { meters, samples: Vec::new(), last: vec![None; domains.len()] };
        bench.read();
        let shared =
            Arc::new(Shared { bench: Mutex::new(bench), stopping: Mutex::new(false), stop: Condvar::new() });
        let thread = thread::Builder::new().name("sampler".to_owned());
        let thread = thread.spawn({
            let shared = Arc::clone(&shared);
            move || shared.run(period.max(SHORTEST_PERIOD))
        });
        match thread {
            Ok(thread) => Ok(Self { domains, shared, thread: Some(thread) }),
            Err(error) => Err(MeterFault::new(
                FaultKind::Unreadable,
                format!("cannot start the thread that reads the meters: {error}"),
                "raise the limit of processes (`ulimit -u`) or end some",
            )),
        }
    }

    /// The domains of all meters; [`Sample::domain`] is an index into them.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// Names the process whose tree is measured from now on, None for an idle machine. One reading is
    /// taken before the change and one after it.
    pub fn attach(&self, process: Option<u32>) {
        let mut bench = lock(&self.shared.bench);
        bench.read();
        for instrument in &mut bench.meters {
            instrument.ask(|meter| meter.attach(process));
        }
        bench.read();
    }

    /// Takes an extra reading. It returns when each domain has a sample that is as new as the call, or
    /// has failed: at once for most, after one update for meters that stamp samples with the update's
    /// time.
    pub fn read_now(&self) {
        let called_ns = now_ns();
        let updates = self.domains.iter().filter_map(|domain| domain.update_period);
        let slowest = updates.map(|period| period.0).fold(0.0, f64::max);
        let patience = PATIENCE + Duration::try_from_secs_f64(slowest).unwrap_or(Duration::ZERO);
        let deadline = Instant::now() + patience;
        loop {
            let mut bench = lock(&self.shared.bench);
            bench.read();
            let covered =
                bench.last.iter().flatten().all(|last| last.fault.is_some() || last.t_ns >= called_ns);
            drop(bench);
            if covered || Instant::now() >= deadline {
                return;
            }
            thread::sleep(IMPATIENCE);
        }
    }

    /// The samples of all domains from `from_ns` to `to_ns`, and for each domain those back to its last
    /// good one at or before `from_ns` and on to its first good one at or after `to_ns`.
    pub fn samples(&self, from_ns: i64, to_ns: i64) -> Vec<Sample> {
        around(&lock(&self.shared.bench).samples, self.domains.len(), from_ns, to_ns)
    }

    /// Stops reading; all samples, in the order in which they were taken.
    pub fn finish(mut self) -> Vec<Sample> {
        self.stop();
        std::mem::take(&mut lock(&self.shared.bench).samples)
    }

    fn stop(&mut self) {
        *lock(&self.shared.stopping) = true;
        self.shared.stop.notify_all();
        if let Some(thread) = self.thread.take() {
            // The thread catches what meters throw; should it still have panicked, the samples stay.
            let _ = thread.join();
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn run(&self, period: Duration) {
        let mut deadline = Instant::now();
        loop {
            let now = Instant::now();
            while deadline <= now {
                deadline += period;
            }
            if self.stopped_before(deadline) {
                return;
            }
            lock(&self.bench).read();
        }
    }

    /// Waits; true as soon as the sampler is to stop.
    fn stopped_before(&self, deadline: Instant) -> bool {
        let mut stopping = lock(&self.stopping);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if *stopping || left.is_zero() {
                return *stopping;
            }
            stopping = self.stop.wait_timeout(stopping, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Bench {
    /// Reads every meter once. A meter that fails leaves a failed sample for each of its
    /// domains; a value that has not been updated since the last reading leaves none.
    fn read(&mut self) {
        let mut offset = 0;
        let mut fresh = Vec::new();
        for instrument in &mut self.meters {
            fresh.clear();
            let count = instrument.meter.domains().len();
            let fault = match instrument.ask(|meter| meter.read(&mut fresh)) {
                Some(Ok(())) => None,
                Some(Err(fault)) => Some(fault.kind),
                None => Some(FaultKind::Panicked),
            };
            if let Some(kind) = fault {
                let t_ns = now_ns();
                fresh.clear();
                fresh.extend((0..count).map(|index| Sample::failed(t_ns, index as u16, kind)));
            }
            for sample in fresh.drain(..).filter(|sample| usize::from(sample.domain) < count) {
                let index = offset + usize::from(sample.domain);
                let sample = Sample { domain: index as u16, ..sample };
                if self.last[index] != Some(sample) {
                    self.last[index] = Some(sample);
                    self.samples.push(sample);
                }
            }
            offset += count;
        }
    }
}

/// See [`Sampler::samples`].
fn around(samples: &[Sample], domains: usize, from_ns: i64, to_ns: i64) -> Vec<Sample> {
    let mut bounds = vec![(from_ns, to_ns); domains];
    for (index, (first, last)) in bounds.iter_mut().enumerate() {
        let times = || {
            let mine = samples.iter().filter(move |s| usize::from(s.domain) == index && s.fault.is_none());
            mine.map(|sample| sample.t_ns)
        };
        *first = times().filter(|t| *t <= from_ns).max().unwrap_or(from_ns);
        *last = times().filter(|t| *t >= to_ns).min().unwrap_or(to_ns);
    }
    let wanted = |sample: &&Sample| {
        let bound = bounds.get(usize::from(sample.domain));
        bound.is_some_and(|(first, last)| (*first..=*last).contains(&sample.t_ns))
    };
    samples.iter().filter(wanted).copied().collect()
}

/// A poisoned lock only says that a thread died while holding it; samples are pushed whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::domain::tests::plain_counter;
    use crate::reading::Rules;
    use crate::settings::SimSettings;
    use crate::sim::Sim;
    use crate::units::{Seconds, Watts};
    use crate::window::measure;

    const SOON: Duration = Duration::from_secs(60);

    /// A meter of two domains that follows a script and tells each reading; after the script it reads 7.
    struct Scripted {
        domains: [Domain; 2],
        script: std::vec::IntoIter<Step>,
        told: Sender<()>,
    }

    #[derive(Clone, Copy)]
    enum Step {
        Fail,
        Panic,
    }

    impl Scripted {
        fn open(script: &[Step], told: Sender<()>) -> Box<dyn Meter> {
            let script = script.to_vec().into_iter();
            Box::new(Self { domains: [plain_counter(), plain_counter()], script, told })
        }
    }

    impl Meter for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }

        fn domains(&self) -> &[Domain] {
            &self.domains
        }

        fn attach(&mut self, _process: Option<u32>) {}

        fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
            let _ = self.told.send(());
            match self.script.next() {
                Some(Step::Panic) => panic!("as scripted"),
                Some(Step::Fail) => {
                    out.push(Sample::good(now_ns(), 0, 1));
                    Err(MeterFault::new(FaultKind::Gone, "as scripted", "none"))
                }
                None => {
                    out.extend((0..2).map(|domain| Sample::good(now_ns(), domain, 7)));
                    Ok(())
                }
            }
        }
    }

    fn sim() -> Box<dyn Meter> {
        Box::new(Sim::open(&SimSettings::default(), now_ns()))
    }

    fn of(samples: &[Sample], domain: u16) -> Vec<Sample> {
        samples.iter().filter(|sample| sample.domain == domain).copied().collect()
    }

    #[test]
    fn a_simulated_window_has_exactly_the_expected_joules() {
        let sampler = Sampler::start(vec![sim()], Duration::from_millis(1)).unwrap();
        let start = now_ns();
        for _ in 0..120 {
            sampler.read_now();
        }
        let end = now_ns();
        sampler.read_now();
        let samples = sampler.samples(start, end);
        let reading = measure(&sampler.domains()[0], &samples, start, end, &Rules::default());
        assert_eq!(reading.reason, None);
        let expected = Watts(10.0) * Seconds::between(start, end);
        assert!((reading.energy.unwrap() - expected).0.abs() < 1e-9, "{reading:?}, {expected}");
        assert!(reading.update_period.unwrap().0 >= 1e-3);
    }

    #[test]
    fn the_thread_reads_by_itself_until_it_is_finished() {
        let (told, heard) = channel();
        let sampler = Sampler::start(vec![Scripted::open(&[], told)], Duration::from_millis(1)).unwrap();
        for _ in 0..20 {
            heard.recv_timeout(SOON).unwrap();
        }
        let samples = sampler.finish();
        assert!(of(&samples, 0).len() >= 20 && of(&samples, 1).len() >= 20);
        assert!(samples.is_sorted_by_key(|sample| sample.t_ns));
        // The meter, and with it the sender, went with the thread.
        while heard.try_recv().is_ok() {}
        assert!(heard.recv().is_err());
    }

    #[test]
    fn a_failed_reading_is_a_failed_sample_of_every_domain_and_the_next_one_counts_again() {
        let (told, _heard) = channel();
        let meters = vec![sim(), Scripted::open(&[Step::Fail], told)];
        let sampler = Sampler::start(meters, SOON).unwrap();
        sampler.read_now();
        let samples = sampler.finish();
        for domain in [1, 2] {
            let [first, rest @ ..] = &of(&samples, domain)[..] else { panic!("no sample") };
            assert_eq!(first.fault, Some(FaultKind::Gone));
            assert!(!rest.is_empty() && rest.iter().all(|sample| sample.fault.is_none() && sample.raw == 7));
        }
        assert!(of(&samples, 0).iter().all(|sample| sample.fault.is_none()));
    }

    #[test]
    fn a_meter_that_panics_is_marked_as_failed_and_leaves_the_others_alone() {
        let (told, heard) = channel();
        let meters = vec![Scripted::open(&[Step::Panic], told), sim()];
        let sampler = Sampler::start(meters, SOON).unwrap();
        sampler.read_now();
        sampler.attach(Some(1));
        let samples = sampler.finish();
        for domain in [0, 1] {
            let mine = of(&samples, domain);
            assert!(mine.len() >= 2 && mine.iter().all(|s| s.fault == Some(FaultKind::Panicked)));
        }
        assert!(of(&samples, 2).len() >= 2);
        assert_eq!(heard.try_iter().count(), 1, "a broken meter was asked again");
    }

    #[test]
    fn samples_reach_to_the_next_good_one_beyond_each_edge() {
        let good = |t_ns| Sample::good(t_ns, 0, 0);
        let failed = |t_ns| Sample::failed(t_ns, 0, FaultKind::Gone);
        let other = |t_ns| Sample::good(t_ns, 1, 0);
        let samples =
            [good(0), good(10), other(12), failed(15), good(30), failed(45), good(50), other(55), good(60)];
        let cases = [
            ((20, 40), vec![good(10), other(12), failed(15), good(30), failed(45), good(50), other(55)]),
            ((10, 30), vec![good(10), other(12), failed(15), good(30), other(55)]),
            ((-5, 5), vec![good(0), good(10), other(12)]),
            ((58, 70), vec![good(50), other(55), good(60)]),
        ];
        for ((from, to), mut expected) in cases {
            // The other domain's first sample is later than some starts, so it has none before them.
            expected.sort_by_key(|sample| sample.t_ns);
            assert_eq!(around(&samples, 2, from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn the_pace_follows_the_fastest_domain_within_limits() {
        let every = |seconds| Domain { update_period: Some(Seconds(seconds)), ..plain_counter() };
        let cases = [
            (vec![], 20),
            (vec![plain_counter()], 20),
            (vec![every(0.001)], 1),
            (vec![every(0.0001)], 1),
            (vec![every(0.05), plain_counter()], 20),
            (vec![every(0.05), every(0.03)], 30),
            (vec![every(1.0)], 100),
            (vec![every(f64::NAN)], 100),
        ];
        for (domains, expected) in cases {
            assert_eq!(period_for(&domains), Duration::from_millis(expected));
        }
    }
}
