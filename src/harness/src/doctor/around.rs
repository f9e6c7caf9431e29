//! The surroundings in words: what they are, and which of them spoil numbers.

use std::path::Path;

use serde::Serialize;

use crate::machine::Surroundings;

/// The hypervisor may give others so much before it is worth a line; runs have a limit of their own.
const MUCH_STOLEN: f64 = 0.01;

/// Something around a run that spoils its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spoiler {
    /// What it is, and what it does to numbers.
    pub what: String,
    /// What to do about it.
    pub mend: Option<String>,
}

impl Spoiler {
    /// All that spoil numbers here.
    pub fn all(around: &Surroundings, sysfs_root: &Path) -> Vec<Self> {
        let mut all = Vec::new();
        let mut note = |what: String, mend: &str| {
            all.push(Self { what, mend: (!mend.is_empty()).then(|| mend.to_owned()) });
        };
        if around.on_battery == Some(true) {
            note("on battery the processor is held back".to_owned(), "plug the machine in");
        }
        if let Some(governor) = around.governor.as_deref().filter(|name| *name != "performance") {
            let what = format!("under the governor `{governor}` clocks follow the load");
            note(what, "`sudo cpupower frequency-set -g performance`");
        }
        if around.turbo == Some(true) {
            let what = "with turbo, clocks depend on heat and on what ran before";
            let intel = sysfs_root.join("devices/system/cpu/intel_pstate/no_turbo").exists();
            note(
                what.to_owned(),
                if intel {
                    "`echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo`"
                } else {
                    "`echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost`"
                },
            );
        }
        if let Some(cores) = around.quota_cores {
            let held = around.quota_throttled_us.unwrap_or(0) as f64 * 1e-6;
            note(
                format!("a quota of {cores:.1} cores stops programs that want more ({held:.1} s so far)"),
                "set the engine's threads below it, or start the container without `--cpus`",
            );
        }
        if let Some(share) = around.steal_rel.filter(|share| *share > MUCH_STOLEN) {
            let what = format!("the hypervisor gave {:.1} % of the time since boot to others", share * 100.0);
            note(what, "use a machine of your own");
        }
        if let Some(bytes) = around.swap_used.filter(|bytes| *bytes > 0) {
            let what = format!("{} MiB of swap are in use: waiting for a disk costs energy too", bytes >> 20);
            note(what, "end what fills the memory");
        }
        all
    }
}

/// What is known, as one line, and after it what nothing tells.
pub fn describe(around: &Surroundings) -> String {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    let mut flag = |name: &'static str, value: Option<bool>, yes: &str, no: &str| match value {
        Some(value) => known.push(if value { yes } else { no }.to_owned()),
        None => unknown.push(name),
    };
    flag("hypervisor", around.hypervisor, "virtual machine", "no hypervisor");
    flag("container", around.container, "container", "no container");
    flag("battery", around.on_battery, "on battery", "on mains");
    flag("turbo", around.turbo, "turbo on", "turbo off");
    match &around.governor {
        Some(governor) => known.push(format!("governor {governor}")),
        None => unknown.push("governor"),
    }
    if let Some(cores) = around.quota_cores {
        known.push(format!("quota {cores:.1} cores"));
    }
    match around.steal_rel {
        Some(share) => known.push(format!("{:.1} % stolen since boot", share * 100.0)),
        None => unknown.push("stolen time"),
    }
    match around.swap_used {
        Some(0) => known.push("no swap in use".to_owned()),
        Some(_) => known.push("swap in use".to_owned()),
        None => unknown.push("swap"),
    }
    let known = if known.is_empty() { "nothing is known".to_owned() } else { known.join(", ") };
    let unknown =
        if unknown.is_empty() { String::new() } else { format!("; unknown: {}", unknown.join(", ")) };
    format!("Surroundings: {known}{unknown}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spoils_numbers_is_said_with_its_mend_and_what_does_not_is_left_out() {
        let calm = Surroundings {
            on_battery: Some(false),
            governor: Some("performance".to_owned()),
            turbo: Some(false),
            hypervisor: Some(false),
            container: Some(false),
            steal_rel: Some(0.0),
            swap_used: Some(0),
            ..Surroundings::default()
        };
        let root = Path::new("/nonexistent");
        assert_eq!(Spoiler::all(&calm, root), []);
        assert_eq!(Spoiler::all(&Surroundings::default(), root), []);
        let wild = Surroundings {
            on_battery: Some(true),
            governor: Some("powersave".to_owned()),
            turbo: Some(true),
            quota_cores: Some(1.5),
            steal_rel: Some(0.2),
            swap_used: Some(1 << 30),
            ..calm.clone()
        };
        let all = Spoiler::all(&wild, root);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|spoiler| spoiler.mend.is_some()));
        assert_eq!(
            describe(&calm),
            "Surroundings: no hypervisor, no container, on mains, turbo off, governor performance, 0.0 % \
             stolen since boot, no swap in use."
        );
        assert!(describe(&Surroundings::default()).starts_with("Surroundings: nothing is known; unknown: "));
    }
}
