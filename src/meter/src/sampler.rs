//! Reads all meters at a steady pace, beside whatever is being measured.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use harness_protocol::now_ns;

use crate::conditions::Conditions;
use crate::domain::Domain;
use crate::fault::MeterFault;
use crate::lane::{Lane, merged};
use crate::meter::Meter;
use crate::pace::Pace;
use crate::period::period_for;
use crate::rounds::{DENSE_PERIOD, LONGEST_UPDATE, Look, lock};
use crate::sample::Sample;
use crate::spacing::{gaps, upper_median};
use crate::units::Seconds;

/// Reading more often costs more than it tells.
const SHORTEST_PERIOD: Duration = Duration::from_millis(1);

/// How long [`Sampler::read_now`] waits for values as new as the call, beyond the longest declared update period.
const PATIENCE: Duration = Duration::from_millis(100);

/// No longer than this, whatever was declared or seen.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// How far back readings are kept that were handed out: windows that begin now need those before them.
const KEPT_NS: i64 = 60_000_000_000;

/// Reads meters in the background until it is finished or dropped. Each meter has a thread of its own, so that a
/// slow one does not delay the others.
pub struct Sampler {
    domains: Vec<Domain>,
    /// The longest update period that was seen.
    seen: Mutex<Duration>,
    lanes: Vec<Lane>,
}

