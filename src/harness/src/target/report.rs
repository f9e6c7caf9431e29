//! What the targets of a run came to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of this format.
pub const SCHEMA: u32 = 1;

/// What a run says of something published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The whole interval lies within what agrees.
    Agrees,
    /// The whole interval lies outside.
    Differs,
    /// Neither is shown, or there is nothing to hold against it.
    CannotBeJudged,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Agrees, Self::Differs, Self::CannotBeJudged];

    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::CannotBeJudged => "cannot be judged",
        }
    }
}

/// One claim of a target on one task, answered. Numbers are in `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The target.
    pub target: String,
    /// `value`, `ratio`, `ordering` or `law`.
    pub kind: String,
    /// The task.
    pub task: String,
    /// The variant; None of orders and laws over several.
    pub variant: Option<String>,
    /// What is claimed, in words.
    pub claim: String,
    /// The published number; None where the paper leaves a range, and of orders.
    pub published: Option<f64>,
    /// Least that agrees; None where nothing bounds it.
    pub agrees_from: Option<f64>,
    /// Most that agrees.
    pub agrees_to: Option<f64>,
    /// The measured value, where it is a number.
    pub measured: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Unit of these numbers.
    pub unit: String,
    /// The observation in words, where it is no number.
    pub seen: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// Why, where it cannot be judged; what shows the difference, of orders and laws that differ.
    pub why: Option<String>,
    /// How joules came about, where it is about joules.
    pub class: Option<String>,
    /// Where the paper says it.
    pub source: String,
}

/// All targets of a run, answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// Version of this format.
    pub schema: u32,
    /// The suite's name.
    pub suite: String,
    /// The profile that was laid over it.
    pub profile: Option<String>,
    /// Processor and GPUs of the machine.
    pub hardware: String,
    /// What the energies are good for, in a sentence.
    pub energy: String,
    /// Confidence of the intervals.
    pub level: f64,
    /// Bound on the chance of a false finding among the pairs of one order.
    pub alpha: f64,
    /// One for each claim and task.
    pub found: Vec<Found>,
}

impl TargetReport {
    /// How many have this answer.
    pub fn count(&self, answer: Answer) -> usize {
        self.found.iter().filter(|found| found.answer == answer).count()
    }
}
