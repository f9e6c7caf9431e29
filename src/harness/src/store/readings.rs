//! The raw readings of a stored run: no more of them in memory than a window needs.

use std::collections::VecDeque;

use anyhow::Result;
use harness_meter::{Domain, Sample, around};

use super::RunFolder;
use crate::record::SampleRecord;
use crate::stop::Stop;
use crate::table::Source;

/// Row groups that are kept decoded: a window and its neighbours.
const KEPT: usize = 4;

/// Row groups beyond a window in which a domain's nearest good reading is looked for with all readings between. What
/// lies farther off is taken alone.
const REACH: usize = 2;

/// Readings of a run folder, found by time.
pub struct StoredReadings {
    domains: Vec<Domain>,
    sources: Vec<Source<SampleRecord>>,
    groups: Vec<Group>,
    decoded: VecDeque<(usize, Vec<(u16, Sample)>)>,
}

/// What is known of one session's readings in one row group.
struct Group {
    source: usize,
    number: usize,
    session: u16,
    first_ns: i64,
    last_ns: i64,
    /// The first and the last good reading of each domain.
    good: Vec<Option<(Sample, Sample)>>,
}

impl StoredReadings {
    /// Looks through all readings once.
    ///
    /// # Errors
    /// A [`Stop`] where they are missing, damaged, or of domains that the manifest does not name.
    pub fn open(folder: &RunFolder, domains: Vec<Domain>) -> Result<Self> {
        let sources = folder.sources::<SampleRecord>()?;
        let mut readings = Self { domains, sources, groups: Vec::new(), decoded: VecDeque::new() };
        for source in 0..readings.sources.len() {
            for number in 0..readings.sources[source].groups() {
                let samples = readings.decode(source, number)?;
                readings.note(source, number, &samples);
            }
        }
        Ok(readings)
    }

    /// What was read.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// The samples of one session between two moments, ns, and for each domain those back to its last good one at or
    /// before the first and on to its first good one at or after the second.
    ///
    /// # Errors
    /// A file has changed since it was opened.
    pub fn around(&mut self, session: u16, from_ns: i64, to_ns: i64) -> Result<Vec<Sample>> {
        let own: Vec<usize> =
            (0..self.groups.len()).filter(|group| self.groups[*group].session == session).collect();
        let near = |place: &usize| {
            let group = &self.groups[own[*place]];
            group.last_ns >= from_ns && group.first_ns <= to_ns
        };
        let places: Vec<usize> = (0..own.len()).filter(near).collect();
        let earlier = own.iter().take_while(|group| self.groups[**group].last_ns < from_ns).count();
        let first = places.first().copied().unwrap_or(earlier);
        let behind = places.last().map_or(earlier, |last| last + 1);
        let (mut from, mut to) = (first, behind);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for domain in 0..self.domains.len() {
            let good = |place: usize| self.groups[own[place]].good[domain];
            let is_before = |place: &usize| good(*place).is_some_and(|(first, _)| first.t_ns <= from_ns);
            match (0..behind).rev().find(is_before) {
                Some(place) if place + REACH >= first => from = from.min(place),
                Some(place) => before.extend(good(place).map(|(_, last)| last)),
                None => {}
            }
            let is_after = |place: &usize| good(*place).is_some_and(|(_, last)| last.t_ns >= to_ns);
            match (first..own.len()).find(is_after) {
                Some(place) if place < behind + REACH => to = to.max(place + 1),
                Some(place) => after.extend(good(place).map(|(first, _)| first)),
                None => {}
            }
        }
        let mut samples = before;
        for group in &own[from..to] {
            let (source, number) = (self.groups[*group].source, self.groups[*group].number);
            let decoded = self.group(source, number)?;
            samples.extend(decoded.iter().filter(|(of, _)| *of == session).map(|(_, sample)| *sample));
        }
        samples.extend(after);
        Ok(around(&samples, self.domains.len(), from_ns, to_ns))
    }

    fn note(&mut self, source: usize, number: usize, samples: &[(u16, Sample)]) {
        let begun = self.groups.len();
        for (session, sample) in samples {
            let known = self.groups[begun..].iter_mut().find(|group| group.session == *session);
            let group = match known {
                Some(group) => group,
                None => {
                    self.groups.push(Group {
                        source,
                        number,
                        session: *session,
                        first_ns: sample.t_ns,
                        last_ns: sample.t_ns,
                        good: vec![None; self.domains.len()],
                    });
                    let last = self.groups.len() - 1;
                    &mut self.groups[last]
                }
            };
            group.first_ns = group.first_ns.min(sample.t_ns);
            group.last_ns = group.last_ns.max(sample.t_ns);
            if sample.fault.is_none() {
                let (first, last) = group.good[usize::from(sample.domain)].get_or_insert((*sample, *sample));
                if sample.t_ns < first.t_ns {
                    *first = *sample;
                }
                if sample.t_ns >= last.t_ns {
                    *last = *sample;
                }
            }
        }
    }

