//! The processors, as `cpuinfo` describes them.

use std::fs;
use std::path::Path;

/// The text of `cpuinfo`; empty where it cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuInfo(String);

impl CpuInfo {
    /// Reads it.
    pub fn read(proc_root: &Path) -> Self {
        Self(fs::read_to_string(proc_root.join("cpuinfo")).unwrap_or_default())
    }

    /// A field of the first processor that has it.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields(name).next()
    }

    /// Sockets that the processors name; at least one.
    pub fn sockets(&self) -> usize {
        let mut packages: Vec<&str> = self.fields("physical id").collect();
        packages.sort_unstable();
        packages.dedup();
        packages.len().max(1)
    }

    fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.0.lines().filter_map(|line| line.split_once(':'));
        pairs.filter(move |(key, _)| key.trim() == name).map(|(_, value)| value.trim())
    }
}

/// Whether a hypervisor runs below. None: nothing tells, as on most Arm machines.
pub fn hypervisor(sysfs_root: &Path, proc_root: &Path) -> Option<bool> {
    // CPUID leaf 1, ECX bit 31: set by every hypervisor that does not hide itself. Only x86 processors have
    // flags; Xen's and other guests have the folder.
    match CpuInfo::read(proc_root).field("flags") {
        Some(flags) => Some(flags.split_whitespace().any(|flag| flag == "hypervisor")),
        None => {
            let kind = fs::read_to_string(sysfs_root.join("hypervisor/type")).ok()?;
            (!kind.trim().is_empty()).then_some(true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: A CPU: fast\nphysical id\t: 0\n\n\
                    processor\t: 1\nmodel name\t: other\nphysical id\t: 1\nflags\t\t:\n";
        fs::write(folder.path().join("cpuinfo"), text).unwrap();
        let info = CpuInfo::read(folder.path());
        assert_eq!((info.field("model name"), info.field("model")), (Some("A CPU: fast"), Some("85")));
        assert_eq!((info.field("microcode"), info.sockets()), (None, 2));
        assert_eq!(CpuInfo::read(Path::new("/nonexistent")).sockets(), 1);
    }

    #[test]
    fn a_hypervisor_is_known_by_a_flag_or_by_its_folder() {
        for (info, kind, expected) in [
            ("flags\t\t: fpu hypervisor sse\n", "", Some(true)),
            ("flags\t\t: fpu sse\n", "xen\n", Some(false)),
            ("CPU implementer : 0x41\n", "xen\n", Some(true)),
            ("CPU implementer : 0x41\n", "\n", None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("cpuinfo"), info).unwrap();
            fs::create_dir(folder.path().join("hypervisor")).unwrap();
            fs::write(folder.path().join("hypervisor/type"), kind).unwrap();
            assert_eq!(hypervisor(folder.path(), folder.path()), expected, "{info} {kind}");
        }
        assert_eq!(hypervisor(Path::new("/nonexistent"), Path::new("/nonexistent")), None);
    }
}
