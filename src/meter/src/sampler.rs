//! The thread that reads all meters at a steady pace, beside whatever is being measured.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::clock::now_ns;
use crate::conditions::Conditions;
use crate::domain::{Domain, SampleKind};
use crate::fault::{FaultKind, MeterFault};
use crate::meter::Meter;
use crate::pace::Pace;
use crate::sample::Sample;
use crate::sys;
use crate::units::Seconds;
use crate::window::{gaps, median};

/// Hardware counters go on counting between readings; this often is enough to see that they do.
const COUNTER_PERIOD: Duration = Duration::from_millis(100);

/// Power is lost between readings; drivers return rubbish when they are asked more often.
const POWER_PERIOD: Duration = Duration::from_millis(50);

/// CPU time of short-lived processes is lost between readings.
const OTHER_PERIOD: Duration = Duration::from_millis(20);

/// Reading more often costs more than it tells.
const SHORTEST_PERIOD: Duration = Duration::from_millis(1);

/// Time between two readings while an update is looked for.
const DENSE_PERIOD: Duration = Duration::from_millis(1);

/// No counter known to us is updated more rarely; nobody waits for an update longer than this.
const LONGEST_UPDATE: Duration = Duration::from_millis(250);

/// How long [`Sampler::read_now`] waits at most for values that are as new as the call, beyond the
/// longest declared update period.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often it looks.
const IMPATIENCE: Duration = Duration::from_micros(200);

/// Temperatures and clocks change slowly, and asking for them costs more than a counter does.
const CONDITIONS_PERIOD: Duration = Duration::from_secs(1);

/// A thread that was kept from running for so many periods was stopped, not late.
const STOPPED_PERIODS: u32 = 10;

/// And for at least so long.
const STOPPED: Duration = Duration::from_secs(1);

/// The pace that suits these domains: 100 ms for hardware counters, 50 ms where power has to be
/// integrated, 20 ms where something else is read.
pub fn period_for(domains: &[Domain]) -> Duration {
    let period = |domain: &Domain| match domain.kind {
        SampleKind::Power => POWER_PERIOD,
        SampleKind::Counter if domain.stale => COUNTER_PERIOD,
        SampleKind::Counter => OTHER_PERIOD,
    };
    domains.iter().map(period).min().unwrap_or(OTHER_PERIOD)
}

/// Reads meters in the background until it is finished or dropped.
pub struct Sampler {
    domains: Vec<Domain>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    bench: Mutex<Bench>,
    pace: Mutex<Pace>,
    orders: Mutex<Orders>,
    ordered: Condvar,
}

