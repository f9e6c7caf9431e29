//! Sums of a session: requests, tokens, seconds and joules by phase.

use std::collections::BTreeMap;

use super::measured::{Kind, Measured};

/// An activity of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// At least one answer was being generated.
    Answer,
    /// The service waited.
    Idle,
    /// The engine started and loaded its model.
    Load,
}

impl Phase {
    /// The label in `/metrics`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Idle => "idle",
            Self::Load => "load",
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// With 429: the queue was full.
    Busy,
    /// With another error that the request earned.
    Refused,
    /// With an error of the service, the engine or the proxied server.
    Failed,
    /// The client left before its answer was whole.
    Abandoned,
}

impl Outcome {
    /// The label in `/metrics`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Energy and time of a phase.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// J.
    pub joules: f64,
    /// Variance of the independent uncertainty, J².
    pub variance: f64,
    /// s.
    pub seconds: f64,
    /// Seconds without joules.
    pub unmeasured_s: f64,
}

impl Sum {
    /// Adds a piece.
    pub fn add(&mut self, seconds: f64, measured: &Measured) {
        self.seconds += seconds;
        match measured.joules {
            Some(joules) => {
                self.joules += joules;
                self.variance += measured.u_j.powi(2);
            }
            None => self.unmeasured_s += seconds,
        }
    }

    /// Standard uncertainty of what is independent from window to window, J.
    pub fn u_j(&self) -> f64 {
        self.variance.sqrt()
    }
}

/// All sums of a session so far.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// By phase.
    pub phases: BTreeMap<Phase, Sum>,
    /// What the meter itself counted over the same time, in long windows that know nothing of answers.
    pub meter: Sum,
    /// The meters that were read; None: none.
    pub kind: Option<Kind>,
    /// By how they ended.
    pub requests: BTreeMap<Outcome, u64>,
    /// Answers with joules of their own.
    pub told: u64,
    /// Tokens of prompts that were answered.
    pub tokens_in: u64,
    /// Generated.
    pub tokens_out: u64,
}

impl Totals {
    /// Notes how a request ended.
    pub fn ended(&mut self, outcome: Outcome) {
        *self.requests.entry(outcome).or_default() += 1;
    }

    /// Requests that ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.requests.get(&outcome).copied().unwrap_or(0)
    }

    /// A phase's sums.
    pub fn of(&self, phase: Phase) -> Sum {
        self.phases.get(&phase).copied().unwrap_or_default()
    }

    /// All phases together.
    pub fn all(&self) -> Sum {
        self.phases.values().fold(Sum::default(), |all, sum| Sum {
            joules: all.joules + sum.joules,
            variance: all.variance + sum.variance,
            seconds: all.seconds + sum.seconds,
            unmeasured_s: all.unmeasured_s + sum.unmeasured_s,
        })
    }

    /// The session in a sentence.
    pub fn sentence(&self) -> String {
        let requests: u64 = self.requests.values().sum();
        let head = format!(
            "{requests} requests, {} answered; {} prompt tokens, {} generated",
            self.count(Outcome::Answered),
            self.tokens_in,
            self.tokens_out
        );
        let Some(kind) = &self.kind else { return format!("{head}; no energy: no meter was read") };
        let phase = |phase: Phase| {
            let sum = self.of(phase);
            format!("{:.3} ± {:.3} J {} ({:.1} s)", sum.joules, sum.u_j(), phase.as_str(), sum.seconds)
        };
        let all = self.all();
        let lost = match all.unmeasured_s {
            lost if lost > 0.0 => format!("; {lost:.1} s without joules"),
            _ => String::new(),
        };
        format!(
            "{head}; {}, {}, {}: {:.3} J of the meter's {:.3} ± {:.3} J ({}, {}){lost}",
            phase(Phase::Answer),
            phase(Phase::Idle),
            phase(Phase::Load),
            all.joules,
            self.meter.joules,
            self.meter.u_j(),
            kind.class,
            kind.domains
        )
    }
}
