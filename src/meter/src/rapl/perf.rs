//! RAPL by perf: the kernel's `power` PMU, which accumulates the registers to 64 bits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use perf_event::events::Dynamic;
use perf_event::{Builder, Counter};

use super::part::{Kind, Part, drop_ambiguous_psys};
use crate::fault::FaultKind;
use crate::settings::Settings;
use crate::value_file::{io_fault, read_number};

/// The PMU of packages, and the names of its events.
const POWER: &str = "power";
const POWER_EVENTS: &[(&str, Kind)] = &[
    ("energy-pkg", Kind::Package),
    ("energy-cores", Kind::Cores),
    ("energy-gpu", Kind::Uncore),
    ("energy-ram", Kind::Dram),
    ("energy-psys", Kind::Psys),
];

/// AMD's PMU of single cores.
const POWER_CORE: &str = "power_core";
const POWER_CORE_EVENTS: &[(&str, Kind)] = &[("energy-core", Kind::Cores)];

/// An event of a PMU on the CPUs that it must be counted on.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) part: Part,
    /// `power/energy-pkg/ on cpu 0`
    pub(super) source: String,
    pmu: PathBuf,
    event: &'static str,
    /// One for a package or die; one for each core where cores are counted singly.
    cpus: Vec<u32>,
}

/// What the PMUs show.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order of their parts; no part twice.
    pub(super) events: Vec<Event>,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}

/// Counters that are running.
pub(super) struct Open {
    counters: Vec<Counter>,
    /// Joules per count.
    pub(super) scale: f64,
}

/// Why an event cannot be counted.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) kind: FaultKind,
    pub(super) message: String,
}

/// Lists the events of `power`; those of `power_core` only where `power` has none, since cores are inside
/// the package. `amd`: those processors count nothing but packages there, whatever the kernel shows.
pub(super) fn list(settings: &Settings, amd: bool) -> Listing {
    let mut listing = Listing::default();
    list_pmu(settings, POWER, POWER_EVENTS, &mut listing);
    let shown = listing.events.len();
    listing.events.retain(|event| !amd || event.part.kind == Kind::Package);
    if listing.events.len() < shown {
        listing.notes.push(format!("all but packages left out of `{POWER}`: AMD's processors count no more"));
    }
    let cores = settings.sysfs_root.join("bus/event_source/devices").join(POWER_CORE).exists();
    if cores && listing.events.is_empty() {
        list_pmu(settings, POWER_CORE, POWER_CORE_EVENTS, &mut listing);
    } else if cores {
        listing.notes.push(format!("`{POWER_CORE}` left out: cores are inside the package"));
    }
    listing.notes.extend(drop_ambiguous_psys(&mut listing.events, |event| event.part));
    listing.events.sort_by_key(|event| event.part);
    listing
}

