//! The meters of a run on one bench: read together, with all that they have said.

use std::panic::{AssertUnwindSafe, catch_unwind};

use harness_protocol::now_ns;

use crate::conditions::Conditions;
use crate::domain::Domain;
use crate::fault::FaultKind;
use crate::meter::Meter;
use crate::sample::Sample;

/// Ten times as long as the slowest counter known to us takes for an update.
const STILL_NS: i64 = 2_500_000_000;

/// The meters with what they have said so far.
pub(crate) struct Bench {
    meters: Vec<Instrument>,
    /// In the order in which they were taken; old ones that were handed out are forgotten.
    pub(crate) samples: Vec<Sample>,
    /// How many of them were handed out.
    handed_out: usize,
    /// The last sample of each domain.
    pub(crate) last: Vec<Option<Sample>>,
    /// When the value of each domain last differed from the one before, ns; None: it never did.
    changed_ns: Vec<Option<i64>>,
    /// When the bench was made, ns.
    made_ns: i64,
    /// What else was said about devices, in the order in which it was asked.
    pub(crate) conditions: Vec<(i64, u16, Conditions)>,
    /// Kept from one reading to the next, so that reading needs no memory.
    fresh: Vec<Sample>,
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

impl Bench {
    pub(crate) fn new(meters: Vec<Box<dyn Meter>>) -> Self {
        let domains = meters.iter().map(|meter| meter.domains().len()).sum();
        let meters = meters.into_iter().map(|meter| Instrument { meter, broken: false }).collect();
        Self {
            meters,
            samples: Vec::new(),
            handed_out: 0,
            last: vec![None; domains],
            changed_ns: vec![None; domains],
            made_ns: now_ns(),
            conditions: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Whether the value of a domain has stood still for so long that nobody should wait for its next update.
    pub(crate) fn stands_still(&self, index: usize) -> bool {
        let since_ns = self.changed_ns.get(index).copied().flatten().unwrap_or(self.made_ns);
        now_ns().saturating_sub(since_ns) > STILL_NS
    }

    /// Gives the meters back and has none afterwards.
    pub(crate) fn give_back(&mut self) -> Vec<Box<dyn Meter>> {
        std::mem::take(&mut self.meters).into_iter().map(|instrument| instrument.meter).collect()
    }

    /// Names the process whose tree is measured from now on.
    pub(crate) fn attach(&mut self, process: Option<u32>) {
        for instrument in &mut self.meters {
            instrument.ask(|meter| meter.attach(process));
        }
    }

    /// Reads every meter once. A meter that fails leaves a failed sample for each of its
    /// domains; a value that carries its update's time leaves one only when it was updated.
    pub(crate) fn read(&mut self) {
        self.read_those(|_| true);
    }

    /// Reads only the meters whose updates are worth looking for.
    pub(crate) fn read_ticking(&mut self) {
        self.read_those(|domains| domains.iter().any(Domain::ticks));
    }

    fn read_those(&mut self, wanted: impl Fn(&[Domain]) -> bool) {
        let mut offset = 0;
        let fresh = &mut self.fresh;
        for instrument in &mut self.meters {
            fresh.clear();
            let count = instrument.meter.domains().len();
            if !wanted(instrument.meter.domains()) {
                offset += count;
                continue;
            }
            let fault = match instrument.ask(|meter| meter.read(fresh)) {
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
                    if self.last[index]
                        .is_none_or(|last| last.raw != sample.raw || last.fault != sample.fault)
                    {
                        self.changed_ns[index] = Some(sample.t_ns);
                    }
                    self.last[index] = Some(sample);
                    self.samples.push(sample);
                }
            }
            offset += count;
        }
    }

    /// Leaves failed samples in every domain, just after its last one and now: nobody read in between, so
    /// no edge that lies there can be told.
    pub(crate) fn suspended(&mut self, t_ns: i64) {
        let failed = |t_ns: i64, index: usize| Sample::failed(t_ns, index as u16, FaultKind::Suspended);
        for (index, last) in self.last.iter().enumerate() {
            let since_ns = last.map_or(t_ns, |last| last.t_ns.saturating_add(1).min(t_ns));
            self.samples.push(failed(since_ns, index));
            self.samples.push(failed(t_ns, index));
        }
    }

    /// Asks for temperatures, clocks and the like.
    pub(crate) fn look_around(&mut self) {
        let mut offset = 0;
        let mut said = Vec::new();
        for instrument in &mut self.meters {
            said.clear();
            let count = instrument.meter.domains().len();
            instrument.ask(|meter| meter.conditions(&mut said));
            let t_ns = now_ns();
            let known = said.drain(..).filter(|(index, _)| usize::from(*index) < count);
            self.conditions.extend(known.map(|(index, said)| (t_ns, offset as u16 + index, said)));
            offset += count;
        }
    }

    /// What was said about a domain's device from `from_ns` to `to_ns`, and last before that.
    pub(crate) fn said(&self, domain: u16, from_ns: i64, to_ns: i64) -> Vec<(i64, Conditions)> {
        let own = self.conditions.iter().filter(|(t_ns, index, _)| *index == domain && *t_ns <= to_ns);
        let own: Vec<_> = own.map(|(t_ns, _, said)| (*t_ns, said.clone())).collect();
        let first = own.partition_point(|(t_ns, _)| *t_ns <= from_ns).saturating_sub(1);
        own.get(first..).map(<[_]>::to_vec).unwrap_or_default()
    }

    /// The samples that were not handed out before. Those from before `keep_ns` are then forgotten, but for the last
    /// good one of each domain; so is what was said before, but for the last of each domain.
    pub(crate) fn hand_out(&mut self, keep_ns: i64) -> Vec<Sample> {
        let fresh = self.samples.get(self.handed_out..).unwrap_or_default().to_vec();
        let mut last_good = vec![None; self.last.len()];
        for (place, sample) in self.samples.iter().enumerate().filter(|(_, sample)| sample.t_ns < keep_ns) {
            if let Some(last) =
                last_good.get_mut(usize::from(sample.domain)).filter(|_| sample.fault.is_none())
            {
                *last = Some(place);
            }
        }
        let mut place = 0;
        self.samples.retain(|sample| {
            let stays = sample.t_ns >= keep_ns || last_good.contains(&Some(place));
            place += 1;
            stays
        });
        self.handed_out = self.samples.len();
        let mut last_said = vec![None; self.last.len()];
        for (place, (_, domain, _)) in self.conditions.iter().enumerate().filter(|(_, said)| said.0 < keep_ns)
        {
            if let Some(last) = last_said.get_mut(usize::from(*domain)) {
                *last = Some(place);
            }
        }
        let mut place = 0;
        self.conditions.retain(|(t_ns, ..)| {
            let stays = *t_ns >= keep_ns || last_said.contains(&Some(place));
            place += 1;
            stays
        });
        fresh
    }

    /// See [`Sampler::samples`](crate::Sampler::samples).
    pub(crate) fn around(&self, from_ns: i64, to_ns: i64) -> Vec<Sample> {
        around(self.samples_since(from_ns), self.last.len(), from_ns, to_ns)
    }

    /// The samples at the end that hold a good one at or before this moment of every domain that has one, and all
    /// later ones: a long run is not looked through for each window.
    fn samples_since(&self, from_ns: i64) -> &[Sample] {
        let mut open: Vec<bool> = self.last.iter().map(Option::is_some).collect();
        for (place, sample) in self.samples.iter().enumerate().rev() {
            if sample.t_ns > from_ns || sample.fault.is_some() {
                continue;
            }
            if let Some(open) = open.get_mut(usize::from(sample.domain)) {
                *open = false;
            }
            // Samples stand in the order in which they were taken, stamps may differ from it by a call's length.
            if sample.t_ns < from_ns - STILL_NS && !open.contains(&true) {
                return &self.samples[place..];
            }
        }
        &self.samples
    }
}

/// The samples of so many domains from `from_ns` to `to_ns`, and for each domain those back to its last
/// good one at or before `from_ns` and on to its first good one at or after `to_ns`.
pub fn around(samples: &[Sample], domains: usize, from_ns: i64, to_ns: i64) -> Vec<Sample> {
    let mut bounds = vec![(None::<i64>, None::<i64>); domains];
    for sample in samples.iter().filter(|sample| sample.fault.is_none()) {
        let Some((first, last)) = bounds.get_mut(usize::from(sample.domain)) else { continue };
        if sample.t_ns <= from_ns {
            *first = Some(first.map_or(sample.t_ns, |first| first.max(sample.t_ns)));
        }
        if sample.t_ns >= to_ns {
            *last = Some(last.map_or(sample.t_ns, |last| last.min(sample.t_ns)));
        }
    }
    let wanted = |sample: &&Sample| {
        bounds.get(usize::from(sample.domain)).is_some_and(|(first, last)| {
            (first.unwrap_or(from_ns)..=last.unwrap_or(to_ns)).contains(&sample.t_ns)
        })
    };
    samples.iter().filter(wanted).copied().collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::domain::tests::plain_counter;
    use crate::fault::MeterFault;
    use crate::settings::SimSettings;
    use crate::sim::Sim;

    /// A meter of two domains that follows a script and tells each reading; after the script it reads 7.
    pub(crate) struct Scripted {
        domains: [Domain; 2],
        script: std::vec::IntoIter<Step>,
        told: Sender<()>,
    }

    pub(crate) enum Step {
        Fail,
        Panic,
    }

    impl Scripted {
        pub(crate) fn open(script: Vec<Step>, told: Sender<()>) -> Box<dyn Meter> {
            Box::new(Self { domains: [plain_counter(), plain_counter()], script: script.into_iter(), told })
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

    /// A counter that is updated every 10 µs.
    fn sim() -> Box<dyn Meter> {
        Box::new(Sim::open(&SimSettings { period_ms: 0.01, ..SimSettings::default() }, now_ns()))
    }

    fn of(samples: &[Sample], domain: u16) -> Vec<Sample> {
        samples.iter().filter(|sample| sample.domain == domain).copied().collect()
    }

    /// Two readings, at least 20 µs apart, with an attachment between them.
    fn readings(meters: Vec<Box<dyn Meter>>) -> Vec<Sample> {
        let mut bench = Bench::new(meters);
        bench.read();
        bench.attach(Some(1));
        let first = now_ns();
        let old = |last: &Option<Sample>| last.is_none_or(|last| last.fault.is_none() && last.t_ns < first);
        while bench.last.iter().any(old) || now_ns() < first + 20_000 {
            bench.read();
        }
        bench.read();
        bench.samples
    }

    #[test]
    fn a_failed_reading_is_a_failed_sample_of_every_domain_and_the_next_one_counts_again() {
        let (told, _heard) = channel();
        let meters = vec![sim(), Scripted::open(vec![Step::Fail], told)];
        let samples = readings(meters);
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
        let meters = vec![Scripted::open(vec![Step::Panic], told), sim()];
        let samples = readings(meters);
        for domain in [0, 1] {
            let mine = of(&samples, domain);
            assert!(mine.len() >= 2 && mine.iter().all(|s| s.fault == Some(FaultKind::Panicked)));
        }
        assert!(of(&samples, 2).len() >= 2);
        assert_eq!(heard.try_iter().count(), 1, "a broken meter was asked again");
    }

    #[test]
    fn samples_are_handed_out_once_and_old_ones_forgotten() {
        let good = |t_ns, raw| Sample::good(t_ns, 0, raw);
        let mut bench = Bench::new(Vec::new());
        (bench.samples, bench.last) = (vec![good(1, 1), good(2, 2), good(3, 3), good(9, 4)], vec![None; 1]);
        assert_eq!(bench.hand_out(5).len(), 4);
        // The last good one from before stays, for an edge that lies before the next one.
        assert_eq!(bench.samples, [good(3, 3), good(9, 4)]);
        bench.samples.push(good(11, 5));
        assert_eq!(bench.hand_out(10), [good(11, 5)]);
        assert_eq!(bench.samples, [good(9, 4), good(11, 5)]);
        assert!(bench.hand_out(10).is_empty());
    }

    #[test]
    fn samples_reach_to_the_next_good_one_beyond_each_edge() {
        let good = |t_ns| Sample::good(t_ns, 0, 0);
        let failed = |t_ns| Sample::failed(t_ns, 0, FaultKind::Gone);
        let other = |t_ns| Sample::good(t_ns, 1, 0);
        let samples = vec![
            good(0),
            good(10),
            other(12),
            failed(15),
            good(30),
            failed(45),
            good(50),
            other(55),
            good(60),
        ];
        let mut bench = Bench::new(Vec::new());
        (bench.samples, bench.last) = (samples, vec![None; 2]);
        let cases = [
            ((20, 40), vec![good(10), other(12), failed(15), good(30), failed(45), good(50), other(55)]),
            ((10, 30), vec![good(10), other(12), failed(15), good(30), other(55)]),
            ((-5, 5), vec![good(0), good(10), other(12)]),
            ((58, 70), vec![good(50), other(55), good(60)]),
        ];
        for ((from, to), expected) in cases {
            assert_eq!(bench.around(from, to), expected, "{from} to {to}");
        }
    }
}
