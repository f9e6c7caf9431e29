//! What a look at the machine found, before anything is measured.

use serde::Serialize;

use crate::fault::{FaultKind, MeterFault};

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
    /// It is there, answers, and its counter or sensor was seen not to follow the energy that is drawn.
    Dead,
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
    /// Names of the domains that it reads; empty where it reads none.
    pub domains: Vec<String>,
    /// What would mend it, one command or action a line, the least privilege first; empty where nothing
    /// can or needs to be done.
    pub mend: Vec<String>,
}

impl Finding {
    /// `RAPL by perf (no `power` PMU)`: what was looked for, and what came of it.
    pub fn phrase(&self) -> String {
        let state = if self.state == State::Dead { "dead: " } else { "" };
        format!("{} ({state}{})", self.what, self.detail)
    }
}

/// The fault of a meter that has none of its ways. What may not be read comes before what is not there: it
/// is the nearer of the two to being mended.
pub(crate) fn unusable(message: &str, findings: &[Finding]) -> MeterFault {
    const NEAREST: [(State, FaultKind); 3] = [
        (State::Denied, FaultKind::PermissionDenied),
        (State::Dead, FaultKind::Unreadable),
        (State::Broken, FaultKind::Unreadable),
    ];
    let nearest = NEAREST.into_iter().find_map(|(state, kind)| {
        findings.iter().find(|found| found.state == state).map(|found| (kind, Some(found)))
    });
    let (kind, nearest) = nearest.unwrap_or((FaultKind::NotFound, None));
    let why: Vec<String> = findings.iter().map(Finding::phrase).collect();
    let help = nearest.into_iter().chain(findings).flat_map(|found| found.mend.first()).next();
    let help = help.map_or("name another meter; `auto` takes what this machine has", String::as_str);
    MeterFault::new(kind, format!("{message}: {}", why.join(", ")), help)
}
