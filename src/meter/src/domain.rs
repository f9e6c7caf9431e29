//! A domain: one thing whose energy a meter reads, and how far its readings can be trusted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::units::{Joules, Seconds, Watts};

/// Where a number of joules comes from. Classes are never added, compared or gated against one another,
/// so they have no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The hardware counted energy.
    Counter,
    /// Power readings were integrated over time.
    Integrated,
    /// A model with declared watts turned something else, such as CPU time, into energy.
    Estimated,
    /// Made up, for trying the tool itself.
    Simulated,
}

impl Class {
    /// The word used in tables: `counter`, `integrated`, `estimated`, `simulated`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Integrated => "integrated",
            Self::Estimated => "estimated",
            Self::Simulated => "simulated",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a raw reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleKind {
    /// Energy since some moment; only differences mean something.
    Counter,
    /// Power at, or averaged up to, the moment of the reading.
    Power,
}

impl SampleKind {
    /// The word used in tables: `counter`, `power`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Power => "power",
        }
    }
}

impl fmt::Display for SampleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing whose energy a meter reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Domain {
    /// `cpu`, `sim`, `package:0`, `gpu:0` …; unique in a run. A second view of the same thing has the
    /// way it is read behind an `@`: `gpu:0@power`, `package:0@powercap`.
    pub name: String,
    /// The meter's name in [`METERS`](crate::METERS).
    pub meter: String,
    /// Where its joules come from.
    pub class: Class,
    /// What its raw readings are.
    pub kind: SampleKind,
    /// What it is, so that nothing is counted twice.
    pub place: Place,
    /// The domain that this is a second view of: compared with it, never added.
    pub witness_of: Option<String>,
    /// Where it is read, for people: a driver's call and device, a PMU's event, a path.
    pub source: String,
    /// What one raw unit is, as the source says it (`ns`, `uJ`, `mW` …).
    pub unit: String,
    /// Joules (counters) or watts (power) per raw unit; above 0.
    pub scale: f64,
    /// Declared power that is added for all wall time, for example an idle share; 0 for hardware.
    pub constant: Watts,
    /// Time between two updates of the value, where the source declares it; None: it must be observed.
    pub update_period: Option<Seconds>,
    /// Time between two updates as seen when the counter was watched closely at the start of a run. It tells
    /// how many fit into a window where readings are further apart; None: nobody watched, or none was seen.
    #[serde(default)]
    pub seen_period: Option<Seconds>,
    /// A reading shows the value of the last update, so it can be up to one update period old. False
    /// where the value is exact at the time it is stamped with.
    pub stale: bool,
    /// Smallest step that can be told apart: joules of a counter; of power, its step times one second.
    pub resolution: Joules,
    /// Relative uncertainty of gain or declared watts (one sigma): common to all windows of a run, so it
    /// cancels in ratios.
    pub u_scale: f64,
    /// Relative error that ratios keep because the model is only a model; 0 for hardware.
    pub model_error: f64,
    /// When the counter starts again at 0.
    pub wrap: Wrap,
    /// Nothing of the kind draws more; a reading that means more is a fault, not energy.
    pub plausible: Watts,
}

/// When a counter starts again at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrap {
    /// Not in the life of a machine.
    Never,
    /// After so many distinct raw values.
    At(u64),
    /// It does not, but a register behind it does after so many raw units: unread for a whole round, it
    /// misses that round (the kernel's perf counters of RAPL).
    Behind(u64),
    /// At some value that the source does not tell: what is lost when it falls is unknown.
    Unknown,
}

impl Domain {
    /// Whether its numbers can be those of a domain; a stored one may have been damaged.
    pub fn is_sound(&self) -> bool {
        let above_zero = |number: f64| number.is_finite() && number > 0.0;
        let at_least_zero = |number: f64| number.is_finite() && number >= 0.0;
        above_zero(self.scale)
            && above_zero(self.plausible.0)
            && [self.update_period, self.seen_period].into_iter().flatten().all(|period| above_zero(period.0))
            && [self.constant.0, self.resolution.0, self.u_scale, self.model_error]
                .into_iter()
                .all(at_least_zero)
            && !matches!(self.wrap, Wrap::At(0) | Wrap::Behind(0))
    }

    /// Energy of one round of the counter, or of the register behind it; None: it does not wrap, or at an
    /// unknown value.
    pub fn round(&self) -> Option<Joules> {
        match self.wrap {
            Wrap::At(units) | Wrap::Behind(units) => Some(Joules(units as f64 * self.scale)),
            Wrap::Never | Wrap::Unknown => None,
        }
    }

    /// Whether its updates are far enough apart that it pays to look for the moment of one.
    pub fn ticks(&self) -> bool {
        let slow = self.update_period.is_none_or(|period| period >= SLOW_UPDATES);
        self.kind == SampleKind::Counter && self.stale && slow
    }
}

/// What is left of domains without those at the indices `dead`, in their places. A second view takes the
/// place and name of a first one that is left out.
pub(crate) fn survivors(domains: &[Domain], dead: &[u16]) -> Vec<Option<Domain>> {
    let is_dead = |index: usize| dead.iter().any(|dead| usize::from(*dead) == index);
    let lost: Vec<&str> = domains
        .iter()
        .enumerate()
        .filter(|(index, _)| is_dead(*index))
        .map(|(_, domain)| domain.name.as_str())
        .collect();
    let survivor = |(index, domain): (usize, &Domain)| {
        if is_dead(index) {
            return None;
        }
        let mut domain = domain.clone();
        if let Some(first) = domain.witness_of.take_if(|first| lost.contains(&first.as_str())) {
            domain.name = first;
        }
        Some(domain)
    };
    domains.iter().enumerate().map(survivor).collect()
}

/// Counters that are updated at least this often are as good as exact: RAPL's millisecond is a thousandth
/// of the shortest sensible window.
const SLOW_UPDATES: Seconds = Seconds(0.005);

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A counter of microjoules that is exact when read, for tests.
    pub(crate) fn plain_counter() -> Domain {
        Domain {
            name: "test".to_owned(),
            meter: "sim".to_owned(),
            class: Class::Simulated,
            kind: SampleKind::Counter,
            place: Place::MadeUp,
            witness_of: None,
            source: "a test".to_owned(),
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
            plausible: Watts(20_000.0),
        }
    }

    #[test]
    fn a_second_view_takes_the_place_of_a_first_one_that_is_left_out() {
        let view = |name: &str, of: Option<&str>| Domain {
            name: name.to_owned(),
            witness_of: of.map(str::to_owned),
            ..plain_counter()
        };
        let domains = [view("a", None), view("a@b", Some("a")), view("c", None), view("c@b", Some("c"))];
        let left = survivors(&domains, &[0, 3]);
        let told: Vec<_> =
            left.iter().map(|d| d.as_ref().map(|d| (&*d.name, d.witness_of.as_deref()))).collect();
        assert_eq!(told, [None, Some(("a", None)), Some(("c", None)), None]);
    }

    #[test]
    fn the_words_in_tables_are_the_serialised_ones() {
        for class in [Class::Counter, Class::Integrated, Class::Estimated, Class::Simulated] {
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
        for kind in [SampleKind::Counter, SampleKind::Power] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }
}