impl Sampler {
    /// Takes a first reading, then one each period. Deadlines are absolute: a late reading does not
    /// delay the next ones, and missed ones are left out.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(meters: Vec<Box<dyn Meter>>, period: Duration) -> Result<Self, MeterFault> {
        Self::with(meters, |_| period)
    }

    /// The same with the period that suits each meter's domains.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_at_own_pace(meters: Vec<Box<dyn Meter>>) -> Result<Self, MeterFault> {
        Self::with(meters, period_for)
    }

    fn with(meters: Vec<Box<dyn Meter>>, period: impl Fn(&[Domain]) -> Duration) -> Result<Self, MeterFault> {
        let domains: Vec<Domain> = meters.iter().flat_map(|meter| meter.domains().to_vec()).collect();
        let mut lanes = Vec::with_capacity(meters.len());
        let mut first = 0;
        for meter in meters {
            let (count, period) = (meter.domains().len(), period(meter.domains()));
            lanes.push(Lane::start(meter, first, period.max(SHORTEST_PERIOD))?);
            first += count;
        }
        Ok(Self { domains, seen: Mutex::default(), lanes })
    }

    /// The domains of all meters; [`Sample::domain`] is an index into them.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// Names the process whose tree is measured from now on, None for an idle machine; reads before and after.
    pub fn attach(&self, process: Option<u32>) {
        self.in_all_lanes(|lane| {
            let mut bench = lane.bench();
            bench.read();
            bench.attach(process);
            bench.read();
        });
    }

    /// Takes extra readings until they tell where an edge lies that is now: a window that starts when this returns, or
    /// one that has ended before the call. At once for most; up to one update where those are far apart, a twentieth of
    /// a second for power, a quarter for power that checks a counter or for what fails (or twice what was observed).
    pub fn read_now(&self) {
        let patience = self.patience();
        self.in_all_lanes(|lane| {
            let mut look = Look::new(&lane.bench(), lane.domains(&self.domains), true);
            let begun = Instant::now();
            while begun.elapsed() < patience {
                let Some(pause) = look.take(&mut lane.bench()) else { break };
                thread::sleep(pause);
            }
            lane.bench().look_around();
        });
    }

    /// How long an update is waited for at most.
    fn patience(&self) -> Duration {
        let declared = self.domains.iter().filter_map(|domain| domain.update_period).map(|period| period.0);
        let slowest = Duration::try_from_secs_f64(declared.fold(0.0, f64::max)).unwrap_or(Duration::ZERO);
        (PATIENCE + slowest).max(*lock(&self.seen) * 2).max(LONGEST_UPDATE).min(MOST_PATIENCE)
    }

    /// Takes an extra reading at once and lets the threads look for the next update of each counter, while
    /// the caller goes on: for a window that has just started.
    pub fn mark(&self) {
        let patience = self.patience();
        self.in_all_lanes(|lane| {
            lane.bench().read();
            let domains = lane.domains(&self.domains);
            if domains.iter().any(|domain| domain.stale) {
                let look = Look::new(&lane.bench(), domains, false);
                lane.order(look, Instant::now() + patience);
            }
        });
    }

    /// Time between two updates of each domain: as declared, or the median seen while looking closely for
    /// so long, which is noted in [`domains`](Self::domains) too; None: none was seen.
    pub fn observe(&mut self, length: Duration) -> Vec<Option<Seconds>> {
        let from_ns = now_ns();
        let begun = Instant::now();
        self.in_all_lanes(|lane| {
            while begun.elapsed() < length && lane.domains(&self.domains).iter().any(Domain::ticks) {
                lane.bench().read_ticking();
                thread::sleep(DENSE_PERIOD);
            }
        });
        let samples = self.samples(from_ns, i64::MAX);
        let seen = |(index, domain): (usize, &Domain)| {
            let own = samples.iter().filter(|s| usize::from(s.domain) == index && s.t_ns >= from_ns);
            let good: Vec<&Sample> = own.filter(|sample| sample.fault.is_none()).collect();
            let changes = good.windows(2).filter(|pair| pair[0].raw != pair[1].raw).map(|pair| pair[1].t_ns);
            domain.update_period.or_else(|| upper_median(gaps(changes)).map(Seconds))
        };
        let seen: Vec<Option<Seconds>> = self.domains.iter().enumerate().map(seen).collect();
        for (domain, seen) in self.domains.iter_mut().zip(&seen) {
            domain.seen_period = *seen;
        }
        let slowest = seen.iter().flatten().map(|period| period.0).fold(0.0, f64::max);
        *lock(&self.seen) = Duration::try_from_secs_f64(slowest).unwrap_or(MOST_PATIENCE);
        seen
    }

    /// The samples of all domains from `from_ns` to `to_ns`, and for each domain those back to its last
    /// good one at or before `from_ns` and on to its first good one at or after `to_ns`.
    pub fn samples(&self, from_ns: i64, to_ns: i64) -> Vec<Sample> {
        merged(self.lanes.iter().map(|lane| lane.placed(lane.bench().around(from_ns, to_ns))).collect())
    }

    /// What was said about a domain's device from `from_ns` to `to_ns`, and last before that.
    pub fn conditions(&self, domain: u16, from_ns: i64, to_ns: i64) -> Vec<(i64, Conditions)> {
        let lane = self.lanes.iter().find_map(|lane| Some((lane, lane.index_of(domain)?)));
        lane.map(|(lane, index)| lane.bench().said(index, from_ns, to_ns)).unwrap_or_default()
    }

    /// What sampling has cost so far, and how late its rounds were.
    pub fn pace(&self) -> Pace {
        let mut pace = Pace::default();
        self.lanes.iter().for_each(|lane| pace.add(lane.pace()));
        pace
    }

    /// The samples that were not handed out before, in the order in which they were taken. Readings from more than a
    /// minute ago are then forgotten, so that a long run needs no more memory than a short one.
    pub fn hand_out(&self) -> Vec<Sample> {
        let keep_ns = now_ns() - KEPT_NS;
        merged(self.lanes.iter().map(|lane| lane.hand_out(keep_ns)).collect())
    }

    /// Stops reading; the samples that were not handed out, in the order in which they were taken.
    pub fn finish(mut self) -> Vec<Sample> {
        merged(self.lanes.iter_mut().map(Lane::finish).collect())
    }

    /// Stops reading and gives the meters back.
    pub(crate) fn into_meters(mut self) -> Vec<Box<dyn Meter>> {
        self.lanes.iter_mut().filter_map(Lane::give_back).collect()
    }

    /// Does something in every lane, at the same time where there are several.
    fn in_all_lanes(&self, work: impl Fn(&Lane) + Sync) {
        let Some((last, others)) = self.lanes.split_last() else { return };
        thread::scope(|scope| {
            let work = &work;
            for lane in others {
                let begun = thread::Builder::new().spawn_scoped(scope, move || work(lane));
                if begun.is_err() {
                    work(lane);
                }
            }
            work(last);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::bench::tests::Scripted;
    use crate::domain::tests::plain_counter;
    use crate::fault::FaultKind;
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

    /// A driver that hangs once for longer than any round may be late.
    struct Hanging(Option<Duration>, [Domain; 1]);

    impl Meter for Hanging {
        fn name(&self) -> &'static str {
            "hanging"
        }

        fn domains(&self) -> &[Domain] {
            &self.1
        }

        fn attach(&mut self, _process: Option<u32>) {
            self.0 = Some(Duration::from_millis(1200));
        }

        fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
            thread::sleep(self.0.take().unwrap_or_default());
            out.push(Sample::good(now_ns(), 0, 7));
            Ok(())
        }
    }

    /// A driver that takes 30 ms for each reading, as NVML does at worst.
    struct Slow30([Domain; 1]);

    impl Meter for Slow30 {
        fn name(&self) -> &'static str {
            "slow30"
        }

        fn domains(&self) -> &[Domain] {
            &self.0
        }

        fn attach(&mut self, _process: Option<u32>) {}

        fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
            let before = now_ns();
            thread::sleep(Duration::from_millis(30));
            out.push(Sample::within(before, now_ns(), 0, 7));
            Ok(())
        }
    }

    #[test]
    fn a_slow_meter_does_not_delay_the_others() {
        let meters: Vec<Box<dyn Meter>> = vec![Box::new(Slow30([plain_counter()])), sim()];
        let sampler = Sampler::start(meters, Duration::from_millis(2)).unwrap();
        let deadline = Instant::now() + SOON;
        let of = |samples: &[Sample], domain| samples.iter().filter(|s| s.domain == domain).count();
        while of(&sampler.samples(i64::MIN, i64::MAX), 0) < 5 {
            assert!(Instant::now() < deadline);
            thread::sleep(Duration::from_millis(5));
        }
        let samples = sampler.finish();
        let (slow, fast) = (of(&samples, 0), of(&samples, 1));
        // Read one after the other, both would have been read equally often.
        assert!(fast > 2 * slow, "{slow} and {fast}");
        assert!(samples.is_sorted_by_key(|sample| sample.t_ns));
        assert!(samples.iter().filter(|s| s.domain == 0).all(|s| s.took_ns >= 30_000_000));
    }

    #[test]
    fn time_in_which_nobody_could_read_is_written_down() {
        let meter = Hanging(None, [plain_counter()]);
        let sampler = Sampler::start(vec![Box::new(meter)], Duration::from_millis(5)).unwrap();
        sampler.attach(None);
        let deadline = Instant::now() + SOON;
        loop {
            let samples = sampler.samples(i64::MIN, i64::MAX);
            if samples.iter().any(|sample| sample.fault == Some(FaultKind::Suspended)) {
                break;
            }
            assert!(Instant::now() < deadline, "{samples:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn a_mark_makes_the_thread_look_for_the_next_update() {
        let sampler = Sampler::start(vec![Slow::open()], Duration::from_secs(3600)).unwrap();
        sampler.mark();
        let deadline = Instant::now() + SOON;
        loop {
            let samples = sampler.samples(i64::MIN, i64::MAX);
            if samples.last().unwrap().raw > samples[0].raw {
                break;
            }
            assert!(Instant::now() < deadline, "{samples:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn update_periods_are_declared_or_observed() {
        let mut sampler = Sampler::start(vec![Slow::open(), sim()], Duration::from_secs(3600)).unwrap();
        let seen = sampler.observe(Duration::from_millis(100));
        assert!(seen[0].unwrap().0 >= 0.003, "{seen:?}");
        assert_eq!(seen[1], Some(Seconds(0.001)));
        assert_eq!(sampler.domains()[0].seen_period, seen[0]);
    }
}
