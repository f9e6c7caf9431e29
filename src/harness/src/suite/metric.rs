//! The board of metrics: columns that can be compared and gated.

/// A column with a unit and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name used in suites.
    pub name: &'static str,
    /// What it is, with its unit and which way is better.
    pub summary: &'static str,
}

/// What `analysis.metric` and `gate.metric` can be.
pub const METRICS: &[Metric] = &[Metric {
    name: "energy-per-task",
    summary: "joules of the window for each item generated in it; lower is better",
}];
