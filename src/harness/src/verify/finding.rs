//! What one check came to.

use std::fmt;

use harness_text::printable;

/// Examples that a finding names.
const EXAMPLES: usize = 5;

/// What one check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as the run says.
    Agrees,
    /// Something is not.
    Differs,
    /// This cannot be computed again here.
    NotChecked,
}

/// One line of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in a word or two.
    pub what: &'static str,
    /// What it came to.
    pub outcome: Outcome,
    /// How many, of what, and why not.
    pub detail: String,
    /// What differs: the first few places.
    pub places: Vec<String>,
}

impl Finding {
    /// Everything agrees.
    pub fn agrees(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, outcome: Outcome::Agrees, detail: detail.into(), places: Vec::new() }
    }

    /// This cannot be computed again here.
    pub fn not_checked(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, outcome: Outcome::NotChecked, detail: detail.into(), places: Vec::new() }
    }

    /// Agrees where no place differs, else names them.
    pub fn of(what: &'static str, detail: impl Into<String>, mut places: Vec<String>) -> Self {
        let outcome = if places.is_empty() { Outcome::Agrees } else { Outcome::Differs };
        let more = places.len().saturating_sub(EXAMPLES);
        places.truncate(EXAMPLES);
        if more > 0 {
            places.push(format!("and {more} more"));
        }
        Self { what, outcome, detail: detail.into(), places }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.outcome {
            Outcome::Agrees => "agrees",
            Outcome::Differs => "DIFFERS",
            Outcome::NotChecked => "not checked",
        };
        write!(f, "{:<11}  {:<10}  {}", word, self.what, printable::line(&self.detail))?;
        self.places.iter().try_for_each(|place| write!(f, "\n{:25}{}", "", printable::line(place)))
    }
}
