//! The session's account of energy: time is cut wherever an answer begins or ends, each piece is measured once, and its
//! joules go to the answers that ran in it, or to idling or loading.

use std::collections::BTreeMap;

use super::account::Account;
use super::energy::Energy;
use super::measured::{Kind, Measured};
use super::totals::{Phase, Sum, Totals};

/// How far a reference reaches back, from which pieces too short for a window of their own are told by difference. Five
/// updates of the slowest meter fit in.
const LOOK_BACK_NS: i64 = 5_000_000_000;

/// Length of the windows by which the meter is followed without regard to answers.
const CHAPTER_NS: i64 = 10_000_000_000;

/// Measures from the first moment to the second, ns.
pub type Measure<'a> = &'a dyn Fn(i64, i64) -> Measured;

/// What runs, and what everything cost so far.
#[derive(Debug)]
pub struct Ledger {
    /// From this moment on, ns, the meters were read; the session begins a little later.
    known_ns: i64,
    /// Everything before is on an account, ns.
    booked_ns: i64,
    /// The engine loads.
    loading: bool,
    running: BTreeMap<u64, Account>,
    /// Where the open part of the meter's own sum begins, ns; `closed` is the sum before.
    chapter_ns: i64,
    closed: Sum,
    /// Sums so far.
    pub totals: Totals,
}

impl Ledger {
    /// Begins a session, ns, with meters that were read from `known_ns` on.
    pub fn new(known_ns: i64, begun_ns: i64, kind: Option<Kind>) -> Self {
        Self {
            known_ns,
            booked_ns: begun_ns,
            loading: false,
            running: BTreeMap::new(),
            chapter_ns: begun_ns,
            closed: Sum::default(),
            totals: Totals { kind, ..Totals::default() },
        }
    }

    /// An answer begins.
    pub fn begin(&mut self, id: u64, at_ns: i64, measure: Measure) {
        self.cut(at_ns, measure);
        self.running.insert(id, Account::default());
    }

    /// An answer ends; its energy.
    pub fn end(&mut self, id: u64, at_ns: i64, measure: Measure) -> Energy {
        self.cut(at_ns, measure);
        let Some(account) = self.running.remove(&id) else {
            return Energy::none("the answer was not followed");
        };
        let energy = account.close(self.totals.kind.as_ref());
        self.totals.told += u64::from(energy.joules.is_some());
        energy
    }

    /// From now on time belongs to loading, or no more.
    pub fn load(&mut self, loading: bool, at_ns: i64, measure: Measure) {
        self.cut(at_ns, measure);
        self.loading = loading;
    }

    /// Puts everything up to this moment on an account. Moments that are over already change nothing.
    pub fn cut(&mut self, at_ns: i64, measure: Measure) {
        if at_ns <= self.booked_ns {
            return;
        }
        let seconds = (at_ns - self.booked_ns) as f64 * 1e-9;
        let measured = self.piece(self.booked_ns, at_ns, measure);
        let sharers = self.running.len();
        for account in self.running.values_mut() {
            account.add(seconds, &measured, sharers);
        }
        let phase = match (sharers, self.loading) {
            (1.., _) => Phase::Answer,
            (0, true) => Phase::Load,
            (0, false) => Phase::Idle,
        };
        self.totals.phases.entry(phase).or_default().add(seconds, &measured);
        self.booked_ns = at_ns;
    }

    /// Follows the meter itself up to the last cut.
    pub fn follow(&mut self, measure: Measure) {
        let seconds = (self.booked_ns - self.chapter_ns) as f64 * 1e-9;
        if seconds <= 0.0 {
            return;
        }
        let mut sum = self.closed;
        sum.add(seconds, &self.piece(self.chapter_ns, self.booked_ns, measure));
        self.totals.meter = sum;
        if self.booked_ns - self.chapter_ns >= CHAPTER_NS {
            (self.closed, self.chapter_ns) = (sum, self.booked_ns);
        }
    }

