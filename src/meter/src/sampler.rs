//! The thread that reads all meters at a steady pace, beside whatever is being measured.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::bench::Bench;
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

impl Sampler {
    /// Takes a first reading, then one each period. Deadlines are absolute: a late reading does not
    /// delay the next ones, and missed ones are left out.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(meters: Vec<Box<dyn Meter>>, period: Duration) -> Result<Self, MeterFault> {
        let domains: Vec<Domain> = meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
        let mut bench = Bench::new(meters);
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
        bench.attach(process);
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
            let covered = bench.reaches(called_ns);
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
        lock(&self.shared.bench).around(from_ns, to_ns)
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

/// A poisoned lock only says that a thread died while holding it; samples are pushed whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::bench::tests::Scripted;
    use crate::domain::tests::plain_counter;
    use crate::reading::Rules;
    use crate::settings::SimSettings;
    use crate::sim::Sim;
    use crate::units::{Seconds, Watts};
    use crate::window::measure;

    const SOON: Duration = Duration::from_secs(60);

    fn sim() -> Box<dyn Meter> {
        Box::new(Sim::open(&SimSettings::default(), now_ns()))
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
        let sampler = Sampler::start(vec![Scripted::open(vec![], told)], Duration::from_millis(1)).unwrap();
        for _ in 0..20 {
            heard.recv_timeout(SOON).unwrap();
        }
        let samples = sampler.finish();
        assert!(samples.len() >= 2 * 20);
        assert!(samples.is_sorted_by_key(|sample| sample.t_ns));
        // The meter, and with it the sender, went with the thread.
        while heard.try_recv().is_ok() {}
        assert!(heard.recv().is_err());
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