/// What the thread is to do beside its rounds.
#[derive(Default)]
struct Orders {
    stop: bool,
    /// Read at a dense pace until then, or until each domain was updated.
    dense_until: Option<Instant>,
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
        let shared = Arc::new(Shared {
            bench: Mutex::new(bench),
            pace: Mutex::default(),
            orders: Mutex::default(),
            ordered: Condvar::new(),
        });
        let thread = thread::Builder::new().name("sampler".to_owned());
        let thread = thread.spawn({
            let (shared, domains) = (Arc::clone(&shared), domains.clone());
            move || shared.run(period.max(SHORTEST_PERIOD), &domains)
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
    /// has failed, and when each counter whose updates are far apart was updated since: at once for most,
    /// after one update for the others. A window that starts now has an update just before its start;
    /// one that ended before the call has one just after its end.
    pub fn read_now(&self) {
        let called_ns = now_ns();
        let updates = self.domains.iter().filter_map(|domain| domain.update_period);
        let slowest = updates.map(|period| period.0).fold(0.0, f64::max);
        let patience = PATIENCE + Duration::try_from_secs_f64(slowest).unwrap_or(Duration::ZERO);
        let begun = Instant::now();
        lock(&self.shared.bench).look_around();
        let mut look = Look::new(&self.domains);
        loop {
            let mut bench = lock(&self.shared.bench);
            bench.read();
            let (covered, updated) = (bench.reaches(called_ns), look.all_updated(&bench));
            drop(bench);
            let waited = begun.elapsed();
            if (covered || waited >= patience) && (updated || waited >= LONGEST_UPDATE) {
                return;
            }
            thread::sleep(if covered { DENSE_PERIOD } else { IMPATIENCE });
        }
    }

    /// Takes an extra reading at once and lets the thread look for the next update of each counter, while
    /// the caller goes on: for a window that has just started.
    pub fn mark(&self) {
        lock(&self.shared.bench).read();
        if self.domains.iter().any(Domain::ticks) {
            lock(&self.shared.orders).dense_until = Some(Instant::now() + LONGEST_UPDATE);
            self.shared.ordered.notify_all();
        }
    }

    /// Time between two updates of each domain: as declared, or the median seen while looking closely for
    /// so long; None: none was seen.
    pub fn observe(&self, length: Duration) -> Vec<Option<Seconds>> {
        let from_ns = now_ns();
        let begun = Instant::now();
        while begun.elapsed() < length && self.domains.iter().any(Domain::ticks) {
            lock(&self.shared.bench).read_ticking();
            thread::sleep(DENSE_PERIOD);
        }
        let bench = lock(&self.shared.bench);
        let seen = |(index, domain): (usize, &Domain)| {
            let own = bench.samples.iter().filter(|s| usize::from(s.domain) == index && s.t_ns >= from_ns);
            let good: Vec<&Sample> = own.filter(|sample| sample.fault.is_none()).collect();
            let changes = good.windows(2).filter(|pair| pair[0].raw != pair[1].raw).map(|pair| pair[1].t_ns);
            domain.update_period.or_else(|| median(gaps(changes)).map(Seconds))
        };
        self.domains.iter().enumerate().map(seen).collect()
    }

    /// The samples of all domains from `from_ns` to `to_ns`, and for each domain those back to its last
    /// good one at or before `from_ns` and on to its first good one at or after `to_ns`.
    pub fn samples(&self, from_ns: i64, to_ns: i64) -> Vec<Sample> {
        lock(&self.shared.bench).around(from_ns, to_ns)
    }

    /// What was said about a domain's device from `from_ns` to `to_ns`, and last before that.
    pub fn conditions(&self, domain: u16, from_ns: i64, to_ns: i64) -> Vec<(i64, Conditions)> {
        let bench = lock(&self.shared.bench);
        let own = bench.conditions.iter().filter(|(t_ns, index, _)| *index == domain && *t_ns <= to_ns);
        let own: Vec<_> = own.map(|(t_ns, _, said)| (*t_ns, said.clone())).collect();
        let first = own.partition_point(|(t_ns, _)| *t_ns <= from_ns).saturating_sub(1);
        own.get(first..).map(<[_]>::to_vec).unwrap_or_default()
    }

    /// What sampling has cost so far, and how late its rounds were.
    pub fn pace(&self) -> Pace {
        lock(&self.shared.pace).clone()
    }

    /// Stops reading; all samples, in the order in which they were taken.
    pub fn finish(mut self) -> Vec<Sample> {
        self.stop();
        std::mem::take(&mut lock(&self.shared.bench).samples)
    }

    /// Stops reading and gives the meters back.
    pub(crate) fn into_meters(mut self) -> Vec<Box<dyn Meter>> {
        self.stop();
        lock(&self.shared.bench).give_back()
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

impl Drop for Sampler {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A search for the next update of every counter whose updates are far apart.
struct Look {
    ticking: Vec<bool>,
    before: Option<Vec<Option<u64>>>,
}

impl Look {
    fn new(domains: &[Domain]) -> Self {
        Self { ticking: domains.iter().map(Domain::ticks).collect(), before: None }
    }

    /// Whether each was updated since the first call, or cannot be read.
    fn all_updated(&mut self, bench: &Bench) -> bool {
        let now = bench.values();
        let before = self.before.get_or_insert_with(|| now.clone());
        let waits = |index: usize| now[index].is_some() && now[index] == before[index];
        self.ticking.iter().enumerate().all(|(index, ticking)| !ticking || !waits(index))
    }
}

impl Shared {
    fn run(&self, period: Duration, domains: &[Domain]) {
        let mut deadline = Instant::now();
        let mut looked_around = None::<Instant>;
        let mut asleep_ns = sys::boot_ns() - now_ns();
        loop {
            let now = Instant::now();
            while deadline <= now {
                deadline += period;
            }
            if self.stopped_before(deadline, domains) {
                return;
            }
            let late = deadline.elapsed();
            let slept_ns = sys::boot_ns() - now_ns() - asleep_ns;
            let stopped =
                late > STOPPED.max(period * STOPPED_PERIODS) || slept_ns > STOPPED.as_nanos() as i64;
            asleep_ns += slept_ns;
            let mut bench = lock(&self.bench);
            if stopped {
                bench.suspended(now_ns());
            }
            bench.read();
            if looked_around.is_none_or(|last| last.elapsed() >= CONDITIONS_PERIOD) {
                bench.look_around();
                looked_around = Some(Instant::now());
            }
            drop(bench);
            lock(&self.pace).note(late, sys::thread_cpu_ns());
        }
    }

    /// Waits; true as soon as the sampler is to stop.
    fn stopped_before(&self, deadline: Instant, domains: &[Domain]) -> bool {
        let mut orders = lock(&self.orders);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if orders.stop || left.is_zero() {
                return orders.stop;
            }
            if let Some(until) = orders.dense_until.take() {
                drop(orders);
                self.read_densely(until.min(deadline), domains);
                orders = lock(&self.orders);
                if until > deadline {
                    orders.dense_until.get_or_insert(until);
                }
                continue;
            }
            orders = self.ordered.wait_timeout(orders, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn read_densely(&self, until: Instant, domains: &[Domain]) {
        let mut look = Look::new(domains);
        while Instant::now() < until && !lock(&self.orders).stop {
            let mut bench = lock(&self.bench);
            bench.read_ticking();
            let updated = look.all_updated(&bench);
            drop(bench);
            if updated {
                return;
            }
            thread::sleep(DENSE_PERIOD);
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
    fn the_pace_suits_what_is_read() {
        let counter = Domain { stale: true, ..plain_counter() };
        let power = Domain { kind: SampleKind::Power, ..counter.clone() };
        let cases = [
            (vec![], 20),
            (vec![counter.clone()], 100),
            (vec![counter.clone(), power], 50),
            (vec![counter, plain_counter()], 20),
        ];
        for (domains, expected) in cases {
            assert_eq!(period_for(&domains), Duration::from_millis(expected));
        }
    }

    /// A counter that moves on every fourth reading, whoever reads.
    struct Slow(u64, [Domain; 1]);

    impl Slow {
        fn open() -> Box<dyn Meter> {
            Box::new(Self(0, [Domain { stale: true, ..plain_counter() }]))
        }
    }

    impl Meter for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn domains(&self) -> &[Domain] {
            &self.1
        }

        fn attach(&mut self, _process: Option<u32>) {}

        fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
            self.0 += 1;
            out.push(Sample::good(now_ns(), 0, self.0 / 4));
            Ok(())
        }

        fn conditions(&mut self, out: &mut Vec<(u16, Conditions)>) {
            out.push((0, Conditions { temperature_c: Some(40.0), ..Conditions::default() }));
        }
    }

    #[test]
    fn an_extra_reading_waits_for_the_next_update() {
        let sampler = Sampler::start(vec![Slow::open()], Duration::from_secs(3600)).unwrap();
        let called = now_ns();
        sampler.read_now();
        let samples = sampler.samples(called, now_ns());
        let changes = samples.windows(2).filter(|pair| pair[0].raw != pair[1].raw).count();
        assert!(changes >= 1, "{samples:?}");
        let said = sampler.conditions(0, called, now_ns());
        assert_eq!(said.last().unwrap().1.temperature_c, Some(40.0));
    }

    #[test]
    fn a_mark_makes_the_thread_look_for_the_next_update() {
        let sampler = Sampler::start(vec![Slow::open()], Duration::from_secs(3600)).unwrap();
        sampler.mark();
        let deadline = Instant::now() + SOON;
        loop {
            let samples = lock(&sampler.shared.bench).samples.clone();
            if samples.last().unwrap().raw > samples[0].raw {
                break;
            }
            assert!(Instant::now() < deadline, "{samples:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn update_periods_are_declared_or_observed() {
        let sampler = Sampler::start(vec![Slow::open(), sim()], Duration::from_secs(3600)).unwrap();
        let seen = sampler.observe(Duration::from_millis(100));
        assert!(seen[0].unwrap().0 >= 0.003, "{seen:?}");
        assert_eq!(seen[1], Some(Seconds(0.001)));
    }
}
