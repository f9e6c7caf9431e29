//! Table `windows`: the energy of one domain during one phase.

use std::fmt;

use harness_meter::{Class, DISTURBANCES, Reason};
use polars::prelude::{DataFrame, PolarsResult};
use serde::{Deserialize, Serialize};

use super::{older, rules};
use crate::table::{Table, part, record, required, words};

/// What was going on during a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No engine runs.
    IdleMachine,
    /// An engine holds its model and waits.
    IdleLoaded,
    /// From the engine's start to `loaded`.
    Load,
    /// Generation that nobody counts.
    WarmUp,
    /// The measured passes.
    Window,
    /// Passes that were to be measured, spoiled by others on the machine and made again.
    Disturbed,
    /// Training.
    Train,
    /// The control workload, before the first cell and after the last.
    Control,
}

impl Phase {
    /// Whether it is judged as a window is, by all the rules.
    pub fn is_judged(self) -> bool {
        matches!(self, Self::Window | Self::Disturbed)
    }

    /// Whether others on the machine spoil it: what is held against the same work at another time.
    pub fn is_watched(self) -> bool {
        self.is_judged() || self == Self::Control
    }
}

words!(Phase, Class);

/// The domain under which sums over domains are stored.
pub const TOTAL: &str = "total";

part! {
    /// Why there is no energy.
    pub struct Why {
        word: String { "", "why there is no energy, in one word; null exactly where there is", "reason" }
        detail: String { "", "the same in a sentence", "reason_detail" }
    }
}

impl From<&Reason> for Why {
    fn from(reason: &Reason) -> Self {
        Self { word: reason.code().to_owned(), detail: reason.detail() }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.detail)
    }
}

record! {
    /// The energy of one domain (or of their total) during one phase of a cell or of the run.
    pub struct WindowRecord {
        cell: Option<u32> { "", "the cell; null for rows of the whole run" }
        session: u16 { "", "number of the program's call that measured it, from 0; times of two sessions do not compare" }
        phase: Phase { "", "`idle-machine`, `idle-loaded`, `load`, `warm-up`, `window`, `disturbed` (a window that was spoiled by others and measured again), `train` or `control` (the control workload; one that was spoiled by others was made again)" }
        domain: String { "", "name of the domain, or `total`" }
        meter: String { "", "name of the meter; for totals the meters joined by `+`" }
        class: Class { "", "`counter`, `integrated`, `estimated` or `simulated`" }
        t_start_ns: i64 { "ns", "first edge" }
        t_end_ns: i64 { "ns", "second edge" }
        seconds: f64 { "s", "between the edges" }
        energy_j: Option<f64> { "J", "gross energy; null exactly where `reason` is given" }
        energy_net_j: Option<f64> { "J", "gross energy minus `idle_w` × `seconds`; may be negative" }
        u_indep_j: Option<f64> { "J", "standard uncertainty from edges, quantisation and baseline noise" }
        u_scale_rel: Option<f64> { "", "standard uncertainty of scale, common to the run, relative" }
        u_model_rel: Option<f64> { "", "relative error of ratios that the meter's model declares" }
        updates: u32 { "", "updates of the value that were seen between the edges" }
        update_period_s: Option<f64> { "s", "update period of the counter" }
        resolution_j: Option<f64> { "J", "smallest step of the counter" }
        max_gap_s: Option<f64> { "s", "longest time between two good readings" }
        idle_w: Option<f64> { "W", "loaded idle power that the net energy took off" }
        disagreement_rel: Option<f64> { "", "how much more a second view of the same thing says, relative" }
        valid: bool { "", "whether every rule for windows held" }
        why: Option<Why> { part, "Why there is no energy." }
        spoiled_by: Option<String> { "", "the domain whose reason took a total's energy away" }
        conditions: WindowConditions { part, "Conditions between the edges." }
        formula: Option<String> { "", "how a total was added up, for example `package:0+dram:0`" }
    }
}

record! {
    /// Conditions during a window. None: nothing tells, or nobody looked (machine-wide
    /// ones are looked at for phases `window`, `disturbed` and `control` only).
    #[derive(Default)]
    pub struct WindowConditions {
        throttled: Option<bool> { "", "whether the device ran slower than told; null where nothing tells" }
        throttle: Option<String> { "", "why, in the driver's words" }
        temp_start_c: Option<f64> { "°C", "temperature at the first edge" }
        temp_end_c: Option<f64> { "°C", "temperature at the second edge" }
        clock_mhz: Option<f64> { "MHz", "mean clock of the device's computing units" }
        power_limit_w: Option<f64> { "W", "power that the device is held to" }
        foreign_processes: Option<u32> { "", "most processes of others on the device" }
        steal_rel: Option<f64> { "", "share of the time that the hypervisor gave to others" }
        foreign_load_rel: Option<f64> { "", "share of the processor time that other programs took" }
        quota_throttled_rel: Option<f64> { "", "share of the time in which a quota held this program back" }
        on_battery: Option<bool> { "", "whether the machine ran on its battery" }
        governor: Option<String> { "", "the processor's frequency governor; several joined by `+`" }
        turbo: Option<bool> { "", "whether the processor may raise its clock above the rated one" }
    }
}

impl WindowRecord {
    /// Whether others on the machine, or what holds it back, took its energy away: its length then says as little.
    pub fn is_disturbed(&self) -> bool {
        self.why.as_ref().is_some_and(|why| DISTURBANCES.contains(&why.word.as_str()))
    }

    /// Why there is no energy, for people: a total names the domain that spoiled it.
    pub fn reason(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        Some(match &self.spoiled_by {
            Some(domain) => format!("{domain}: {why}"),
            None => why.to_string(),
        })
    }
}

/// Why an item of this window has no energy; None: it has one.
pub fn why_no_energy(window: Option<&WindowRecord>) -> Option<Why> {
    let Some(window) = window else {
        let detail = "energies of different classes have no total".to_owned();
        return Some(Why { word: "no-total".to_owned(), detail });
    };
    let why = window.why.clone()?;
    Some(match &window.spoiled_by {
        Some(domain) => Why { detail: format!("{domain}: {}", why.detail), ..why },
        None => why,
    })
}

impl Table for WindowRecord {
    const NAME: &'static str = "windows";
    const ROW: &'static str = "the energy of one domain during one phase";

    fn check(&self) -> Result<(), String> {
        rules::value_or_reason(self.energy_j, self.why.as_ref())?;
        match self.valid == self.energy_j.is_some() {
            true => Ok(()),
            false => Err(format!("is marked valid = {} against its energy", self.valid)),
        }
    }

    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        older::with_split_reason(older::with_session(frame)?)
    }
}
