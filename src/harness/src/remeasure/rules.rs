//! What may be decided anew about a stored run.

use crate::windows::{Baseline, Limits};

/// Rules that differ from those of the run; None: as in the run.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Fewest updates inside a window.
    pub min_updates: Option<u32>,
    /// Longest time between two readings of power, in periods.
    pub max_gap_periods: Option<u32>,
    /// Largest relative difference between two views of one thing.
    pub max_disagreement: Option<f64>,
    /// Largest share of the time that the hypervisor may give to others.
    pub max_steal: Option<f64>,
    /// Largest share of the processor time that other programs may take.
    pub max_foreign_load: Option<f64>,
    /// Domains that make up the total.
    pub domains: Option<Vec<String>>,
    /// What net energy takes off.
    pub baseline: Option<Baseline>,
}

impl Changes {
    /// The limits of the run with these changes.
    pub fn apply(&self, mut limits: Limits) -> Limits {
        limits.rules.min_updates = self.min_updates.unwrap_or(limits.rules.min_updates);
        limits.rules.max_gap_periods = self.max_gap_periods.unwrap_or(limits.rules.max_gap_periods);
        limits.rules.max_disagreement = self.max_disagreement.unwrap_or(limits.rules.max_disagreement);
        limits.steal = self.max_steal.unwrap_or(limits.steal);
        limits.foreign_load = self.max_foreign_load.unwrap_or(limits.foreign_load);
        limits
    }
}
