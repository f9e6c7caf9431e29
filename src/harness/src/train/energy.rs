//! The joules of a training, added up over its stretches and calls.

use anyhow::Result;

use crate::record::{Phase, TOTAL, WindowRecord};
use crate::store::RunFolder;

/// Time of a training that may lack its energy: starting an engine and reading meters takes some, s.
const LOST_S: f64 = 15.0;

/// The same as a share of long trainings: below what meters tell apart.
const LOST_REL: f64 = 0.01;

/// Energy of a training; no sum where a piece that matters is missing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Energy {
    /// J; None: `reason` says why.
    pub(crate) joules: Option<f64>,
    /// `counter`, `integrated`, `estimated` or `simulated`; None: nothing was measured.
    pub(crate) class: Option<String>,
    /// How the total was added up, for example `package:0+dram:0`.
    pub(crate) formula: Option<String>,
    /// Time that was looked at, s.
    pub(crate) seconds: f64,
    /// Why there are no joules.
    pub(crate) reason: Option<String>,
}

impl Energy {
    /// Nothing was measured.
    pub(crate) fn none(reason: String) -> Self {
        Self { joules: None, class: None, formula: None, seconds: 0.0, reason: Some(reason) }
    }

    /// As a run folder has it.
    ///
    /// # Errors
    /// The folder's table cannot be read.
    pub(crate) fn of(folder: &RunFolder) -> Result<Self> {
        let rows: Vec<WindowRecord> = folder.read()?;
        let total = |row: &WindowRecord| row.phase == Phase::Train && row.domain == TOTAL;
        Ok(Self::sum(rows.into_iter().filter(total).collect()))
    }

    fn sum(rows: Vec<WindowRecord>) -> Self {
        let Some(first) = rows.first() else {
            return Self::none(
                "no stretch of it has a total: energies of different classes have none".to_owned(),
            );
        };
        let seconds = rows.iter().map(|row| row.seconds).sum();
        let (class, formula) = (Some(first.class.to_string()), first.formula.clone());
        let without: Vec<&WindowRecord> = rows.iter().filter(|row| row.energy_j.is_none()).collect();
        if let Some(worst) = without.first() {
            let lost: f64 = without.iter().map(|row| row.seconds).sum();
            let why = worst.reason().unwrap_or_else(|| "no reason is known".to_owned());
            let reason = Some(format!("{lost:.0} of {seconds:.0} s have none: {why}"));
            return Self { joules: None, class, formula, seconds, reason };
        }
        if rows.iter().any(|row| row.class != first.class) {
            let reason = Some("its calls were measured in different classes".to_owned());
            return Self { joules: None, class: None, formula: None, seconds, reason };
        }
        let joules = Some(rows.iter().filter_map(|row| row.energy_j).sum());
        Self { joules, class, formula, seconds, reason: None }
    }

    /// The same, known to be of a training that took so many seconds: none, where too much of it was not measured.
    pub(crate) fn covering(self, taken: f64) -> Self {
        let lost = taken - self.seconds;
        if self.joules.is_none() || lost <= (taken * LOST_REL).max(LOST_S) {
            return self;
        }
        let reason = format!(
            "{lost:.0} of {taken:.0} s were not measured: a call of the training was killed or had other meters"
        );
        Self { joules: None, reason: Some(reason), ..self }
    }

    /// For people, without full stop.
    pub(crate) fn sentence(&self) -> String {
        match (self.joules, &self.class) {
            (Some(joules), Some(class)) => {
                let formula = self.formula.as_deref().unwrap_or("total");
                format!("energy {joules:.1} J ({formula}, class {class}) in {:.1} s", self.seconds)
            }
            _ => format!("energy not measured: {}", self.reason.as_deref().unwrap_or("no reason is known")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_of_which_a_part_was_not_measured_has_no_joules() {
        let whole = Energy {
            joules: Some(1000.0),
            class: Some("counter".to_owned()),
            formula: Some("package:0".to_owned()),
            seconds: 1000.0,
            reason: None,
        };
        assert_eq!(whole.clone().covering(1010.0), whole);
        assert_eq!(whole.sentence(), "energy 1000.0 J (package:0, class counter) in 1000.0 s");
        let partial = whole.covering(1100.0);
        assert_eq!(partial.joules, None);
        let sentence = partial.sentence();
        assert!(
            sentence.contains("not measured: 100 of 1100 s") && sentence.contains("killed"),
            "{sentence}"
        );
        assert!(
            Energy::none("`meters` is empty".to_owned())
                .covering(9.0)
                .sentence()
                .ends_with("`meters` is empty")
        );
    }
}
