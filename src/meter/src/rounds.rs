//! The rounds of the sampling thread: the steady ones, and the dense ones that look for an update.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::clock::now_ns;
use crate::domain::Domain;
use crate::pace::Pace;
use crate::sys;

/// Time between two readings while an update is looked for.
pub(crate) const DENSE_PERIOD: Duration = Duration::from_millis(1);

/// Temperatures and clocks change slowly, and asking for them costs more than a counter does.
const CONDITIONS_PERIOD: Duration = Duration::from_secs(1);

/// A thread that was kept from running for so many periods was stopped, not late.
const STOPPED_PERIODS: u32 = 10;

/// And for at least so long.
const STOPPED: Duration = Duration::from_secs(1);

/// No counter known to us is updated more rarely; nobody waits for an update longer than this.
pub(crate) const LONGEST_UPDATE: Duration = Duration::from_millis(250);

/// What the thread shares with those who ask for readings.
pub(crate) struct Shared {
    pub(crate) bench: Mutex<Bench>,
    pub(crate) pace: Mutex<Pace>,
    pub(crate) orders: Mutex<Orders>,
    pub(crate) ordered: Condvar,
}

/// What the thread is to do beside its rounds.
#[derive(Default)]
pub(crate) struct Orders {
    pub(crate) stop: bool,
    /// Read at a dense pace until then, or until each domain was updated.
    pub(crate) dense_until: Option<Instant>,
}

/// A search for the next update of every counter whose updates are far apart.
pub(crate) struct Look {
    ticking: Vec<bool>,
    before: Option<Vec<Option<u64>>>,
}

impl Look {
    pub(crate) fn new(domains: &[Domain]) -> Self {
        Self { ticking: domains.iter().map(Domain::ticks).collect(), before: None }
    }

    /// Whether each was updated since the first call, or cannot be read.
    pub(crate) fn all_updated(&mut self, bench: &Bench) -> bool {
        let now = bench.values();
        let before = self.before.get_or_insert_with(|| now.clone());
        let waits = |index: usize| now[index].is_some() && now[index] == before[index];
        self.ticking.iter().enumerate().all(|(index, ticking)| !ticking || !waits(index))
    }
}

impl Shared {
    pub(crate) fn run(&self, period: Duration, domains: &[Domain]) {
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
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