fn list_pmu(settings: &Settings, name: &str, known: &[(&'static str, Kind)], listing: &mut Listing) {
    let pmu = settings.sysfs_root.join("bus/event_source/devices").join(name);
    // Perf takes a folder by its absolute path only; a relative one would name a PMU of the real sysfs.
    let Ok(pmu) = pmu.canonicalize() else { return };
    let Some(cpus) = fs::read_to_string(pmu.join("cpumask")).ok().and_then(|text| cpu_list(text.trim()))
    else {
        listing.notes.push(format!("`{name}` left out: its `cpumask` cannot be read"));
        return;
    };
    let placed: Vec<(u32, u32, u32)> = cpus
        .iter()
        .filter_map(|cpu| topology(&settings.sysfs_root, *cpu).map(|(package, die)| (*cpu, package, die)))
        .collect();
    if placed.len() < cpus.len() {
        listing.notes.push(format!("some CPUs of `{name}` left out: their socket cannot be read"));
    }
    for (event, kind) in known.iter().filter(|(event, _)| pmu.join("events").join(event).exists()) {
        let first = listing.events.len();
        for &(cpu, package, die) in &placed {
            // A CPU is listed for each die or each socket, whichever the counter follows (Cascade Lake-AP
            // has two dies in a socket, each with a counter; AMD's dies share one).
            let dies = placed.iter().any(|&(_, other, other_die)| other == package && other_die != die);
            let die = (dies && name == POWER).then_some(die);
            let (package, die) = if *kind == Kind::Psys { (0, None) } else { (package, die) };
            let part = Part { kind: *kind, package, die };
            let same = listing.events.iter_mut().skip(first).find(|event| event.part == part);
            match same.filter(|_| name == POWER_CORE) {
                Some(event) => event.cpus.push(cpu),
                None => {
                    let source = format!("perf {name}/{event}/ on cpu {cpu}");
                    listing.events.push(Event { part, source, pmu: pmu.clone(), event, cpus: vec![cpu] });
                }
            }
        }
    }
}

impl Event {
    /// Starts its counters.
    ///
    /// # Errors
    /// The event's files make no sense, or the kernel refuses.
    pub(super) fn open(&self) -> Result<Open, Refusal> {
        let refused = |error: io::Error| Refusal {
            kind: io_fault(&error),
            message: format!("`{}/{}/`: {error}", self.pmu_name(), self.event),
        };
        let broken = |what: String| Refusal {
            kind: FaultKind::Unreadable,
            message: format!("`{}/{}/`: {what}", self.pmu_name(), self.event),
        };
        let mut builder = Dynamic::builder(&self.pmu).map_err(refused)?;
        builder.event(self.event).map_err(refused)?;
        let unit = builder.unit().map_err(refused)?;
        if unit.as_deref() != Some("Joules") {
            return Err(broken(format!("unit is {unit:?}, expected `Joules`")));
        }
        let scale = builder.scale().map_err(refused)?;
        let Some(scale) = scale.filter(|scale| scale.is_finite() && *scale > 0.0) else {
            return Err(broken(format!("scale is {scale:?}, expected a number above 0")));
        };
        let event = builder.build().map_err(|error| broken(error.to_string()))?;
        let mut counters = Vec::with_capacity(self.cpus.len());
        for cpu in &self.cpus {
            let cpu = usize::try_from(*cpu).unwrap_or(usize::MAX);
            // These PMUs count whole packages and refuse to leave anyone out, the kernel included.
            let mut counter = Builder::new(event)
                .any_pid()
                .one_cpu(cpu)
                .include_kernel()
                .include_hv()
                .build()
                .map_err(refused)?;
            counter.enable().map_err(refused)?;
            counter.read().map_err(refused)?;
            counters.push(counter);
        }
        Ok(Open { counters, scale })
    }

    fn pmu_name(&self) -> &str {
        self.pmu.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

impl Open {
    /// Counts since opening.
    ///
    /// # Errors
    /// One of the counters cannot be read.
    pub(super) fn read(&mut self) -> Result<u64, FaultKind> {
        self.counters.iter_mut().try_fold(0_u64, |sum, counter| {
            let count = counter.read().map_err(|error| io_fault(&error))?;
            Ok(sum.wrapping_add(count))
        })
    }
}

/// Socket and die of a CPU.
fn topology(sysfs: &Path, cpu: u32) -> Option<(u32, u32)> {
    let folder = sysfs.join(format!("devices/system/cpu/cpu{cpu}/topology"));
    let number = |file: &str| read_number(folder.join(file)).ok().and_then(|number| number.try_into().ok());
    // Kernels before 5.2 know no dies.
    Some((number("physical_package_id")?, number("die_id").unwrap_or(0)))
}

/// The CPUs in a list such as `0-1,28`.
fn cpu_list(text: &str) -> Option<Vec<u32>> {
    /// Far above the kernel's own limit (8192): a longer range is a broken file.
    const MOST: u32 = 1 << 16;
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if last > MOST {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus_are_read_as_the_kernel_writes_them() {
        let cases = [
            ("0", Some(vec![0])),
            ("0,28", Some(vec![0, 28])),
            ("0-2,5", Some(vec![0, 1, 2, 5])),
            ("", None),
            ("a", None),
            ("0-4294967295", None),
        ];
        for (text, expected) in cases {
            assert_eq!(cpu_list(text), expected, "{text}");
        }
    }
}
