//! What surrounds a run and spoils its numbers: battery, clocks, quotas, hypervisors, containers.

use std::fs;
use std::path::{Path, PathBuf};

use harness_meter::ProcessorTime;
use harness_meter::proc::hypervisor;
use serde::Serialize;

/// The state of the machine around a measurement. None: nothing tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Surroundings {
    /// It runs on its battery, so that the processor is held back.
    pub on_battery: Option<bool>,
    /// How clocks are chosen; several governors are joined by `+`.
    pub governor: Option<String>,
    /// Clocks may rise above the rated one, as heat allows.
    pub turbo: Option<bool>,
    /// Cores that this program's cgroup, or one above it, may use; None also where there is no quota.
    pub quota_cores: Option<f64>,
    /// How long these cgroups were kept from running by their quota since they were made, µs.
    pub quota_throttled_us: Option<u64>,
    /// A hypervisor runs below.
    pub hypervisor: Option<bool>,
    /// This program runs in a container.
    pub container: Option<bool>,
    /// Share of the processors' time since boot that the hypervisor gave to others.
    pub steal_rel: Option<f64>,
    /// Bytes of swap in use.
    pub swap_used: Option<u64>,
}

impl Surroundings {
    /// Looks now. The folders are `/sys` and `/proc`, elsewhere only in tests.
    pub fn look(sysfs_root: &Path, proc_root: &Path) -> Self {
        let groups = cgroups(sysfs_root, proc_root);
        let time = ProcessorTime::read(proc_root).filter(|time| time.total > 0);
        Self {
            on_battery: on_battery(sysfs_root),
            governor: governor(sysfs_root),
            turbo: turbo(sysfs_root),
            quota_cores: groups.iter().filter_map(|group| quota(group)).reduce(f64::min),
            quota_throttled_us: groups
                .iter()
                .filter_map(|group| throttled_us(group))
                .reduce(u64::saturating_add),
            hypervisor: hypervisor(sysfs_root, proc_root),
            container: container(proc_root),
            steal_rel: time.map(|time| time.steal as f64 / time.total as f64),
            swap_used: swap_used(proc_root),
        }
    }
}

/// A file's text without blanks around it; None where it cannot be read or is empty.
fn text(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// As systemd decides it: a plugged-in supply settles it, else a battery that gives.
fn on_battery(sysfs_root: &Path) -> Option<bool> {
    let (mut unplugged, mut gives, mut keeps) = (false, false, false);
    for supply in entries(&sysfs_root.join("class/power_supply")) {
        let says = |file| text(&supply.join(file)).unwrap_or_default();
        match says("type").as_str() {
            // A mouse's battery is not the machine's.
            _ if says("scope") == "Device" => {}
            "Battery" if says("status") == "Discharging" => gives = true,
            "Battery" => keeps = true,
            "Mains" | "USB" if says("online") == "1" => return Some(false),
            "Mains" => unplugged = true,
            _ => {}
        }
    }
    if gives || (unplugged && keeps) {
        return Some(true);
    }
    keeps.then_some(false)
}

fn governor(sysfs_root: &Path) -> Option<String> {
    let cpus = entries(&sysfs_root.join("devices/system/cpu"));
    let mut names: Vec<String> =
        cpus.iter().filter_map(|cpu| text(&cpu.join("cpufreq/scaling_governor"))).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| names.join("+"))
}

fn turbo(sysfs_root: &Path) -> Option<bool> {
    let cpu = sysfs_root.join("devices/system/cpu");
    let flag = |file: &str| match text(&cpu.join(file))?.as_str() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    flag("intel_pstate/no_turbo").map(|off| !off).or_else(|| flag("cpufreq/boost"))
}

