//! What a GPU tells of its state beside its energy: heat, clocks, limits, other users.

use std::collections::BTreeSet;
use std::path::Path;

use nvml_wrapper::Device;
use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::error::{Bits, NvmlError};

use crate::conditions::Conditions;
use crate::proc::Stat;

/// The reasons for lower clocks that nobody asked for. Idling, a power cap and clocks that were set on
/// purpose are no throttling: they are what is being measured.
const SLOWDOWNS: [(ThrottleReasons, &str); 5] = [
    (ThrottleReasons::HW_SLOWDOWN, "hardware-slowdown"),
    (ThrottleReasons::SYNC_BOOST, "slower-gpu-of-group"),
    (ThrottleReasons::SW_THERMAL_SLOWDOWN, "software-thermal-slowdown"),
    (ThrottleReasons::HW_THERMAL_SLOWDOWN, "hardware-thermal-slowdown"),
    (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power-brake-slowdown"),
];

/// Longest chain of parents that is followed; a process has far fewer.
const MOST_PARENTS: usize = 256;

/// The state of a GPU now; `attached` is the root of the process tree that is measured.
pub(super) fn conditions(device: &Device<'_>, attached: Option<u32>, proc_root: &Path) -> Conditions {
    Conditions {
        temperature_c: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
        throttle: throttle(device),
        clock_mhz: device.clock_info(Clock::SM).ok().map(f64::from),
        power_limit_w: device.enforced_power_limit().ok().map(|milliwatts| f64::from(milliwatts) * 1e-3),
        foreign_processes: foreign(device, attached, proc_root),
    }
}

fn throttle(device: &Device<'_>) -> Option<Vec<String>> {
    let bits = match device.current_throttle_reasons_strict() {
        Ok(reasons) => reasons.bits(),
        Err(NvmlError::IncorrectBits(Bits::U64(bits))) => bits,
        Err(_) => return None,
    };
    Some(slowdowns(bits))
}

fn slowdowns(bits: u64) -> Vec<String> {
    let known = SLOWDOWNS.iter().filter(|(reason, _)| bits & reason.bits() != 0);
    let mut words: Vec<String> = known.map(|(_, word)| (*word).to_owned()).collect();
    // A reason that is newer than this program may be a slowdown, so it is not passed over.
    let unknown = bits & !ThrottleReasons::all().bits();
    if unknown != 0 {
        words.push(format!("unknown-reason-{unknown:#x}"));
    }
    words
}

/// Processes that compute or draw on the GPU and are not of the tree. None: not all that the driver names
/// can be looked up, as in a container, where it may name them by the ids that they have outside.
fn foreign(device: &Device<'_>, attached: Option<u32>, proc_root: &Path) -> Option<u32> {
    let computing = device.running_compute_processes().ok()?;
    let drawing = match device.running_graphics_processes() {
        Ok(drawing) => drawing,
        // Boards without a display have no such list.
        Err(NvmlError::NotSupported) => Vec::new(),
        Err(_) => return None,
    };
    let ids: BTreeSet<u32> = computing.iter().chain(&drawing).map(|process| process.pid).collect();
    let mut foreign = 0;
    for id in ids {
        foreign += u32::from(!descends(id, attached, proc_root)?);
    }
    Some(foreign)
}

/// Whether a process is `root` or a descendant of it; None: it or one of its parents cannot be looked up.
fn descends(mut pid: u32, root: Option<u32>, proc_root: &Path) -> Option<bool> {
    for _ in 0..MOST_PARENTS {
        let stat = Stat::read(proc_root, pid).ok()?;
        if Some(pid) == root {
            return Some(true);
        }
        pid = stat.parent;
        if pid == 0 {
            return Some(false);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_slowdowns_that_nobody_asked_for_are_throttling() {
        let cases: [(u64, &[&str]); 7] = [
            (0, &[]),
            (0x1 | 0x2 | 0x4 | 0x100, &[]),
            (0x8, &["hardware-slowdown"]),
            (0x8 | 0x40, &["hardware-slowdown", "hardware-thermal-slowdown"]),
            (0x4 | 0x20, &["software-thermal-slowdown"]),
            (0x10 | 0x80, &["slower-gpu-of-group", "power-brake-slowdown"]),
            (0x400, &["unknown-reason-0x400"]),
        ];
        for (bits, expected) in cases {
            assert_eq!(slowdowns(bits), expected, "{bits:#x}");
        }
    }

    #[test]
    fn descendants_are_found_through_their_parents() {
        let proc_root = tempfile::tempdir().unwrap();
        for (pid, name, parent) in [(1, "init", 0), (10, "a) b (c", 1), (11, "engine", 10), (20, "other", 1)]
        {
            let folder = proc_root.path().join(pid.to_string());
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("stat"), format!("{pid} ({name}) S {parent}{}", " 0".repeat(18))).unwrap();
        }
        let cases = [
            (11, Some(10), Some(true)),
            (10, Some(10), Some(true)),
            (20, Some(10), Some(false)),
            (11, None, Some(false)),
            (12, Some(10), None),
        ];
        for (pid, root, expected) in cases {
            assert_eq!(descends(pid, root, proc_root.path()), expected, "{pid} {root:?}");
        }
    }
}
