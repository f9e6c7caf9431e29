//! What a window measured, when it counts, and why it may not.

use std::fmt;

use crate::fault::FaultKind;
use crate::units::{Joules, Seconds};

/// When a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Fewest updates of the value inside the window. 50 keep the part of each edge below 2 %.
    pub min_updates: u32,
    /// Longest time between two readings, in periods, for domains that lose something meanwhile.
    pub max_gap_periods: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { min_updates: 50, max_gap_periods: 3 }
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
    /// Median time between those updates; the declared period, if any, where there were fewer than two.
    pub update_period: Option<Seconds>,
    /// Smallest step that can be told apart.
    pub resolution: Option<Joules>,
    /// Longest time between two good readings, edges included.
    pub max_gap: Option<Seconds>,
    /// The window counts.
    pub valid: bool,
    /// Why it does not.
    pub reason: Option<Reason>,
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// The window has no length.
    Empty,
    /// Power readings are not integrated by this version.
    UnsupportedKind,
    /// A reading inside the window failed.
    ReadFailed(FaultKind),
    /// There is no good reading at or beyond an edge.
    Unbracketed(Edge),
    /// The counter fell and does not wrap, or was reset.
    CounterFell,
    /// The counter fell a second time.
    WrappedTwice,
    /// Nobody read for so long that something may have been lost.
    Gap {
        /// The longest time between two readings.
        longest: Seconds,
        /// What would have been allowed.
        limit: Seconds,
    },
    /// The value was updated too rarely for the window's length.
    TooFewUpdates {
        /// Updates inside the window.
        seen: u32,
        /// Updates that it takes.
        needed: u32,
    },
}

impl Reason {
    /// The stable word for tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::UnsupportedKind => "unsupported-kind",
            Self::ReadFailed(_) => "read-failed",
            Self::Unbracketed(_) => "unbracketed",
            Self::CounterFell => "counter-fell",
            Self::WrappedTwice => "wrapped-twice",
            Self::Gap { .. } => "gap",
            Self::TooFewUpdates { .. } => "too-few-updates",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the window ends where it starts or earlier"),
            Self::UnsupportedKind => write!(f, "this version does not integrate power readings"),
            Self::ReadFailed(kind) => write!(f, "a reading inside the window failed ({kind})"),
            Self::Unbracketed(Edge::Start) => write!(f, "there is no reading before the window"),
            Self::Unbracketed(Edge::End) => write!(f, "there is no reading after the window"),
            Self::CounterFell => write!(f, "the counter fell without having wrapped: it was reset"),
            Self::WrappedTwice => write!(f, "the counter fell twice inside the window"),
            Self::Gap { longest, limit } => {
                write!(f, "nobody read the meter for {longest:.3}; at most {limit:.3} is allowed")
            }
            Self::TooFewUpdates { seen, needed } => {
                write!(f, "the value was updated {seen} times inside the window, {needed} are needed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_stable_word_and_one_sentence() {
        let gap = Reason::Gap { longest: Seconds(0.34), limit: Seconds(0.03) };
        let cases = [
            (Reason::Empty, "empty", "the window ends where it starts or earlier"),
            (Reason::UnsupportedKind, "unsupported-kind", "this version does not integrate power readings"),
            (Reason::ReadFailed(FaultKind::Gone), "read-failed", "a reading inside the window failed (gone)"),
            (Reason::Unbracketed(Edge::Start), "unbracketed", "there is no reading before the window"),
            (Reason::Unbracketed(Edge::End), "unbracketed", "there is no reading after the window"),
            (Reason::CounterFell, "counter-fell", "the counter fell without having wrapped: it was reset"),
            (Reason::WrappedTwice, "wrapped-twice", "the counter fell twice inside the window"),
            (gap, "gap", "nobody read the meter for 0.340 s; at most 0.030 s is allowed"),
            (
                Reason::TooFewUpdates { seen: 3, needed: 50 },
                "too-few-updates",
                "the value was updated 3 times inside the window, 50 are needed",
            ),
        ];
        for (reason, code, sentence) in cases {
            assert_eq!((reason.code(), reason.to_string().as_str()), (code, sentence));
        }
    }
}
