//! The energy between two moments, and what was read to have it.

/// The meters that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// `counter`, `integrated`, `estimated` or `simulated`.
    pub class: String,
    /// Which domains add up.
    pub domains: String,
}

/// The energy between two moments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// J; None: not known.
    pub joules: Option<f64>,
    /// Standard uncertainty of what is independent from window to window, J.
    pub u_j: f64,
    /// Relative uncertainty of the meter's scale.
    pub u_scale: f64,
    /// Why the window by itself says nothing. With joules: they are a difference of longer windows.
    pub why: Option<String>,
}
