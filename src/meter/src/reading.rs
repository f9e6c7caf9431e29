//! What a window measured, when it counts, and why it may not.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::FaultKind;
use crate::units::{Joules, Seconds, Watts};

/// When a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Fewest updates of the value that fit into the window. 50 keep the part of each edge below 2 %.
    pub min_updates: u32,
    /// Longest time between two readings of power, in periods.
    pub max_gap_periods: u32,
    /// Largest relative difference between two views of the same thing.
    pub max_disagreement: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { min_updates: 50, max_gap_periods: 3, max_disagreement: 0.05 }
    }
}

/// What a window measured, or why it did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Gross energy, constant part included. None exactly where `reason` is set.
    pub energy: Option<Joules>,
    /// Uncertainty that differs from window to window, one sigma.
    pub u_indep: Option<Joules>,
    /// Relative uncertainty common to all windows of a run, one sigma.
    pub u_scale_rel: Option<f64>,
    /// Updates of the value that were seen inside the window. Each reading is one where the domain's
    /// readings are exact; elsewhere each reading that differs from the one before.
    pub updates: u32,
    /// Time between two updates: as declared, else the median that was seen.
    pub update_period: Option<Seconds>,
    /// Smallest step that can be told apart.
    pub resolution: Option<Joules>,
    /// Longest time between two good readings, edges included.
    pub max_gap: Option<Seconds>,
    /// How much more (or less) a second view of the same thing says, relative; None: there is none, or
    /// one of the two has no energy.
    pub disagreement_rel: Option<f64>,
    /// The window counts.
    pub valid: bool,
    /// Why it does not.
    pub reason: Option<Reason>,
}

impl Reading {
    /// Takes the energy away, with a reason; the first reason stays.
    pub fn refuse(&mut self, reason: Reason) {
        self.energy = None;
        self.u_indep = None;
        self.u_scale_rel = None;
        self.valid = false;
        self.reason.get_or_insert(reason);
    }
}

/// Which edge of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its start.
    Start,
    /// Its end.
    End,
}

/// Why a window has no energy.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The window has no length.
    NoLength,
    /// A reading inside the window failed.
    ReadFailed(FaultKind),
    /// There is no good reading at or beyond an edge.
    Unbracketed(Edge),
    /// The readings' clock was set back.
    ClockStep,
    /// The counter fell and does not wrap, or fell further than a wrap could explain: it was reset.
    CounterReset,
    /// The counter fell, and where it wraps is unknown.
    NoRange,
    /// Nobody read for so long that the counter could have wrapped more than once.
    MayHaveWrapped {
        /// Time between two readings.
        gap: Seconds,
        /// One round at the most plausible power.
        round: Seconds,
    },
    /// The counter stood still for far longer than it does between updates.
    CounterStuck {
        /// How long.
        still: Seconds,
    },
    /// More power than anything of the kind draws.
    Implausible {
        /// What two readings would mean.
        power: Watts,
        /// The most that is plausible.
        limit: Watts,
    },
    /// A sensor says that nothing is drawn, which no device does that is there.
    ZeroPower,
    /// Nobody read for so long that something was lost.
    Gap {
        /// The longest time between two readings.
        longest: Seconds,
        /// What would have been allowed.
        limit: Seconds,
    },
    /// The window is too short for a value that is updated so rarely.
    TooFewUpdates {
        /// Updates that fit into the window.
        seen: u32,
        /// Updates that it takes.
        needed: u32,
    },
    /// A second view of the same thing tells another energy.
    MetersDisagree {
        /// Relative difference to this domain.
        rel: f64,
        /// The other domain's name.
        witness: String,
    },
    /// The device ran slower than it was told to.
    Throttled(String),
    /// The hypervisor gave too much of the processor to others.
    Stolen {
        /// Share of the window.
        rel: f64,
        /// What is allowed.
        limit: f64,
    },
    /// A quota kept this program's processes from running for too long.
    HeldBack {
        /// Share of the window.
        rel: f64,
        /// What is allowed.
        limit: f64,
    },
    /// Other programs worked too much in a domain that they share.
    ForeignLoad {
        /// Share of the processor time.
        rel: f64,
        /// What is allowed.
        limit: f64,
    },
}

/// Codes of reasons that come from outside the meter: what else ran, or what held the machine back. The length of such a
/// window says as little as its energy.
pub const DISTURBANCES: &[&str] = &["throttled", "stolen-time", "quota-throttled", "foreign-load"];