    /// A piece by its own window; where that is too short, by the difference of two windows that begin together.
    fn piece(&self, start_ns: i64, end_ns: i64, measure: Measure) -> Measured {
        let own = measure(start_ns, end_ns);
        let from_ns = (start_ns - LOOK_BACK_NS).max(self.known_ns);
        if own.joules.is_some() || from_ns >= start_ns {
            return own;
        }
        let (before, whole) = (measure(from_ns, start_ns), measure(from_ns, end_ns));
        match (before.joules, whole.joules) {
            (Some(first), Some(both)) => Measured {
                joules: Some(both - first),
                // The common edge cancels; what is left is that of the piece's own edges, at most this.
                u_j: whole.u_j.hypot(before.u_j),
                u_scale: whole.u_scale,
                why: own.why,
            },
            _ => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// 10 W for two seconds, then 50 W; windows below 50 ms say nothing.
    fn meter(start_ns: i64, end_ns: i64) -> Measured {
        let joules = |t: i64| {
            let s = t as f64 * 1e-9;
            10.0 * s + 40.0 * (s - 2.0).max(0.0)
        };
        if end_ns - start_ns < 50 * MS {
            return Measured { why: Some("too few updates".to_owned()), ..Measured::default() };
        }
        Measured { joules: Some(joules(end_ns) - joules(start_ns)), u_j: 0.01, u_scale: 0.0, why: None }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    fn ledger() -> Ledger {
        Ledger::new(0, 0, Some(Kind { class: "simulated".to_owned(), domains: "sim".to_owned() }))
    }

    /// What the phases add up to is what the meter counted.
    fn check(ledger: &mut Ledger, end_ns: i64) {
        ledger.cut(end_ns, &meter);
        ledger.follow(&meter);
        let (all, counted) = (ledger.totals.all(), meter(0, end_ns).joules.unwrap());
        assert!(near(all.joules, counted), "{} {counted}", all.joules);
        assert!(near(ledger.totals.meter.joules, counted));
        assert_eq!(all.unmeasured_s, 0.0);
    }

    #[test]
    fn an_answer_has_the_energy_of_its_own_time() {
        let mut ledger = ledger();
        ledger.begin(1, 1500 * MS, &meter);
        let energy = ledger.end(1, 2500 * MS, &meter);
        assert!(near(energy.joules.unwrap(), 30.0), "{energy:?}");
        assert_eq!((energy.class.as_deref(), energy.method), (Some("simulated"), Some("alone")));
        check(&mut ledger, 3000 * MS);
        assert!(near(ledger.totals.of(Phase::Answer).joules, 30.0));
        assert!(near(ledger.totals.of(Phase::Idle).joules, 15.0 + 25.0));
    }

    #[test]
    fn answers_that_overlap_share_by_active_time() {
        let mut ledger = ledger();
        ledger.begin(1, 0, &meter);
        ledger.begin(2, 1000 * MS, &meter);
        let first = ledger.end(1, 2000 * MS, &meter);
        let second = ledger.end(2, 3000 * MS, &meter);
        assert!(near(first.joules.unwrap(), 15.0) && near(second.joules.unwrap(), 55.0));
        assert_eq!(first.method, Some("shared by active time"));
        check(&mut ledger, 4000 * MS);
        assert!(near(ledger.totals.of(Phase::Answer).joules, 70.0));
    }

    #[test]
    fn what_is_too_short_has_no_joules_of_its_own_and_still_adds_up() {
        let mut ledger = ledger();
        for turn in 0..40 {
            let at = 1000 * MS + turn * 30 * MS;
            ledger.begin(7, at, &meter);
            let energy = ledger.end(7, at + 20 * MS, &meter);
            assert_eq!(energy.joules, None);
            assert!(energy.reason.unwrap().contains("too few updates"));
        }
        check(&mut ledger, 4000 * MS);
        assert!(ledger.totals.of(Phase::Answer).joules > 8.0);
        assert!(near(ledger.totals.of(Phase::Answer).seconds, 0.8));
    }

    #[test]
    fn the_last_moment_of_a_long_answer_does_not_cost_its_joules() {
        let mut ledger = ledger();
        ledger.begin(1, 0, &meter);
        ledger.begin(2, 1999 * MS, &meter);
        let first = ledger.end(1, 2000 * MS, &meter);
        assert!(near(first.joules.unwrap(), 19.995));
    }

    #[test]
    fn a_session_is_followed_in_chapters_and_loading_is_apart() {
        let mut ledger = ledger();
        ledger.load(true, 0, &meter);
        ledger.load(false, 1000 * MS, &meter);
        for second in 2..40 {
            ledger.cut(second * 1000 * MS, &meter);
            ledger.follow(&meter);
        }
        check(&mut ledger, 40_000 * MS);
        assert!(near(ledger.totals.of(Phase::Load).joules, 10.0));
        assert!(ledger.chapter_ns > 20_000 * MS);
        assert!(ledger.totals.sentence().contains("(simulated, sim)"));
    }

    #[test]
    fn the_first_moment_is_held_against_what_was_before_the_session() {
        let mut ledger = Ledger::new(0, 60 * MS, None);
        ledger.load(true, 61 * MS, &meter);
        assert!(near(ledger.totals.of(Phase::Idle).joules, 0.01));
        assert_eq!(ledger.totals.all().unmeasured_s, 0.0);
    }

    #[test]
    fn without_a_meter_seconds_are_counted_and_joules_are_not() {
        let silent =
            |_: i64, _: i64| Measured { why: Some("no meters were read".into()), ..Measured::default() };
        let mut ledger = Ledger::new(0, 0, None);
        ledger.begin(1, MS, &silent);
        let energy = ledger.end(1, 900 * MS, &silent);
        assert_eq!(energy.reason.as_deref(), Some("not told for this answer alone: no meters were read"));
        let Sum { joules, unmeasured_s, .. } = ledger.totals.all();
        assert_eq!((joules, unmeasured_s), (0.0, 0.9));
        // A moment that is over changes nothing.
        ledger.cut(5, &silent);
        assert_eq!(ledger.totals.all().unmeasured_s, 0.9);
    }
}
