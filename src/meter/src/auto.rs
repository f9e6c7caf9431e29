//! Chooses the meters of a run: those that the suite names, or with `auto` the best that are there.

use std::fs;

use crate::domain::Class;
use crate::fault::MeterFault;
use crate::meter::{METERS, Meter, MeterEntry};
use crate::settings::Settings;

/// The name that lets this program choose.
pub const AUTO: &str = "auto";

/// Opened meters, and how they were chosen.
pub struct Choice {
    /// At least one.
    pub meters: Vec<Box<dyn Meter>>,
    /// One sentence for people: what was looked for, found and taken.
    pub sentence: String,
}

/// Why the named meters cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The list makes no sense: unknown name, a name twice, `auto` beside others, no name.
    #[error("{message}\nhelp: {help}")]
    BadList {
        /// One sentence.
        message: String,
        /// What to do next.
        help: String,
    },
    /// The list is right and this machine lacks what it names.
    #[error("{message}\nhelp: {help}")]
    Missing {
        /// One sentence.
        message: String,
        /// What to do next.
        help: String,
    },
}

impl From<MeterFault> for Unavailable {
    fn from(fault: MeterFault) -> Self {
        Self::Missing { message: fault.message, help: fault.help }
    }
}

/// Something that `auto` looks for and no meter reads yet.
struct Look {
    what: &'static str,
    /// What was found, or why it was not.
    find: fn(&Settings) -> Result<String, String>,
}

const LOOKS: &[Look] = &[
    Look { what: "NVML", find: find_nvml },
    Look { what: "RAPL by perf", find: find_perf },
    Look { what: "RAPL by powercap", find: find_powercap },
];

/// Opens the meters that a suite names. All named ones are required; `["auto"]` takes the best class
/// that is there. The settings have passed [`Settings::check`].
///
/// # Errors
/// The list makes no sense, or a meter cannot be opened on this machine.
pub fn choose(names: &[String], settings: &Settings) -> Result<Choice, Unavailable> {
    check_names(names)?;
    if names.iter().any(|name| name == AUTO) { automatic(settings) } else { named(names, settings) }
}

/// Checks a suite's list of meters without touching the machine.
///
/// # Errors
/// [`Unavailable::BadList`].
pub fn check_names(names: &[String]) -> Result<(), Unavailable> {
    let known: Vec<String> = METERS.iter().map(|entry| format!("`{}`", entry.name)).collect();
    let bad = |message| {
        Err(Unavailable::BadList { message, help: format!("write `auto`, or any of {}", known.join(", ")) })
    };
    if names.is_empty() {
        return bad("`meters` is empty, expected at least one name".to_owned());
    }
    for (index, name) in names.iter().enumerate() {
        if name == AUTO && names.len() > 1 {
            return bad("`auto` stands beside other meters, expected it alone".to_owned());
        }
        if name != AUTO && entry(name).is_none() {
            return bad(format!("there is no meter `{name}`"));
        }
        if names[..index].contains(name) {
            return bad(format!("meter `{name}` is named twice"));
        }
    }
    Ok(())
}

fn entry(name: &str) -> Option<&'static MeterEntry> {
    METERS.iter().find(|entry| entry.name == name)
}

fn named(names: &[String], settings: &Settings) -> Result<Choice, Unavailable> {
    let mut meters = Vec::new();
    let mut parts = Vec::new();
    let mut classes: Vec<Class> = Vec::new();
    for entry in names.iter().filter_map(|name| entry(name)) {
        let found = (entry.available)(settings).map_err(|why| Unavailable::Missing {
            message: format!("meter `{}` cannot be used here: {why}", entry.name),
            help: "write `meters = [\"auto\"]` to take what this machine has".to_owned(),
        })?;
        meters.push((entry.open)(settings)?);
        parts.push(taken(entry, &found));
        if !classes.contains(&entry.class) {
            classes.push(entry.class);
        }
    }
    let mut sentence = format!("meters: took {}, as named", parts.join(" and "));
    if classes.len() > 1 {
        sentence.push_str("; classes differ, so nothing is added or compared across them");
    }
    Ok(Choice { meters, sentence })
}

fn automatic(settings: &Settings) -> Result<Choice, Unavailable> {
    let mut looked: Vec<String> = LOOKS
        .iter()
        .map(|look| match (look.find)(settings) {
            Ok(found) => format!("{} ({found}: found but not read by this version)", look.what),
            Err(why) => format!("{} ({why})", look.what),
        })
        .collect();
    for class in [Class::Counter, Class::Integrated, Class::Estimated] {
        let mut meters = Vec::new();
        let mut parts = Vec::new();
        for entry in METERS.iter().filter(|entry| entry.class == class) {
            match (entry.available)(settings) {
                Ok(found) => {
                    meters.push((entry.open)(settings)?);
                    parts.push(taken(entry, &found));
                }
                Err(why) => looked.push(format!("`{}` ({why})", entry.name)),
            }
        }
        if !meters.is_empty() {
            let sentence = format!("auto: looked for {}; took {}", looked.join(", "), parts.join(" and "));
            return Ok(Choice { meters, sentence });
        }
    }
    Err(Unavailable::Missing {
        message: format!("auto: looked for {}; nothing can be taken", looked.join(", ")),
        help: "write `meters = [\"sim\"]` to try the tool with made-up joules".to_owned(),
    })
}