/// The folders of this program's cgroup and of those above it that schedule processors. Inside a
/// container only its own root is shown, whatever path the kernel names.
fn cgroups(sysfs_root: &Path, proc_root: &Path) -> Vec<PathBuf> {
    let mounts = sysfs_root.join("fs/cgroup");
    let lines = text(&proc_root.join("self/cgroup")).unwrap_or_default();
    let mut folders = Vec::new();
    for line in lines.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let roots = if controllers.is_empty() {
            vec![mounts.clone(), mounts.join("unified")]
        } else if controllers.split(',').any(|controller| controller == "cpu") {
            vec![mounts.join(controllers), mounts.join("cpu")]
        } else {
            continue;
        };
        // Two names of one mount are two paths: only the first that is there counts.
        let Some(root) = roots
            .into_iter()
            .find(|root| ["cgroup.controllers", "cgroup.procs"].iter().any(|file| root.join(file).exists()))
        else {
            continue;
        };
        let path = Path::new(path.trim_start_matches('/'));
        // A path that leads out of what is shown (`/../x`) is the root here.
        let inside = !path.components().any(|part| part.as_os_str() == "..");
        let above = path.ancestors().filter(|_| inside).filter(|part| !part.as_os_str().is_empty());
        folders.extend(above.map(|part| root.join(part)).filter(|folder| folder.is_dir()));
        folders.push(root);
    }
    folders
}

/// Cores that a cgroup may use: version 2, else version 1.
fn quota(group: &Path) -> Option<f64> {
    let (quota, period) = match text(&group.join("cpu.max")) {
        Some(line) => {
            let (quota, period) = line.split_once(' ')?;
            (quota.to_owned(), period.to_owned())
        }
        None => (text(&group.join("cpu.cfs_quota_us"))?, text(&group.join("cpu.cfs_period_us"))?),
    };
    // `max` and -1 mean none.
    let quota: f64 = quota.parse().ok().filter(|quota| *quota > 0.0)?;
    let period: f64 = period.parse().ok().filter(|period| *period > 0.0)?;
    Some(quota / period)
}

fn throttled_us(group: &Path) -> Option<u64> {
    let stat = text(&group.join("cpu.stat"))?;
    let value = |key: &str| -> Option<u64> {
        let line = stat.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    };
    value("throttled_usec").or_else(|| value("throttled_time").map(|ns| ns / 1000))
}

fn container(proc_root: &Path) -> Option<bool> {
    let root = proc_root.join("self/root");
    // Left there by Docker, Podman and systemd-nspawn.
    let marks = [".dockerenv", "run/.containerenv", "run/systemd/container"];
    if marks.iter().any(|mark| root.join(mark).exists()) {
        return Some(true);
    }
    let groups = text(&proc_root.join("1/cgroup")).unwrap_or_default();
    if ["docker", "kubepods", "containerd", "lxc"].iter().any(|name| groups.contains(name)) {
        return Some(true);
    }
    // systemd, where it is the first process, marks containers as above.
    (text(&proc_root.join("1/comm"))? == "systemd").then_some(false)
}

