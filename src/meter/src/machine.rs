//! What kind of machine this is, as far as it decides which meters there can be.

use std::path::Path;

use crate::proc::{CpuInfo, hypervisor};

/// A processor's maker, and whether a hypervisor stands between it and this system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Intel.
    pub(crate) intel: bool,
    /// AMD, or Hygon, whose processors are AMD's.
    pub(crate) amd: bool,
    /// Any maker of Arm processors.
    pub(crate) arm: bool,
    /// A guest of a hypervisor.
    pub(crate) guest: bool,
}

impl Machine {
    /// Reads `cpuinfo`; where it cannot be read, nothing is known and everything is false.
    pub(crate) fn look(sysfs_root: &Path, proc_root: &Path) -> Self {
        let info = CpuInfo::read(proc_root);
        let maker = info.field("vendor_id").unwrap_or_default();
        Self {
            intel: maker == "GenuineIntel",
            amd: maker == "AuthenticAMD" || maker == "HygonGenuine",
            arm: info.field("CPU implementer").is_some_and(|maker| !maker.is_empty()),
            guest: hypervisor(sysfs_root, proc_root).unwrap_or(false),
        }
    }

    /// Whether its processor has RAPL counters, if nothing hides them.
    pub(crate) fn has_rapl(self) -> bool {
        self.intel || self.amd
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn makers_and_hypervisors_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [
            ("vendor_id\t: GenuineIntel\nflags\t\t: fpu msr\n", (true, false, false, false)),
            ("vendor_id\t: AuthenticAMD\nflags\t\t: fpu hypervisor msr\n", (false, true, false, true)),
            ("vendor_id\t: HygonGenuine\n", (false, true, false, false)),
            ("CPU implementer\t: 0x41\n", (false, false, true, false)),
            ("", (false, false, false, false)),
        ];
        for (text, (intel, amd, arm, guest)) in cases {
            fs::write(folder.path().join("cpuinfo"), text).unwrap();
            assert_eq!(
                Machine::look(folder.path(), folder.path()),
                Machine { intel, amd, arm, guest },
                "{text}"
            );
        }
        assert_eq!(Machine::look(Path::new("/nonexistent"), Path::new("/nonexistent")), Machine::default());
    }
}
