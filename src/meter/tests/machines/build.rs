//! Lays out a machine's files in a temporary folder, with class folders symlinked as in real sysfs.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::catalogue::{Hwmon, MachineSpec, Vendor, Zone};

/// Which ways to RAPL are laid out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Interfaces {
    Powercap,
    Perf,
    Both,
}

/// A machine's tree; removed when dropped.
pub struct FakeMachine {
    root: TempDir,
}

/// The type of the real PMU that fake ones stand on: its time stamp counter always counts. None where the
/// kernel has none, as in some containers and on other processors.
pub fn msr_pmu() -> Option<u32> {
    fs::read_to_string("/sys/bus/event_source/devices/msr/type").ok()?.trim().parse().ok()
}

impl FakeMachine {
    /// Lays out `spec`. PMU folders need [`msr_pmu`].
    pub fn new(spec: &MachineSpec, interfaces: Interfaces) -> Self {
        let root = tempfile::tempdir().unwrap();
        // Permission tests enter as another user; temporary folders are closed to others.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let machine = Self { root };
        machine.write("proc/cpuinfo", &cpuinfo(spec));
        machine.write("proc/sys/kernel/perf_event_paranoid", "2\n");
        fs::create_dir_all(machine.sysfs()).unwrap();
        for (cpu, (package, die)) in spec.cpus.iter().enumerate() {
            let topology = format!("sys/devices/system/cpu/cpu{cpu}/topology");
            machine.write(&format!("{topology}/physical_package_id"), &format!("{package}\n"));
            machine.write(&format!("{topology}/die_id"), &format!("{die}\n"));
        }
        if interfaces != Interfaces::Perf {
            machine.powercap(spec);
        }
        if interfaces != Interfaces::Powercap {
            for (name, cpumask, events) in spec.pmus {
                machine.pmu(name, cpumask, events);
            }
        }
        for (number, sensor) in spec.hwmon.iter().enumerate() {
            machine.hwmon(number, sensor);
        }
        machine
    }

    /// What stands for `/sys`.
    pub fn sysfs(&self) -> PathBuf {
        self.root.path().join("sys")
    }

    /// What stands for `/proc`.
    pub fn proc(&self) -> PathBuf {
        self.root.path().join("proc")
    }

    /// Writes a file, in place where it exists: whoever has it open sees the new text, as in sysfs.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a file over its old text, which must have the same length: a reader meets the old or the new.
    pub fn write_in_place(&self, path: &str, text: &str) {
        let file = fs::OpenOptions::new().write(true).open(self.root.path().join(path)).unwrap();
        file.write_all_at(text.as_bytes(), 0).unwrap();
    }

    /// Where the files of a powercap zone are.
    pub fn zone(zone: &str, file: &str) -> String {
        format!("sys/class/powercap/{zone}/{file}")
    }

    fn powercap(&self, spec: &MachineSpec) {
        if !spec.powercap {
            return;
        }
        fs::create_dir_all(self.sysfs().join("class/powercap")).unwrap();
        for (index, Zone(zone, name, range)) in spec.zones.iter().enumerate() {
            let kind = zone.split(':').next().unwrap();
            let device = match zone.rsplit_once(':') {
                Some((parent, _)) if parent.contains(':') => format!("{kind}/{parent}/{zone}"),
                _ => format!("{kind}/{zone}"),
            };
            let folder = format!("sys/devices/virtual/powercap/{device}");
            self.write(&format!("{folder}/name"), &format!("{name}\n"));
            self.write(&format!("{folder}/energy_uj"), &format!("{}\n", (index + 1) * 1_000_000));
            if let Some(range) = range {
                self.write(&format!("{folder}/max_energy_range_uj"), &format!("{range}\n"));
            }
            self.link(&format!("class/powercap/{zone}"), &format!("devices/virtual/powercap/{device}"));
            self.link(&format!("class/powercap/{kind}"), &format!("devices/virtual/powercap/{kind}"));
        }
    }

    fn pmu(&self, name: &str, cpumask: &str, events: &[&str]) {
        let folder = format!("sys/devices/{name}");
        let pmu = msr_pmu().expect("a test that asks for PMUs checks first");
        self.write(&format!("{folder}/type"), &format!("{pmu}\n"));
        self.write(&format!("{folder}/cpumask"), &format!("{cpumask}\n"));
        self.write(&format!("{folder}/format/event"), "config:0-7\n");
        for event in events {
            let event = format!("{folder}/events/energy-{event}");
            self.write(&event, "event=0x00\n");
            self.write(&format!("{event}.scale"), "2.3283064365386962890625e-10\n");
            self.write(&format!("{event}.unit"), "Joules\n");
        }
        self.link(&format!("bus/event_source/devices/{name}"), &format!("devices/{name}"));
    }

    fn hwmon(&self, number: usize, Hwmon { device, name, files, device_files }: &Hwmon) {
        let device = format!("devices/{device}");
        let folder = format!("{device}/hwmon/hwmon{number}");
        self.write(&format!("sys/{folder}/name"), &format!("{name}\n"));
        for (file, text) in *files {
            self.write(&format!("sys/{folder}/{file}"), &format!("{text}\n"));
        }
        for (file, text) in *device_files {
            self.write(&format!("sys/{device}/{file}"), &format!("{text}\n"));
        }
        self.link(&format!("{folder}/device"), &device);
        self.link(&format!("class/hwmon/hwmon{number}"), &folder);
    }

    /// A relative symbolic link between two places below `sys`, as real sysfs has them.
    fn link(&self, from: &str, to: &str) {
        let link = self.sysfs().join(from);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        if link.symlink_metadata().is_ok() {
            return;
        }
        let up = "../".repeat(Path::new(from).components().count() - 1);
        symlink(format!("{up}{to}"), link).unwrap();
    }
}

fn cpuinfo(spec: &MachineSpec) -> String {
    let flags = if spec.guest { "fpu msr hypervisor" } else { "fpu msr" };
    match spec.vendor {
        Vendor::Intel => format!("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: {flags}\n"),
        Vendor::Amd => format!("processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: {flags}\n"),
        Vendor::Arm => "processor\t: 0\nCPU implementer\t: 0x41\n".to_owned(),
    }
}