fn taken(entry: &MeterEntry, found: &str) -> String {
    format!("`{}`: {found}; class {}", entry.name, entry.class)
}

fn find_nvml(settings: &Settings) -> Result<String, String> {
    let library = &settings.nvml_library;
    if crate::sys::can_load(library) {
        return Ok(format!("`{library}`"));
    }
    Err(format!("`{library}` not found"))
}

fn find_perf(settings: &Settings) -> Result<String, String> {
    if settings.sysfs_root.join("bus/event_source/devices/power").exists() {
        return Ok("`power` PMU".to_owned());
    }
    Err("no `power` PMU".to_owned())
}

fn find_powercap(settings: &Settings) -> Result<String, String> {
    let folder = fs::read_dir(settings.sysfs_root.join("class/powercap"));
    let zones = folder.into_iter().flatten().flatten();
    match zones.filter(|zone| zone.file_name().to_string_lossy().contains("rapl:")).count() {
        0 => Err("no zones".to_owned()),
        1 => Ok("1 zone".to_owned()),
        zones => Ok(format!("{zones} zones")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn settings(sysfs: &Path, library: &str) -> Settings {
        Settings { sysfs_root: sysfs.to_owned(), nvml_library: library.to_owned(), ..Settings::default() }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn auto_says_what_it_looked_for_and_takes_the_estimate_on_a_bare_machine() {
        let sysfs = tempfile::tempdir().unwrap();
        let choice = choose(&names(&["auto"]), &settings(sysfs.path(), "libabsent.so.1")).unwrap();
        assert_eq!(
            choice.sentence,
            "auto: looked for NVML (`libabsent.so.1` not found), RAPL by perf (no `power` PMU), RAPL by \
             powercap (no zones); took `estimate`: CPU time × 5.0 W per busy core + 2.0 W idle share; \
             class estimated"
        );
        assert_eq!(choice.meters.iter().map(|meter| meter.name()).collect::<Vec<_>>(), ["estimate"]);
    }

    #[test]
    fn auto_admits_that_it_cannot_read_the_hardware_it_finds() {
        let sysfs = tempfile::tempdir().unwrap();
        fs::create_dir_all(sysfs.path().join("bus/event_source/devices/power")).unwrap();
        for zone in ["intel-rapl", "intel-rapl:0", "intel-rapl:0:0"] {
            fs::create_dir_all(sysfs.path().join("class/powercap").join(zone)).unwrap();
        }
        let choice = choose(&names(&["auto"]), &settings(sysfs.path(), "libc.so.6")).unwrap();
        for part in [
            "NVML (`libc.so.6`: found but not read by this version)",
            "RAPL by perf (`power` PMU: found but not read by this version)",
            "RAPL by powercap (2 zones: found but not read by this version)",
            "took `estimate`",
        ] {
            assert!(choice.sentence.contains(part), "{}", choice.sentence);
        }
    }

    #[test]
    fn named_meters_are_taken_in_order_and_differing_classes_are_pointed_out() {
        let choice = choose(&names(&["sim"]), &Settings::default()).unwrap();
        assert_eq!(choice.sentence, "meters: took `sim`: constant 10 W; class simulated, as named");
        let choice = choose(&names(&["sim", "estimate"]), &Settings::default()).unwrap();
        assert_eq!(choice.meters.iter().map(|meter| meter.name()).collect::<Vec<_>>(), ["sim", "estimate"]);
        assert!(choice.sentence.contains("classes differ"), "{}", choice.sentence);
    }

    #[test]
    fn lists_that_make_no_sense_are_refused_with_the_known_names() {
        let cases: [(&[&str], &str); 4] = [
            (&[], "`meters` is empty"),
            (&["nvm"], "there is no meter `nvm`"),
            (&["sim", "sim"], "meter `sim` is named twice"),
            (&["auto", "sim"], "`auto` stands beside other meters"),
        ];
        for (list, expected) in cases {
            let error = choose(&names(list), &Settings::default()).err().unwrap();
            assert!(matches!(error, Unavailable::BadList { .. }));
            let text = error.to_string();
            assert!(text.starts_with(expected), "{text}");
            assert!(text.ends_with("help: write `auto`, or any of `estimate`, `sim`"), "{text}");
        }
    }
}
