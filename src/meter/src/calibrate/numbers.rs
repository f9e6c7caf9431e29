//! The numbers of a calibration. Uncertainties are one sigma.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::Class;
use crate::fault::FaultKind;

/// What a calibration found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Every domain, in the meters' order.
    pub domains: Vec<DomainNumbers>,
    /// The thread that reads them.
    pub sampler: SamplerNumbers,
}

/// What one domain shows while nothing is measured. What is None has its reason in `missing`, under the
/// field's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DomainNumbers {
    /// The domain's name, unique among all.
    pub name: String,
    /// The meter's name on the board.
    pub meter: String,
    /// Where its joules come from.
    pub class: Class,
    /// Where it is read.
    pub source: String,
    /// Seconds between two updates: as declared, else the median seen.
    pub update_period_s: Option<f64>,
    /// The period is the source's own word and was not observed.
    pub update_period_declared: bool,
    /// Smallest step as the source declares it, J; of power its step times one second.
    pub resolution_j: f64,
    /// Smallest change between two readings, in the same unit: the true step is no larger.
    pub step_seen_j: Option<f64>,
    /// How long its meter takes for one reading of all its domains.
    pub read: Option<ReadTime>,
    /// Power while nothing is measured.
    pub idle: Option<Idle>,
    /// Seconds after which the counter starts again at 0, at the idle power.
    pub wrap_s: Option<f64>,
    /// The shortest window that its readings can answer for.
    pub shortest_window: Option<ShortestWindow>,
    /// What being sampled adds to it.
    pub overhead: Option<Overhead>,
    /// Every kind of trouble met while reading.
    pub faults: Vec<FaultKind>,
    /// Why numbers are missing, by field.
    pub missing: BTreeMap<&'static str, String>,
}

/// How long single readings take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReadTime {
    /// Readings that were timed.
    pub reads: usize,
    /// Their median, µs.
    pub median_us: f64,
    /// What 99 % of them keep below, µs; the longest where they are fewer than 100.
    pub p99_us: f64,
}

/// Power of a machine that is left alone, as far as this program leaves it alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Idle {
    /// Length of the stretch, s.
    pub seconds: f64,
    /// Mean power, W.
    pub power_w: f64,
    /// Its uncertainty from edges and steps, W.
    pub u_indep_w: f64,
    /// Its relative uncertainty from gain or declared watts.
    pub u_scale_rel: f64,
    /// The second half's mean power less the first half's, W.
    pub drift_w: f64,
    /// Uncertainty of that difference, W.
    pub drift_u_w: f64,
}

/// The shortest honest window, at the idle power. Under load the uncertainty of a counter's edges weighs
/// less, so such a window is then shorter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShortestWindow {
    /// Its length, s.
    pub seconds: f64,
    /// What makes it so long.
    pub because_of: Rule,
}

/// What a window has to satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Enough updates of the value inside.
    Updates,
    /// An independent uncertainty of at most 1 % of the energy.
    Uncertainty,
}

/// Power while the sampler works less power while it rests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overhead {
    /// Pairs of stretches, one with and one without.
    pub pairs: usize,
    /// The mean difference, W; it can come out below 0 where it is too small to be seen.
    pub difference_w: f64,
    /// Its uncertainty, W: from the readings or from the scatter of the pairs, whichever is larger.
    pub u_w: f64,
}

/// How the sampler kept its pace.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SamplerNumbers {
    /// Time between two rounds, s.
    pub period_s: f64,
    /// Rounds that were watched.
    pub rounds: usize,
    /// How late rounds were, µs; None: there was no round.
    pub late_median_us: Option<f64>,
    /// What 99 % of them keep below, µs.
    pub late_p99_us: Option<f64>,
    /// CPU time of its thread by wall time: the share of one core that it takes.
    pub core_rel: f64,
}