impl Reason {
    /// The stable word for tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLength => "no-length",
            Self::ReadFailed(kind) => match kind {
                FaultKind::NotFound | FaultKind::Unreadable => "read-failed",
                FaultKind::PermissionDenied => "permission-lost",
                FaultKind::Gone => "source-lost",
                FaultKind::NotSupported => "not-supported",
                FaultKind::MissingSymbol => "missing-symbol",
                FaultKind::Empty => "empty-value",
                FaultKind::NotANumber => "not-a-number",
                FaultKind::Panicked => "meter-panicked",
                FaultKind::Suspended => "sampler-suspended",
            },
            Self::Unbracketed(_) => "unbracketed",
            Self::ClockStep => "clock-step",
            Self::CounterReset => "counter-reset",
            Self::NoRange => "no-range",
            Self::MayHaveWrapped { .. } => "may-have-wrapped",
            Self::CounterStuck { .. } => "counter-stuck",
            Self::Implausible { .. } => "implausible-power",
            Self::ZeroPower => "zero-power",
            Self::Gap { .. } => "gap",
            Self::TooFewUpdates { .. } => "too-few-updates",
            Self::MetersDisagree { .. } => "meters-disagree",
            Self::Throttled(_) => "throttled",
            Self::Stolen { .. } => "stolen-time",
            Self::HeldBack { .. } => "quota-throttled",
            Self::ForeignLoad { .. } => "foreign-load",
        }
    }
}

impl Reason {
    /// The sentence behind the word.
    pub fn detail(&self) -> String {
        match self {
            Self::NoLength => "the window ends where it starts or earlier".to_owned(),
            Self::ReadFailed(FaultKind::Suspended) => "the sampler did not run inside the window".to_owned(),
            Self::ReadFailed(kind) => format!("a reading inside the window failed ({kind})"),
            Self::Unbracketed(Edge::Start) => "there is no reading before the window".to_owned(),
            Self::Unbracketed(Edge::End) => "there is no reading after the window".to_owned(),
            Self::ClockStep => "the readings' clock was set back".to_owned(),
            Self::CounterReset => "the counter fell without having wrapped".to_owned(),
            Self::NoRange => "the counter fell, and its source does not tell where it wraps".to_owned(),
            Self::MayHaveWrapped { gap, round } => format!(
                "nobody read the counter for {gap:.3}; at the most plausible power it wraps within {round:.3}"
            ),
            Self::CounterStuck { still } => format!("the counter stood still for {still:.3}"),
            Self::Implausible { power, limit } => {
                format!("two readings mean {power:.0}; such a device draws at most {limit:.0}")
            }
            Self::ZeroPower => "the sensor says 0 W".to_owned(),
            Self::Gap { longest, limit } => {
                format!("nobody read the meter for {longest:.3}; at most {limit:.3} is allowed")
            }
            Self::TooFewUpdates { seen, needed } => {
                format!("{seen} updates of the value fit into the window, {needed} are needed")
            }
            Self::MetersDisagree { rel, witness } => {
                format!("`{witness}` sees the same thing and differs by {:+.1} %", rel * 100.0)
            }
            Self::Throttled(why) => format!("the device was slowed down ({why})"),
            Self::Stolen { rel, limit } => format!(
                "the hypervisor gave {:.1} % of the processor to others, {:.1} % are allowed",
                rel * 100.0,
                limit * 100.0
            ),
            Self::HeldBack { rel, limit } => format!(
                "a quota held processes back for {:.1} % of the time, {:.1} % are allowed",
                rel * 100.0,
                limit * 100.0
            ),
            Self::ForeignLoad { rel, limit } => format!(
                "other programs took {:.1} % of the processor, {:.1} % are allowed",
                rel * 100.0,
                limit * 100.0
            ),
        }
    }
}

impl fmt::Display for Reason {
    /// The code, a colon and a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FAULT_KINDS;

    #[test]
    fn a_reason_starts_with_its_stable_word() {
        let gap = Reason::Gap { longest: Seconds(0.34), limit: Seconds(0.03) };
        assert_eq!(gap.to_string(), "gap: nobody read the meter for 0.340 s; at most 0.030 s is allowed");
        let disagree = Reason::MetersDisagree { rel: -0.071, witness: "gpu:0@power".to_owned() };
        assert_eq!(
            disagree.to_string(),
            "meters-disagree: `gpu:0@power` sees the same thing and differs by -7.1 %"
        );
        for kind in FAULT_KINDS {
            let reason = Reason::ReadFailed(kind);
            assert!(reason.to_string().starts_with(&format!("{}: ", reason.code())));
        }
    }

    #[test]
    fn faults_that_call_for_different_actions_have_words_of_their_own() {
        let mut codes: Vec<&str> = FAULT_KINDS.iter().map(|kind| Reason::ReadFailed(*kind).code()).collect();
        codes.sort_unstable();
        codes.dedup();
        // A missing file and an unreadable one are both just a failed read.
        assert_eq!(codes.len(), FAULT_KINDS.len() - 1);
    }
}
