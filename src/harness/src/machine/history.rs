//! What the control workload took in earlier sessions, and whether a new session fits.
//!
//! A session is judged against those before it by the interval in which one more is expected. One that falls outside is
//! kept apart; four in a row that agree are a new state of the machine (firmware, cooling, memory), and the history
//! begins again with them.

use harness_meter::Domain;
use harness_stats::{prediction_of_ratio, prediction_p};
use serde::{Deserialize, Serialize};

use super::{Control, ControlFacts};
use crate::hash;

/// The history's file in the folder of a machine.
pub const CONTROL_HISTORY: &str = "control.jsonl";

/// Fewer earlier sessions predict nothing worth refusing a run for.
pub const FEWEST_SESSIONS: usize = 4;

/// The newest sessions that a new one is held against: machines age.
const MOST_SESSIONS: usize = 20;

/// Chance that a session which fits is called one that does not; shared by joules and seconds.
const CHANCE: f64 = 0.01;

/// A smaller shift, relative, never counts, however alike earlier sessions were.
const SMALLEST_SHIFT: f64 = 0.01;

/// Sessions agree that lie this close together, relative.
const AGREE: f64 = 0.03;

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlSession {
    /// When the run began.
    pub utc: String,
    /// Version of the program.
    pub harness_version: String,
    /// Names of the counted domains.
    pub domains: Vec<String>,
    /// What makes joules of these domains comparable, as [`meter_key`] tells it.
    pub meter_key: String,
    /// What the workload took.
    pub control: ControlFacts,
}

/// How a session lies to those before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fit {
    /// There are too few, so many.
    Short(usize),
    /// It fits so many.
    Inside(usize),
    /// It does not, in a sentence.
    Outside(String),
    /// It does not, but agrees with the sessions just before it: the history begins again with them. In a sentence.
    Changed(String),
}

/// A hash of what the counted domains are: joules of others do not compare.
pub fn meter_key(counted: &[&Domain]) -> String {
    let told = |domain: &&Domain| {
        let Domain { name, meter, scale, constant, .. } = domain;
        format!("{name}\n{meter}\n{}\n{scale:e}\n{:e}\n", domain.class, constant.0)
    };
    hash::text(&counted.iter().map(told).collect::<String>()).chars().take(16).collect()
}

/// Holds the new session against earlier ones, oldest first; those of other meters, classes or versions of the workload
/// are passed over.
pub fn fit(earlier: &[ControlSession], new: &ControlSession) -> Fit {
    let alike = |old: &&ControlSession| {
        old.meter_key == new.meter_key
            && (old.control.version, old.control.class) == (new.control.version, new.control.class)
    };
    let mut known = Known::default();
    for old in earlier.iter().filter(alike) {
        known.take(typical(&old.control));
    }
    known.take(typical(&new.control))
}

/// A session's joules and seconds: the geometric mean of its first and last time.
fn typical(control: &ControlFacts) -> Control {
    let Control { joules, seconds } = control.first;
    let last = control.last.unwrap_or(control.first);
    Control { joules: (joules * last.joules).sqrt(), seconds: (seconds * last.seconds).sqrt() }
}

/// The sessions that hold, and those in a row that did not fit them.
#[derive(Default)]
struct Known {
    kept: Vec<Control>,
    apart: Vec<Control>,
}

/// What is held against earlier sessions.
struct Quantity {
    name: &'static str,
    unit: &'static str,
    number: fn(&Control) -> f64,
}

const QUANTITIES: [Quantity; 2] = [
    Quantity { name: "energy", unit: "J", number: |control| control.joules },
    Quantity { name: "time", unit: "s", number: |control| control.seconds },
];

impl Known {
    fn take(&mut self, new: Control) -> Fit {
        let count = self.kept.len();
        let told = if count < FEWEST_SESSIONS { None } else { outside(&self.kept, &new) };
        let Some(told) = told else {
            self.apart.clear();
            self.kept.push(new);
            if self.kept.len() > MOST_SESSIONS {
                self.kept.remove(0);
            }
            return if count < FEWEST_SESSIONS { Fit::Short(count) } else { Fit::Inside(count) };
        };
        self.apart.push(new);
        if self.apart.len() > FEWEST_SESSIONS {
            self.apart.remove(0);
        }
        if self.apart.len() == FEWEST_SESSIONS && agree(&self.apart) {
            self.kept = std::mem::take(&mut self.apart);
            return Fit::Changed(format!(
                "{told}, as were the {} sessions before it, which agree: the machine has changed, and its history begins again with them",
                FEWEST_SESSIONS - 1
            ));
        }
        Fit::Outside(told)
    }
}

