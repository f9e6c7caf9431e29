//! What kind of machine this is, as far as it decides which meters there can be.

use std::fs;
use std::path::Path;

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
    pub(crate) fn look(proc_root: &Path) -> Self {
        let text = fs::read_to_string(proc_root.join("cpuinfo")).unwrap_or_default();
        let value = |key: &str| {
            let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim()).unwrap_or_default()
        };
        let maker = value("vendor_id");
        Self {
            intel: maker == "GenuineIntel",
            amd: maker == "AuthenticAMD" || maker == "HygonGenuine",
            arm: !value("CPU implementer").is_empty(),
            // CPUID leaf 1, ECX bit 31: set by every hypervisor that does not hide itself.
            guest: value("flags").split(' ').any(|flag| flag == "hypervisor"),
        }
    }

    /// Whether its processor has RAPL counters, if nothing hides them.
    pub(crate) fn has_rapl(self) -> bool {
        self.intel || self.amd
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(Machine::look(folder.path()), Machine { intel, amd, arm, guest }, "{text}");
        }
        assert_eq!(Machine::look(Path::new("/nonexistent")), Machine::default());
    }
}
