//! The joules of a training, added up over its stretches and calls.

use anyhow::Result;

use crate::record::{Phase, TOTAL, WindowRecord};
use crate::store::RunFolder;

/// Energy of a training; never a sum with a piece missing.
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