fn swap_used(proc_root: &Path) -> Option<u64> {
    let info = text(&proc_root.join("meminfo"))?;
    let kib = |key: &str| -> Option<u64> {
        let value = info.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        value.trim().trim_end_matches("kB").trim_end().parse().ok()
    };
    Some(kib("SwapTotal")?.saturating_sub(kib("SwapFree")?).saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a machine of these files looks like; paths begin with `sys/` or `proc/`.
    fn look(files: &[(&str, &str)]) -> Surroundings {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Surroundings::look(&folder.path().join("sys"), &folder.path().join("proc"))
    }

    #[test]
    fn nothing_is_known_where_nothing_tells() {
        assert_eq!(look(&[]), Surroundings::default());
    }

    #[test]
    fn a_plugged_in_supply_settles_whether_the_battery_is_used() {
        const SUPPLY: &str = "sys/class/power_supply";
        /// Files with their texts, and what they mean.
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<bool>);
        let cases: [Case<'_>; 6] = [
            (&[("BAT0/type", "Battery\n"), ("BAT0/status", "Discharging\n")], Some(true)),
            (&[("BAT0/type", "Battery"), ("BAT0/status", "Full")], Some(false)),
            (
                &[
                    ("AC/type", "Mains"),
                    ("AC/online", "1"),
                    ("BAT0/type", "Battery"),
                    ("BAT0/status", "Discharging"),
                ],
                Some(false),
            ),
            (
                &[
                    ("AC/type", "Mains"),
                    ("AC/online", "0"),
                    ("BAT0/type", "Battery"),
                    ("BAT0/status", "Unknown"),
                ],
                Some(true),
            ),
            (&[("hid/type", "Battery"), ("hid/scope", "Device"), ("hid/status", "Discharging")], None),
            (&[("AC/type", "Mains"), ("AC/online", "1")], Some(false)),
        ];
        for (files, expected) in cases {
            let files: Vec<(String, &str)> =
                files.iter().map(|(path, text)| (format!("{SUPPLY}/{path}"), *text)).collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            assert_eq!(look(&files).on_battery, expected, "{files:?}");
        }
    }

    #[test]
    fn governors_and_turbo_are_read_as_intel_and_others_show_them() {
        const CPU: &str = "sys/devices/system/cpu";
        let intel = look(&[
            (&format!("{CPU}/cpu0/cpufreq/scaling_governor"), "powersave\n"),
            (&format!("{CPU}/cpu1/cpufreq/scaling_governor"), "performance\n"),
            (&format!("{CPU}/cpu2/cpufreq/scaling_governor"), "powersave\n"),
            (&format!("{CPU}/intel_pstate/no_turbo"), "0\n"),
        ]);
        assert_eq!(intel.governor.as_deref(), Some("performance+powersave"));
        assert_eq!(intel.turbo, Some(true));
        for (boost, expected) in [("1\n", Some(true)), ("0\n", Some(false)), ("?\n", None)] {
            assert_eq!(look(&[(&format!("{CPU}/cpufreq/boost"), boost)]).turbo, expected);
        }
    }

    #[test]
    fn the_tightest_quota_of_a_cgroup_and_those_above_it_counts() {
        let v2 = look(&[
            ("proc/self/cgroup", "0::/pod/box\n"),
            ("sys/fs/cgroup/cgroup.controllers", "cpu"),
            ("sys/fs/cgroup/pod/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/pod/cpu.stat", "usage_usec 5\nthrottled_usec 70\n"),
            ("sys/fs/cgroup/pod/box/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/pod/box/cpu.stat", "usage_usec 5\nthrottled_usec 3\n"),
        ]);
        assert_eq!((v2.quota_cores, v2.quota_throttled_us), (Some(1.5), Some(73)));
        // A container: the kernel names the host's path, and only the container's root is shown.
        let v1 = look(&[
            ("proc/self/cgroup", "4:memory:/docker/0f\n2:cpu,cpuacct:/docker/0f\n"),
            ("sys/fs/cgroup/cpu/cgroup.procs", ""),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
            ("sys/fs/cgroup/cpu/cpu.stat", "nr_throttled 2\nthrottled_time 4500000\n"),
        ]);
        assert_eq!((v1.quota_cores, v1.quota_throttled_us), (Some(0.5), Some(4500)));
        let unlimited = look(&[
            ("proc/self/cgroup", "2:cpu:/\n0::/../other\n"),
            ("sys/fs/cgroup/cpu/cgroup.procs", ""),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
        ]);
        assert_eq!((unlimited.quota_cores, unlimited.quota_throttled_us), (None, None));
    }

    #[test]
    fn hypervisors_and_containers_are_known_by_their_marks() {
        for (path, text, expected) in [
            ("proc/cpuinfo", "processor : 0\nflags\t\t: fpu hypervisor sse\n", Some(true)),
            ("proc/cpuinfo", "flags\t\t: fpu sse\n", Some(false)),
            ("proc/cpuinfo", "CPU implementer : 0x41\n", None),
            ("sys/hypervisor/type", "xen\n", Some(true)),
        ] {
            assert_eq!(look(&[(path, text)]).hypervisor, expected, "{path}: {text}");
        }
        for (path, text, expected) in [
            ("proc/self/root/.dockerenv", "", Some(true)),
            ("proc/self/root/run/.containerenv", "", Some(true)),
            ("proc/1/cgroup", "0::/kubepods/pod7\n", Some(true)),
            ("proc/1/comm", "systemd\n", Some(false)),
            ("proc/1/comm", "sh\n", None),
        ] {
            assert_eq!(look(&[(path, text)]).container, expected, "{path}: {text}");
        }
    }

    #[test]
    fn stolen_time_and_swap_are_read() {
        let machine = look(&[
            ("proc/stat", "cpu  50 0 20 880 10 0 0 40 0 0\n"),
            ("proc/meminfo", "MemTotal: 9 kB\nSwapTotal:  2048 kB\nSwapFree:  1024 kB\n"),
        ]);
        assert_eq!((machine.steal_rel, machine.swap_used), (Some(0.04), Some(1 << 20)));
    }
}
