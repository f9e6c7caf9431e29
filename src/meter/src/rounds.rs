//! The rounds of the sampling thread: the steady ones, and the dense ones that look for an update.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use harness_protocol::now_ns;

use crate::bench::Bench;
use crate::domain::{Domain, SampleKind};
use crate::pace::Pace;
use crate::sample::Sample;
use crate::sys;

/// Time between two readings while a new value of a counter is waited for.
const IMPATIENCE: Duration = Duration::from_micros(200);

/// Time between two readings while power is waited for, which meters hand out every 50 ms at most.
const POWER_PATIENCE: Duration = Duration::from_millis(5);

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
    /// Look for an edge's readings, until then at the latest.
    pub(crate) look: Option<(Look, Instant)>,
}

/// A search for readings that tell where an edge lies that is now: of each domain one that is as new as
/// the edge. Where readings can be old that is one a period later or, where updates are far apart, the
/// next update. A domain that fails is tried again.
pub(crate) struct Look {
    begun_ns: i64,
    wanted: Vec<Wanted>,
    /// Values at the first reading that is as new as the edge.
    before: Vec<Option<u64>>,
}

enum Wanted {
    /// A reading of a counter not older than this.
    At(i64),
    /// A reading of power not older than this, which cannot be hurried.
    Power(i64),
    /// Another value than before.
    Update,
    Nothing,
}

/// What a search does next.
pub(crate) enum Step {
    Done,
    /// Read all meters, then wait so long.
    All(Duration),
    /// Read those whose updates are looked for, then wait so long.
    Ticking(Duration),
}

impl Look {
    /// Begins a search. What only checks a counter is read four times a second, which is worth waiting
    /// for beside a window, not inside it. Nobody waits for a counter that stands still.
    pub(crate) fn new(bench: &Bench, domains: &[Domain], with_witnesses: bool) -> Self {
        let begun_ns = now_ns();
        let wanted = |(index, domain): (usize, &Domain)| match domain.update_period {
            _ if domain.witness_of.is_some() && !with_witnesses => Wanted::Nothing,
            _ if domain.ticks() && bench.stands_still(index) => Wanted::At(begun_ns),
            _ if domain.ticks() => Wanted::Update,
            _ if domain.kind == SampleKind::Power => Wanted::Power(begun_ns),
            Some(period) if domain.stale => Wanted::At(begun_ns + (period.0 * 1e9).ceil().min(1e9) as i64),
            _ => Wanted::At(begun_ns),
        };
        let wanted = domains.iter().enumerate().map(wanted).collect();
        Self { begun_ns, wanted, before: vec![None; domains.len()] }
    }

    /// What is to be done next, given the last sample of each domain.
    pub(crate) fn step(&mut self, last: &[Option<Sample>]) -> Step {
        let (mut counter, mut power, mut update) = (false, false, false);
        for ((wanted, before), last) in self.wanted.iter().zip(&mut self.before).zip(last) {
            let good = last.filter(|last| last.fault.is_none());
            let older = |t_ns: i64| good.is_none_or(|last| last.t_ns < t_ns);
            match wanted {
                Wanted::Nothing => {}
                Wanted::At(t_ns) => counter |= older(*t_ns),
                Wanted::Power(t_ns) => power |= older(*t_ns),
                Wanted::Update => {
                    update |= match good.filter(|last| last.t_ns >= self.begun_ns) {
                        Some(last) => *before.get_or_insert(last.raw) == last.raw,
                        None => true,
                    }
                }
            }
        }
        match (counter, power, update) {
            (true, _, _) => Step::All(IMPATIENCE),
            (false, _, true) => Step::Ticking(DENSE_PERIOD),
            (false, true, false) => Step::All(POWER_PATIENCE),
            (false, false, false) => Step::Done,
        }
    }

    /// Takes the readings that are wanted next; how long to wait before the next ones, None: it is over.
    pub(crate) fn take(&mut self, bench: &mut Bench) -> Option<Duration> {
        match self.step(&bench.last) {
            Step::Done => return None,
            Step::All(_) => bench.read(),
            Step::Ticking(_) => bench.read_ticking(),
        }
        match self.step(&bench.last) {
            Step::Done => None,
            Step::All(pause) | Step::Ticking(pause) => Some(pause),
        }
    }
}

impl Shared {
    pub(crate) fn run(&self, period: Duration) {
        let mut deadline = Instant::now();
        let mut looked_around = None::<Instant>;
        let mut round = Instant::now();
        let mut asleep_ns = sys::boot_ns() - now_ns();
        loop {
            let now = Instant::now();
            while deadline <= now {
                deadline += period;
            }
            if self.stopped_before(deadline) {
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
    fn stopped_before(&self, deadline: Instant) -> bool {
        let mut orders = lock(&self.orders);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if orders.stop || left.is_zero() {
                return orders.stop;
            }
            if let Some((look, until)) = orders.look.take() {
                drop(orders);
                let unfinished = self.read_densely(look, until.min(deadline));
                orders = lock(&self.orders);
                if let Some(look) = unfinished.filter(|_| until > deadline && orders.look.is_none()) {
                    orders.look = Some((look, until));
                }
                continue;
            }
            orders = self.ordered.wait_timeout(orders, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The search again where time was up before it was over.
    fn read_densely(&self, mut look: Look, until: Instant) -> Option<Look> {
        while Instant::now() < until && !lock(&self.orders).stop {
            let pause = look.take(&mut lock(&self.bench))?;
            // Inside a window nothing is so urgent that it may disturb more than this.
            thread::sleep(pause.max(DENSE_PERIOD));
        }
        Some(look)
    }
}

/// A poisoned lock only says that a thread died while holding it; samples are pushed whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
