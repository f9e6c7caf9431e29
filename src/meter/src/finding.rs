//! What a look at the machine found, before anything is measured.

use serde::Serialize;

/// Whether one way of reading energy can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It can.
    Found,
    /// There is no such thing on this machine.
    Absent,
    /// It is there and may not be read.
    Denied,
    /// It is there and does not work.
    Broken,
}

/// One way of reading energy, and what stands in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The meter's name on the board.
    pub meter: &'static str,
    /// The way: `NVML`, `RAPL by perf`, `RAPL by powercap` …
    pub what: &'static str,
    /// Whether it can be used.
    pub state: State,
    /// What was found, or why nothing was: one phrase.
    pub detail: String,
    /// What would mend it, one command or action a line, the least privilege first; empty where nothing
    /// can or needs to be done.
    pub mend: Vec<String>,
}
