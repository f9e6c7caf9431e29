//! A recording of raw readings: the rows of a table `samples`, from a run or from elsewhere.

use std::collections::HashMap;

use crate::domain::{Class, Domain, SampleKind, Wrap};
use crate::fault::FaultKind;
use crate::place::Place;
use crate::sample::Sample;
use crate::spacing::{gaps, upper_median};
use crate::units::{Joules, Seconds, Watts};

/// A recording does not tell the accuracy of its sensors; this is the usual one.
const U_SCALE: f64 = 0.05;

/// Nor what its devices can draw at most.
const PLAUSIBLE: Watts = Watts(20_000.0);

/// No counter known to us is updated more rarely, so readings further apart show an update each.
const LONGEST_UPDATE: Seconds = Seconds(0.25);

/// Raw readings of some domains, in the order in which they were taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What was read, in order of first appearance: class simulated, place as the name tells, one raw
    /// unit as resolution, unknown wrap. Several views of one thing (`gpu:0`, `gpu:0@power`) keep
    /// being views of it.
    pub domains: Vec<Domain>,
    /// [`Sample::domain`] is an index into `domains`. Never empty.
    pub samples: Vec<Sample>,
}

/// One row of a table `samples`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// When it was read, ns of any clock that is the same in all rows.
    pub t_ns: i64,
    /// The meter that read it.
    pub meter: String,
    /// The domain's name.
    pub domain: String,
    /// Whether `raw` counts energy or states power.
    pub kind: SampleKind,
    /// The integer as read; means nothing where `fault` is set.
    pub raw: u64,
    /// Unit of `raw` as the source names it.
    pub unit: String,
    /// Joules or watts per raw unit; above 0.
    pub scale: f64,
    /// Why the reading failed.
    pub fault: Option<FaultKind>,
    /// How long the call took that read it, ns; 0 where nobody noted it.
    pub took_ns: i64,
    /// The driver's own time stamp, µs.
    pub driver_t_us: Option<i64>,
}

/// Why something is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct RecordingError {
    /// `line 7` of a file, `row 6` of a table (from 0), or `the recording`.
    pub place: String,
    /// What was found there, and what was expected.
    pub problem: String,
}

impl Recording {
    /// Makes a recording of rows in the order in which they were read.
    ///
    /// # Errors
    /// There is none, or one makes no sense or contradicts an earlier one.
    pub fn from_rows(rows: impl IntoIterator<Item = Row>) -> Result<Self, RecordingError> {
        let mut builder = Builder::default();
        for (index, row) in rows.into_iter().enumerate() {
            builder.push(row).map_err(|problem| error(format!("row {index}"), problem))?;
        }
        builder.finish()
    }

    /// From the first reading to the last.
    pub fn length(&self) -> Seconds {
        let ends = self.samples.first().zip(self.samples.last());
        ends.map_or(Seconds(0.0), |(first, last)| Seconds::between(first.t_ns, last.t_ns))
    }
}

pub(super) fn error(place: String, problem: impl Into<String>) -> RecordingError {
    RecordingError { place, problem: problem.into() }
}

/// A recording in the making.
#[derive(Default)]
pub(super) struct Builder {
    domains: Vec<Domain>,
    /// The recorded meter of each domain.
    meters: Vec<String>,
    index: HashMap<String, u16>,
    samples: Vec<Sample>,
}

impl Builder {
    pub(super) fn push(&mut self, row: Row) -> Result<(), String> {
        let index = match self.index.get(&row.domain) {
            Some(&index) => index,
            None => self.add(&row)?,
        };
        let place = usize::from(index);
        if let Some((domain, meter)) = self.domains.get(place).zip(self.meters.get(place))
            && (domain.kind, &domain.unit, domain.scale, meter)
                != (row.kind, &row.unit, row.scale, &row.meter)
        {
            let name = &row.domain;
            return Err(format!("`{name}` has another meter, kind, unit or scale than in earlier rows"));
        }
        let Row { t_ns, raw, fault, took_ns, driver_t_us, .. } = row;
        self.samples.push(Sample { t_ns, domain: index, raw, fault, took_ns, driver_t_us });
        Ok(())
    }

