//! Chooses the meters of a run: those that the suite names, or with `auto` the best that are there.

use crate::board::METERS;
use crate::candidates::Candidates;
use crate::count::counted;
use crate::domain::{Class, Domain};
use crate::fault::MeterFault;
use crate::finding::{Finding, State, unusable};
use crate::life::Death;
use crate::meter::{Meter, MeterEntry, Meters, Origin};
use crate::settings::Settings;

/// The name that lets this program choose.
pub const AUTO: &str = "auto";

/// Opened meters, and how they were chosen.
pub struct Choice {
    /// At least one.
    pub meters: Vec<Box<dyn Meter>>,
    /// Indices of the domains that make up the total, into the domains of all meters in their order. No
    /// two of them overlap; together they hold the computing device.
    pub counted: Vec<u16>,
    /// One sentence for people: what was looked for, found and taken.
    pub sentence: String,
    /// Domains of hardware that were left out because they were seen dead.
    pub deaths: Vec<Death>,
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

/// Opens the meters that a suite names. All named ones are required; `["auto"]` takes the hardware that
/// holds the computing device, else the model. Hardware counts only if it was seen alive: it is watched
/// for some seconds, unless `known` tells what an earlier watch saw dead. The settings have passed
/// [`Settings::check`].
///
/// # Errors
/// The list makes no sense, a meter cannot be opened on this machine or is dead, or none sees the device.
pub fn choose(names: &[String], settings: &Settings, known: Option<&[Death]>) -> Result<Choice, Unavailable> {
    check_names(names)?;
    if names.iter().any(|name| name == AUTO) {
        automatic(settings, known)
    } else {
        named(names, settings, known)
    }
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

fn named(names: &[String], settings: &Settings, known: Option<&[Death]>) -> Result<Choice, Unavailable> {
    let entries = || names.iter().filter_map(|name| entry(name));
    let candidates = Candidates::gather(entries(), settings, known)?;
    for entry in entries() {
        if candidates.opened.iter().any(|(opened, _)| opened.name == entry.name) {
            continue;
        }
        if let Some((_, fault)) = candidates.troubles.iter().find(|(failed, _)| failed.name == entry.name) {
            return Err(fault.clone().into());
        }
        let own = candidates.findings.iter().filter(|found| found.meter == entry.name).cloned();
        let fault =
            unusable(&format!("meter `{}` cannot be used here", entry.name), &own.collect::<Vec<_>>());
        let help = format!(
            "{} (`harness doctor` tells more; `meters = [\"auto\"]` takes what works here)",
            fault.help
        );
        return Err(Unavailable::Missing { message: fault.message, help });
    }
    let Candidates { opened, findings, deaths, .. } = candidates;
    let meters: Vec<_> = opened.into_iter().map(|(_, meter)| meter).collect();
    let domains = domains_of(&meters);
    let counted = best(&domains, settings);
    if let (true, Some(device)) = (counted.is_empty(), settings.device) {
        let dead =
            if deaths.is_empty() { String::new() } else { format!("; dead: {}", Death::phrase(&deaths)) };
        return Err(Unavailable::Missing {
            message: format!(
                "none of the meters that the suite names sees the computing device `{device}`{dead}"
            ),
            help: "name a meter that does, see `harness doctor`; or write `meters = [\"auto\"]`".to_owned(),
        });
    }
    let mut sentence = format!("meters: took {}, as named", taken(&meters, &findings));
    if mixed(&meters) {
        sentence.push_str("; classes differ, so nothing is added or compared across them");
    }
    Ok(Choice { meters, counted, sentence, deaths })
}

/// The domains to add up where meters are named. Where a measured class and an estimate both hold the device,
/// the measured one counts and the estimate stands beside it.
fn best(domains: &[Domain], settings: &Settings) -> Vec<u16> {
    let all = counted(domains, settings.device, None);
    let made_up =
        all.iter().filter_map(|&index| domains.get(usize::from(index))).any(|d| d.class == Class::Simulated);
    let of_class = |class| counted(domains, settings.device, Some(class));
    [Class::Counter, Class::Integrated, Class::Estimated]
        .into_iter()
        .filter(|_| !made_up && settings.device.is_some())
        .map(of_class)
        .find(|counted| !counted.is_empty())
        .unwrap_or(all)
}

fn automatic(settings: &Settings, known: Option<&[Death]>) -> Result<Choice, Unavailable> {
    let hardware = METERS.iter().filter(|entry| entry.origin == Origin::Hardware);
    let Candidates { opened, findings, troubles, deaths } = Candidates::gather(hardware, settings, known)?;
    let mut looked: Vec<String> = findings.iter().map(Finding::phrase).collect();
    looked.extend(troubles.iter().map(|(entry, fault)| format!("`{}` ({})", entry.name, fault.message)));
    let looked = if looked.is_empty() { "no hardware".to_owned() } else { looked.join(", ") };
    let mut opened: Vec<_> = opened.into_iter().map(|(_, meter)| meter).collect();
    // Counters before integrated power: they lose nothing between two readings.
    for class in [Class::Counter, Class::Integrated] {
        if let Some((meters, counted)) = of_class(&mut opened, class, settings) {
            let sentence = format!("auto: looked for {looked}; took {}", taken(&meters, &findings));
            return Ok(Choice { meters, counted, sentence, deaths });
        }
    }
    for entry in METERS.iter().filter(|entry| entry.origin == Origin::Model) {
        let meters = vec![(entry.open)(settings)?];
        let domains = domains_of(&meters);
        let counted = counted(&domains, settings.device, None);
        if !counted.is_empty() {
            let taken = taken(&meters, &(entry.look)(settings));
            let sentence = format!("auto: looked for {looked}; took {taken}");
            return Ok(Choice { meters, counted, sentence, deaths });
        }
    }
    let device = settings.device.map_or("anything".to_owned(), |device| format!("`{device}`"));
    Err(Unavailable::Missing {
        message: format!("auto: looked for {looked}; no meter sees {device}"),
        help: "see `harness doctor`; or write `meters = [\"sim\"]` to try the tool with made-up joules"
            .to_owned(),
    })
}

/// What `auto` takes if domains of this class hold the device: all meters that have a counted domain, and which
/// of their domains count.
fn of_class(opened: &mut Meters, class: Class, settings: &Settings) -> Option<(Meters, Vec<u16>)> {
    let all = domains_of(opened);
    let names: Vec<String> = counted(&all, settings.device, Some(class))
        .iter()
        .map(|&index| all[usize::from(index)].name.clone())
        .collect();
    if names.is_empty() {
        return None;
    }
    let mut meters = std::mem::take(opened);
    meters.retain(|meter| meter.domains().iter().any(|domain| names.contains(&domain.name)));
    let domains = domains_of(&meters);
    let counted =
        (0..).zip(&domains).filter(|(_, domain)| names.contains(&domain.name)).map(|(index, _)| index);
    let counted = counted.collect();
    Some((meters, counted))
}

fn domains_of(meters: &[Box<dyn Meter>]) -> Vec<Domain> {
    meters.iter().flat_map(|meter| meter.domains().to_vec()).collect()
}

/// Whether the meters' classes differ.
fn mixed(meters: &[Box<dyn Meter>]) -> bool {
    let mut classes = meters.iter().filter_map(|meter| meter.domains().first()).map(|domain| domain.class);
    let first = classes.next();
    classes.any(|class| Some(class) != first)
}

/// `` `rapl`: package:0, dram:0; class counter and … ``
fn taken(meters: &[Box<dyn Meter>], findings: &[Finding]) -> String {
    let part = |meter: &dyn Meter| {
        let own = findings.iter().filter(|found| found.meter == meter.name() && found.state == State::Found);
        let details: Vec<&str> = own.map(|found| found.detail.as_str()).collect();
        let mut classes: Vec<&str> =
            meter.domains().iter().filter(|d| d.witness_of.is_none()).map(|d| d.class.as_str()).collect();
        classes.dedup();
        format!("`{}`: {}; class {}", meter.name(), details.join(", "), classes.join(", "))
    };
    meters.iter().map(|meter| part(meter.as_ref())).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use harness_protocol::Device;

    fn settings(sysfs: &Path, library: &str) -> Settings {
        Settings {
            sysfs_root: sysfs.to_owned(),
            proc_root: sysfs.to_owned(),
            nvml_library: library.to_owned(),
            device: Some(Device::Cpu),
            ..Settings::default()
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn meters(choice: &Choice) -> Vec<&'static str> {
        choice.meters.iter().map(|meter| meter.name()).collect()
    }

    #[test]
    fn auto_takes_the_estimate_on_a_bare_machine_and_says_what_it_looked_for() {
        let sysfs = tempfile::tempdir().unwrap();
        fs::create_dir_all(sysfs.path().join("class")).unwrap();
        let choice = choose(&names(&["auto"]), &settings(sysfs.path(), "libabsent.so.1"), None).unwrap();
        assert!(
            choice.sentence.ends_with(
                "; took `estimate`: CPU time × 5.0 W per busy core (a guess) + 2.0 W idle share; class estimated"
            ),
            "{}",
            choice.sentence
        );
        assert_eq!((meters(&choice), choice.counted), (vec!["estimate"], vec![0]));
    }

    #[test]
    fn nothing_sees_a_gpu_that_is_not_there() {
        let sysfs = tempfile::tempdir().unwrap();
        let settings = Settings { device: Some(Device::Cuda(0)), ..settings(sysfs.path(), "libabsent.so.1") };
        let error = choose(&names(&["auto"]), &settings, None).err().unwrap().to_string();
        assert!(error.contains("no meter sees `cuda:0`"), "{error}");
        let error = choose(&names(&["estimate"]), &settings, None).err().unwrap().to_string();
        assert!(error.contains("none of the meters that the suite names sees"), "{error}");
    }

    #[test]
    fn named_meters_are_taken_in_order_and_differing_classes_are_pointed_out() {
        let choice = choose(&names(&["sim"]), &Settings::default(), None).unwrap();
        assert_eq!(choice.sentence, "meters: took `sim`: constant 10 W; class simulated, as named");
        let choice = choose(&names(&["sim", "estimate"]), &Settings::default(), None).unwrap();
        assert_eq!(meters(&choice), ["sim", "estimate"]);
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
            let error = choose(&names(list), &Settings::default(), None).err().unwrap();
            assert!(matches!(error, Unavailable::BadList { .. }));
            let text = error.to_string();
            assert!(text.starts_with(expected), "{text}");
            assert!(text.contains("\nhelp: write `auto`, or any of `"), "{text}");
        }
    }
}
