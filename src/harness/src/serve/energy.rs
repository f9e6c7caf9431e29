//! The energy of one answer, as it stands in `usage`.

use serde::Serialize;

/// Joules, or why there are none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Energy {
    /// J; null: not known, for the reason beside it.
    pub joules: Option<f64>,
    /// How it was had: `counter`, `integrated`, `estimated`, `simulated`; null: nothing was read.
    pub class: Option<String>,
    /// Standard uncertainty of the absolute value, J: of the edges, and of the meter's scale.
    pub uncertainty: Option<f64>,
    /// Why there are no joules; null: there are.
    pub reason: Option<String>,
    /// Which domains add up.
    pub domains: Option<String>,
    /// How the answer's share was had.
    pub method: Option<&'static str>,
}

impl Energy {
    /// No energy, for this reason.
    pub fn none(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::default() }
    }
}