    fn add(&mut self, row: &Row) -> Result<u16, String> {
        if row.domain.is_empty() {
            return Err("`domain` is empty, expected a name".to_owned());
        }
        if !(row.scale.is_finite() && row.scale > 0.0) {
            return Err(format!("`scale` is `{}`, expected a number above 0", row.scale));
        }
        let index = u16::try_from(self.domains.len()).map_err(|_| "more than 65,536 domains".to_owned())?;
        self.domains.push(Domain {
            name: row.domain.clone(),
            meter: "replay".to_owned(),
            class: Class::Simulated,
            kind: row.kind,
            place: Place::of_name(&row.domain).unwrap_or(Place::MadeUp),
            witness_of: None,
            source: format!("recorded `{}` of meter `{}`", row.domain, row.meter),
            unit: row.unit.clone(),
            scale: row.scale,
            constant: Watts(0.0),
            update_period: None,
            seen_period: None,
            stale: true,
            resolution: Joules(row.scale),
            u_scale: U_SCALE,
            model_error: 0.0,
            wrap: Wrap::Unknown,
            plausible: PLAUSIBLE,
        });
        self.meters.push(row.meter.clone());
        self.index.insert(row.domain.clone(), index);
        Ok(index)
    }

    pub(super) fn finish(self) -> Result<Recording, RecordingError> {
        let Self { domains, samples, .. } = self;
        if samples.is_empty() {
            return Err(error("the recording".to_owned(), "no readings, expected at least one"));
        }
        let finished = |(index, domain): (u16, &Domain)| Domain {
            witness_of: seen_twice(&domains, domain),
            update_period: update_period(domain, index, &samples),
            ..domain.clone()
        };
        let domains = (0..).zip(&domains).map(finished).collect();
        Ok(Recording { domains, samples })
    }
}

/// The domain that this is a second view of: the one without `@`, else the first.
fn seen_twice(domains: &[Domain], domain: &Domain) -> Option<String> {
    let (thing, _) = domain.name.split_once('@')?;
    let plain = domains.iter().find(|other| other.name == thing);
    let same = |other: &&Domain| other.name.split_once('@').is_some_and(|(other, _)| other == thing);
    let first = plain.or_else(|| domains.iter().find(same))?;
    (first.name != domain.name).then(|| first.name.clone())
}

/// The usual time between two readings where that is the time between two updates as far as anybody can
/// tell: of power always. A counter that is read often may be updated more rarely than it is read.
fn update_period(domain: &Domain, index: u16, samples: &[Sample]) -> Option<Seconds> {
    let times = samples.iter().filter(|sample| sample.domain == index).map(|sample| sample.t_ns);
    let spacing = upper_median(gaps(times)).map(Seconds)?;
    let updates = domain.kind == SampleKind::Power || spacing > LONGEST_UPDATE;
    (updates && spacing.0 > 0.0).then_some(spacing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(t_ns: i64, domain: &str, raw: u64) -> Row {
        Row {
            t_ns,
            meter: "any".to_owned(),
            domain: domain.to_owned(),
            kind: if domain.contains("power") { SampleKind::Power } else { SampleKind::Counter },
            raw,
            unit: "uJ".to_owned(),
            scale: 1e-6,
            fault: None,
            took_ns: 0,
            driver_t_us: None,
        }
    }

    fn of(names: &[&str]) -> Result<Recording, String> {
        let rows = names.iter().map(|name| row(0, name, 0));
        Recording::from_rows(rows).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_that_contradict_one_another_are_refused_by_number() {
        let rows = [row(0, "gpu:0", 1), Row { unit: "J".to_owned(), ..row(1, "gpu:0", 2) }];
        let error = Recording::from_rows(rows).unwrap_err();
        assert_eq!(error.place, "row 1");
    }

    #[test]
    fn second_views_stay_second_views() {
        let recording = of(&["gpu:0@power", "gpu:0", "gpu:1@a", "gpu:1@power", "gpu:1@b"]).unwrap();
        let views: Vec<Option<&str>> =
            recording.domains.iter().map(|domain| domain.witness_of.as_deref()).collect();
        assert_eq!(views, [Some("gpu:0"), None, None, Some("gpu:1@a"), Some("gpu:1@a")]);
    }

    #[test]
    fn the_update_period_is_told_where_readings_are_far_apart_or_state_power() {
        let period = |name: &str, ms: i64| {
            let rows = (0..5).map(|index| row(index * ms * 1_000_000, name, 0));
            Recording::from_rows(rows).unwrap().domains[0].update_period
        };
        assert_eq!(period("gpu:0", 100), None);
        assert_eq!(period("gpu:0", 1000), Some(Seconds(1.0)));
        assert_eq!(period("gpu:0@power", 100), Some(Seconds(0.1)));
        assert_eq!(period("gpu:0@power", 0), None);
    }
}
