//! The rounds of the sampling thread: the steady ones, and the dense ones that look for an update.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::Bench;
use crate::clock::now_ns;
use crate::domain::Domain;
use crate::pace::Pace;
use crate::sample::Sample;
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
    /// Read at a dense pace until then, or until the edge's readings are there.
    pub(crate) dense_until: Option<Instant>,
}

/// A search for readings that tell where an edge lies that is now: of each domain one that is as new as
/// the edge. Where readings can be old that is one a period later or, where updates are far apart, the
/// next update.
pub(crate) struct Look {
    begun_ns: i64,
    wanted: Vec<Wanted>,
    /// Values at the first reading that is as new as the edge.
    before: Vec<Option<u64>>,
}

enum Wanted {
    /// A reading not older than this.
    At(i64),
    /// Another value than before.
    Update,
}

impl Look {
    pub(crate) fn new(domains: &[Domain]) -> Self {
        let begun_ns = now_ns();
        let wanted = |domain: &Domain| match domain.update_period {
            _ if domain.ticks() => Wanted::Update,
            Some(period) if domain.stale => Wanted::At(begun_ns + (period.0 * 1e9).ceil().min(1e9) as i64),
            _ => Wanted::At(begun_ns),
        };
        Self { begun_ns, wanted: domains.iter().map(wanted).collect(), before: vec![None; domains.len()] }
    }

    /// Whether each domain has what is wanted, or cannot be read.
    pub(crate) fn is_over(&mut self, last: &[Option<Sample>]) -> bool {
        let mut over = true;
        for ((wanted, before), last) in self.wanted.iter().zip(&mut self.before).zip(last) {
            let Some(last) = last.filter(|last| last.fault.is_none()) else { continue };
            over &= match wanted {
                Wanted::At(t_ns) => last.t_ns >= *t_ns,
                Wanted::Update if last.t_ns < self.begun_ns => false,
                Wanted::Update => *before.get_or_insert(last.raw) != last.raw,
            };
        }
        over
    }

    /// Whether only updates are still waited for, which dense readings of some meters find.
    pub(crate) fn only_updates(&self, last: &[Option<Sample>]) -> bool {
        let there = |(wanted, last): (&Wanted, &Option<Sample>)| match (wanted, last) {
            (Wanted::At(t_ns), Some(last)) => last.fault.is_some() || last.t_ns >= *t_ns,
            _ => true,
        };
        self.wanted.iter().zip(last).all(there)
    }
}

impl Shared {
    pub(crate) fn run(&self, period: Duration, domains: &[Domain]) {
        let mut deadline = Instant::now();
        let mut looked_around = None::<Instant>;
        let mut round = Instant::now();
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
            let stopped = round.elapsed() > STOPPED.max(period * STOPPED_PERIODS)
                || slept_ns > STOPPED.as_nanos() as i64;
            round = Instant::now();
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
            if look.only_updates(&bench.last) {
                bench.read_ticking()
            } else {
                bench.read()
            }
            let over = look.is_over(&bench.last);
            drop(bench);
            if over {
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