    /// The samples of a row group, decoded before or now.
    fn group(&mut self, source: usize, number: usize) -> Result<&[(u16, Sample)]> {
        // Sources are few row groups each, so a running number names a group.
        let key = self.sources.iter().take(source).map(Source::groups).sum::<usize>() + number;
        let place = match self.decoded.iter().position(|(known, _)| *known == key) {
            Some(place) => place,
            None => {
                let samples = self.decode(source, number)?;
                if self.decoded.len() == KEPT {
                    self.decoded.pop_front();
                }
                self.decoded.push_back((key, samples));
                self.decoded.len() - 1
            }
        };
        Ok(&self.decoded[place].1)
    }

    fn decode(&self, source: usize, number: usize) -> Result<Vec<(u16, Sample)>> {
        let rows = self.sources[source].group(number).map_err(|error| Stop::missing(error.to_string()))?;
        let sample = |row: SampleRecord| {
            let is_it = |domain: &Domain| domain.name == row.domain && domain.meter == row.meter;
            let domain = self.domains.iter().position(is_it).ok_or_else(|| {
                Stop::missing(format!(
                    "`samples.parquet` names the domain `{}`, the manifest does not\nhelp: the run folder is damaged; run the suite again",
                    row.domain
                ))
            })?;
            let sample = Sample {
                t_ns: row.t_ns,
                domain: domain as u16,
                raw: row.raw,
                fault: row.fault,
                took_ns: row.took_ns.unwrap_or(0).max(0),
                driver_t_us: row.driver_t_us,
            };
            Ok((row.session, sample))
        };
        rows.into_iter().map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Part;
    use harness_meter::{Class, FaultKind, Joules, Place, SampleKind, Watts, Wrap};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn domain(name: &str) -> Domain {
        Domain {
            name: name.to_owned(),
            meter: "sim".to_owned(),
            class: Class::Simulated,
            kind: SampleKind::Counter,
            place: Place::MadeUp,
            witness_of: None,
            source: String::new(),
            unit: "uJ".to_owned(),
            scale: 1e-6,
            constant: Watts(0.0),
            update_period: None,
            seen_period: None,
            stale: false,
            resolution: Joules(1e-6),
            u_scale: 0.0,
            model_error: 0.0,
            wrap: Wrap::Never,
            plausible: Watts(1e3),
        }
    }

    #[test]
    fn a_window_gets_the_same_readings_from_parts_as_from_all_of_them() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let domains = vec![domain("a"), domain("b")];
        for _ in 0..20 {
            let out = tempfile::tempdir().unwrap();
            let folder = RunFolder::create(out.path(), "x").unwrap();
            let mut all: Vec<(u16, Sample)> = Vec::new();
            for step in 0..8_u32 {
                let session = u16::from(step >= 5);
                // The second session's clock starts anew; between parts nobody reads for a while.
                let start = 1000 * i64::from(step % 5) + random.random_range(0..300);
                let mut samples: Vec<Sample> = (0..random.random_range(0..30))
                    .map(|number| {
                        let (t_ns, domain) = (start + 10 * number, random.random_range(0..2));
                        match random.random_range(0..5) {
                            0 => Sample::failed(t_ns, domain, FaultKind::Gone),
                            _ => Sample::good(t_ns, domain, number as u64),
                        }
                    })
                    .collect();
                samples.iter_mut().for_each(|sample| sample.took_ns = 1);
                let row = |sample: &Sample| SampleRecord {
                    session,
                    t_ns: sample.t_ns,
                    meter: "sim".to_owned(),
                    domain: domains[usize::from(sample.domain)].name.clone(),
                    kind: SampleKind::Counter,
                    raw: sample.raw,
                    unit: "uJ".to_owned(),
                    scale: 1e-6,
                    fault: sample.fault,
                    driver_t_us: None,
                    took_ns: Some(1),
                };
                let part = Part { samples: samples.iter().map(row).collect(), ..Part::default() };
                folder.write(step, &part).unwrap();
                all.extend(samples.into_iter().map(|sample| (session, sample)));
            }
            let mut readings = StoredReadings::open(&folder, domains.clone()).unwrap();
            for _ in 0..40 {
                let session = random.random_range(0..2);
                let from = random.random_range(-100..5500);
                let to = from + random.random_range(0..600);
                let own: Vec<Sample> =
                    all.iter().filter(|(of, _)| *of == session).map(|(_, sample)| *sample).collect();
                let expected = around(&own, 2, from, to);
                let found = readings.around(session, from, to).unwrap();
                // What lies far off is taken alone: then only the nearest good ones must be there.
                let nearest = |samples: &[Sample], domain: u16| {
                    let good = || samples.iter().filter(move |s| s.domain == domain && s.fault.is_none());
                    let before = good().filter(|s| s.t_ns <= from).map(|s| s.t_ns).max();
                    let within: Vec<&Sample> = samples
                        .iter()
                        .filter(|s| s.domain == domain && (from..=to).contains(&s.t_ns))
                        .collect();
                    let after = good().filter(|s| s.t_ns >= to).map(|s| s.t_ns).min();
                    format!("{before:?} {within:?} {after:?}")
                };
                for domain in 0..2 {
                    assert_eq!(nearest(&found, domain), nearest(&expected, domain), "{session} {from} {to}");
                }
            }
        }
    }
}
