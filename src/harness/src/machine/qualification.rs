//! Whether a run may be what later runs are held against, and what that was decided from.

use harness_meter::Class;
use serde::{Deserialize, Serialize};

/// The manifest's `qualification`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Qualification {
    /// Whether the run may be a baseline.
    pub qualified: bool,
    /// Why not, each a sentence without full stop; empty where it is qualified.
    pub why: Vec<String>,
    /// What a reader must know all the same, each a sentence without full stop.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What was seen.
    #[serde(default)]
    pub facts: Facts,
}

/// What was seen of a machine during a run. None: nothing tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The machine's lock was held.
    pub exclusive: bool,
    /// Windows of cells, repeated ones included.
    pub windows: usize,
    /// Those among them that have no energy.
    pub spoiled: usize,
    /// Frequency governors that windows saw.
    pub governors: Vec<String>,
    /// States of turbo that windows saw.
    pub turbo: Vec<bool>,
    /// Whether a window saw the machine run on its battery.
    pub on_battery: Option<bool>,
    /// How warm the computing device was before blocks; None: it shows no temperature.
    pub warmth: Option<WarmthFacts>,
    /// Why there is no temperature.
    pub warmth_why: Option<String>,
    /// The control workload; None: it did not run, or has no energy.
    pub control: Option<ControlFacts>,
    /// Why there is none.
    pub control_why: Option<String>,
    /// Whether the run can do without: its joules are made up, or a GPU's alone.
    pub control_excused: bool,
}

/// How warm the computing device was before blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmthFacts {
    /// When the first block was over, °C.
    pub reference_c: f64,
    /// The lowest before a later block, °C.
    pub lowest_c: f64,
    /// The highest before a later block, after waiting, °C.
    pub highest_c: f64,
    /// How far from the reference it may be, K.
    pub band_k: f64,
    /// How long blocks waited for it in all, s.
    pub waited_s: f64,
}

/// What the control workload took, at the run's start and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlFacts {
    /// Version of the workload: others do not compare.
    pub version: u32,
    /// How its energy came about.
    pub class: Class,
    /// Before the first cell.
    pub first: Control,
    /// After the last cell; None: it did not run, or has no energy.
    pub last: Option<Control>,
}

/// What the control workload took once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Energy of the counted domains, J.
    pub joules: f64,
    /// Time, s.
    pub seconds: f64,
}
