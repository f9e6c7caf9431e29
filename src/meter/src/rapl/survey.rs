//! Looks at both ways to RAPL and decides which counters are real and how each is read.

use super::part::Part;
use super::perf;
use super::powercap::{self, Zone};
use crate::fault::FaultKind;
use crate::machine::Machine;
use crate::settings::Settings;
use crate::value_file::ValueFile;

/// What both ways show.
pub(super) struct Survey {
    /// In the order of their parts.
    pub(super) rows: Vec<Row>,
    /// What perf left out, and why.
    pub(super) perf_notes: Vec<String>,
    /// What powercap left out, and why.
    pub(super) powercap_notes: Vec<String>,
    /// A container hides powercap's files.
    pub(super) masked: bool,
    pub(super) machine: Machine,
}

/// One part, and each way to it; None: that way does not show it.
pub(super) struct Row {
    pub(super) part: Part,
    pub(super) perf: Option<ByPerf>,
    pub(super) powercap: Option<ByPowercap>,
    /// Every way that shows anything shows this. A counter that only one driver knows may be one that the
    /// processor does not have: kernels before 5.17 show such.
    pub(super) agreed: bool,
}

/// A perf event, and its counters or why they are refused.
pub(super) struct ByPerf {
    pub(super) source: String,
    pub(super) open: Result<perf::Open, perf::Refusal>,
}

/// A powercap zone, and its file or why it cannot be read.
pub(super) struct ByPowercap {
    pub(super) zone: Zone,
    pub(super) open: Result<ValueFile, FaultKind>,
}

/// Looks at everything and opens what can be opened. What each way lists needs no right to see, so a
/// counter that only one of them knows is left out even where the other may not be read.
pub(super) fn survey(settings: &Settings) -> Survey {
    let machine = Machine::look(&settings.sysfs_root, &settings.proc_root);
    let powercap = powercap::list(settings, machine.amd);
    let perf = perf::list(settings, machine.amd);
    let mut parts: Vec<Part> = powercap.zones.iter().map(|zone| zone.part).collect();
    parts.extend(perf.events.iter().map(|event| event.part));
    parts.sort();
    parts.dedup();

    let (no_events, no_zones) = (perf.events.is_empty(), powercap.zones.is_empty());
    let (mut events, mut zones) = (perf.events, powercap.zones);
    let rows = parts.into_iter().map(|part| {
        let event = take(&mut events, |event| event.part == part);
        let zone = take(&mut zones, |zone| zone.part == part);
        let agreed = (no_events || event.is_some()) && (no_zones || zone.is_some());
        Row {
            part,
            perf: event.map(|event| ByPerf { open: event.open(), source: event.source }),
            powercap: zone.map(|zone| ByPowercap { open: zone.open(), zone }),
            agreed,
        }
    });
    Survey {
        rows: rows.collect(),
        perf_notes: perf.notes,
        powercap_notes: powercap.notes,
        masked: powercap.masked,
        machine,
    }
}

fn take<T>(list: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> Option<T> {
    list.iter().position(fits).map(|index| list.remove(index))
}