/// Where a session lies outside of what earlier ones predict, in a sentence without full stop.
fn outside(kept: &[Control], new: &Control) -> Option<String> {
    let each = CHANCE / QUANTITIES.len() as f64;
    QUANTITIES.iter().find_map(|Quantity { name, unit, number }| {
        let values: Vec<f64> = kept.iter().map(number).collect();
        let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        let expected = prediction_of_ratio(&values, 1.0 - each)?;
        let (value, (lo, hi)) = (number(new), expected.lo.zip(expected.hi)?);
        let shift = (value / expected.value).ln().abs();
        let unlikely = prediction_p(&logs, value.ln())? < each;
        (unlikely && shift > SMALLEST_SHIFT.ln_1p()).then(|| {
            format!(
                "the {name} of the control workload, {value:.4} {unit}, lies outside of what {} earlier sessions predict, {lo:.4} to {hi:.4} {unit}",
                values.len()
            )
        })
    })
}

fn agree(sessions: &[Control]) -> bool {
    QUANTITIES.iter().all(|Quantity { number, .. }| {
        let values = || sessions.iter().map(number);
        values().reduce(f64::max) <= values().reduce(f64::min).map(|least| least * (1.0 + AGREE))
    })
}

#[cfg(test)]
mod tests {
    use harness_meter::Class;

    use super::*;

    fn session(joules: f64, seconds: f64) -> ControlSession {
        let control = Control { joules, seconds };
        ControlSession {
            utc: String::new(),
            harness_version: String::new(),
            domains: vec!["package:0".into()],
            meter_key: "a".into(),
            control: ControlFacts { version: 1, class: Class::Counter, first: control, last: Some(control) },
        }
    }

    fn sessions(joules: &[f64]) -> Vec<ControlSession> {
        joules.iter().map(|joules| session(*joules, 4.0)).collect()
    }

    const USUAL: [f64; 5] = [40.0, 40.4, 39.8, 40.1, 40.2];

    #[test]
    fn the_fifth_session_is_the_first_that_is_judged() {
        let mut earlier = Vec::new();
        for (count, joules) in USUAL.into_iter().take(FEWEST_SESSIONS).enumerate() {
            assert_eq!(fit(&earlier, &session(90.0 * (count + 1) as f64, 4.0)), Fit::Short(count));
            earlier.push(session(joules, 4.0));
        }
        assert_eq!(fit(&earlier, &session(40.3, 4.0)), Fit::Inside(4));
        let Fit::Outside(told) = fit(&earlier, &session(50.0, 4.0)) else { panic!() };
        assert!(told.starts_with("the energy of the control workload, 50.0000 J, lies outside"), "{told}");
        let Fit::Outside(told) = fit(&earlier, &session(40.0, 4.5)) else { panic!() };
        assert!(told.contains("the time of the control workload, 4.5000 s"), "{told}");
    }

    #[test]
    fn sessions_that_are_all_alike_do_not_make_one_percent_a_finding() {
        let earlier = sessions(&[40.0; 6]);
        assert_eq!(fit(&earlier, &session(40.39, 4.0)), Fit::Inside(6));
        assert!(matches!(fit(&earlier, &session(40.5, 4.0)), Fit::Outside(_)));
    }

    #[test]
    fn a_shift_that_stays_becomes_the_history_and_one_that_passes_does_not() {
        let new = session(50.2, 4.0);
        let shifted = sessions(&[&USUAL[..], &[50.0, 50.1, 49.9]].concat());
        assert!(matches!(fit(&shifted[..7], &new), Fit::Outside(_)));
        assert!(matches!(fit(&shifted, &new), Fit::Changed(_)));
        let after = sessions(&[&USUAL[..], &[50.0, 50.1, 49.9, 50.2]].concat());
        assert_eq!(fit(&after, &new), Fit::Inside(4));
        assert!(matches!(fit(&after, &session(40.0, 4.0)), Fit::Outside(_)));
        // One good session between them, or four that do not agree.
        let passed = sessions(&[&USUAL[..], &[50.0, 50.1, 40.0, 49.9]].concat());
        assert!(matches!(fit(&passed, &new), Fit::Outside(_)));
        let wild = sessions(&[&USUAL[..], &[50.0, 60.0, 70.0]].concat());
        assert!(matches!(fit(&wild, &new), Fit::Outside(_)));
    }

    #[test]
    fn sessions_of_other_meters_classes_and_versions_do_not_count() {
        let mut earlier = sessions(&USUAL);
        earlier[0].meter_key = "b".into();
        earlier[1].control.class = Class::Estimated;
        earlier[2].control.version = 2;
        assert_eq!(fit(&earlier, &session(90.0, 4.0)), Fit::Short(2));
    }

    #[test]
    fn impossible_numbers_refuse_nothing_and_do_not_panic() {
        let earlier = sessions(&[0.0, -1.0, f64::NAN, 40.0, 40.1]);
        assert!(matches!(fit(&earlier, &session(40.0, 4.0)), Fit::Inside(_)));
    }
}
