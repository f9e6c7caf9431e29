//! Everything that is known about measuring on this machine.

use std::time::Duration;

use anyhow::Result;
use harness_meter::{
    Calibration, Candidates, Class, Death, Device, Domain, Finding, METERS, MeterEntry, MeterFault, Origin,
    Settings, State, calibrate,
};
use serde::Serialize;

use super::around::Spoiler;
use super::auto::Auto;
use super::need::Need;
use crate::machine::Surroundings;
use crate::progress;

/// Version of the JSON.
const SCHEMA: u32 = 1;

/// How to look.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to look, and with what; the device is None.
    pub settings: Settings,
    /// Calibrate for about so long; None: do not.
    pub calibrate: Option<Duration>,
}

/// All that was found.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    harness_version: &'static str,
    /// Every way of reading energy, in the board's order; none that makes joules up.
    pub instruments: Vec<Finding>,
    /// What can be read.
    pub domains: Vec<DomainEntry>,
    /// What was found and could not be opened.
    pub troubles: Vec<Trouble>,
    /// Domains that were seen dead: they are in none of the other lists.
    pub deaths: Vec<Death>,
    /// Whether each of `--require`'s words is met.
    pub available: Available,
    /// What `auto` takes, for each device.
    pub auto: Vec<Auto>,
    /// What surrounds a run.
    pub surroundings: Surroundings,
    /// What of it spoils numbers.
    pub spoilers: Vec<Spoiler>,
    /// What can be read, in numbers: hardware alone where there is any, since numbers of a model are only
    /// declared.
    pub calibration: Option<Calibration>,
    /// Why there is none.
    pub calibration_reason: Option<String>,
    /// Meters that make joules up.
    pub made_up: Vec<&'static str>,
}

/// One thing that can be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DomainEntry {
    /// Unique among all.
    pub name: String,
    /// On the board.
    pub meter: String,
    /// Where its joules come from.
    pub class: Class,
    /// Where it is read.
    pub source: String,
    /// The domain that it is a second view of.
    pub witness_of: Option<String>,
}

/// A meter that was found and could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// On the board.
    pub meter: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Which requirements are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Available {
    /// See [`Need::Gpu`].
    pub gpu: bool,
    /// See [`Need::Rapl`].
    pub rapl: bool,
    /// See [`Need::Any`].
    pub any: bool,
}

impl Available {
    /// Whether this one is.
    pub fn meets(self, need: Need) -> bool {
        match need {
            Need::Gpu => self.gpu,
            Need::Rapl => self.rapl,
            Need::Any => self.any,
        }
    }
}

/// Looks, opens, and calibrates what opens.
///
/// # Errors
/// The system gives no thread to calibrate with.
pub fn gather(options: &Options) -> Result<Report> {
    let settings = &options.settings;
    let watched = METERS.iter().filter(|entry| entry.origin != Origin::MadeUp);
    if watched.clone().any(|entry| entry.origin == Origin::Hardware && is_found(entry, settings)) {
        progress::say("watching the meters for some seconds: at rest, and with cores kept busy …");
    }
    let candidates = Candidates::gather(watched, settings, None)?;
    let domains = candidates.domains();
    let Candidates { mut opened, findings: instruments, troubles, deaths } = candidates;
    let mut auto = vec![Auto::of(Device::Cpu, settings, &deaths)];
    if Need::Gpu.met_by(&domains) {
        auto.push(Auto::of(Device::Cuda(0), settings, &deaths));
    }
    let surroundings = Surroundings::look(&settings.sysfs_root, &settings.proc_root);
    let (calibration, calibration_reason) = match options.calibrate {
        None => (None, Some("not asked for".to_owned())),
        Some(_) if opened.is_empty() => (None, Some("nothing can be read".to_owned())),
        Some(length) => {
            progress::say(&format!(
                "calibrating for about {} s: leave the machine alone …",
                length.as_secs()
            ));
            // Beside a model, hardware would be read at the model's pace.
            let best = opened.iter().any(|(entry, _)| entry.origin == Origin::Hardware);
            opened.retain(|(entry, _)| !best || entry.origin == Origin::Hardware);
            let meters = opened.into_iter().map(|(_, meter)| meter).collect();
            (Some(calibrate(meters, length)?), None)
        }
    };
    Ok(Report {
        schema: SCHEMA,
        harness_version: env!("CARGO_PKG_VERSION"),
        instruments,
        domains: domains.iter().map(entry).collect(),
        troubles: troubles.into_iter().map(Trouble::from).collect(),
        deaths,
        available: Available {
            gpu: Need::Gpu.met_by(&domains),
            rapl: Need::Rapl.met_by(&domains),
            any: Need::Any.met_by(&domains),
        },
        auto,
        spoilers: Spoiler::all(&surroundings, &settings.sysfs_root),
        surroundings,
        calibration,
        calibration_reason,
        made_up: METERS
            .iter()
            .filter(|entry| entry.origin == Origin::MadeUp)
            .map(|entry| entry.name)
            .collect(),
    })
}

impl From<(&'static MeterEntry, MeterFault)> for Trouble {
    fn from((entry, fault): (&'static MeterEntry, MeterFault)) -> Self {
        Self { meter: entry.name, message: fault.message, help: fault.help }
    }
}

fn is_found(entry: &MeterEntry, settings: &Settings) -> bool {
    (entry.look)(settings).iter().any(|found| found.state == State::Found)
}

fn entry(domain: &Domain) -> DomainEntry {
    DomainEntry {
        name: domain.name.clone(),
        meter: domain.meter.clone(),
        class: domain.class,
        source: domain.source.clone(),
        witness_of: domain.witness_of.clone(),
    }
}
