//! What `meters = ["auto"]` would take here, and what its numbers are good for.

use harness_meter::{Class, Death, Device, Domain, Settings, choose, formula, good_for};
use serde::Serialize;

/// What `auto` takes for one computing device. Where it takes nothing, `reason` says why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Auto {
    /// `cpu` or `cuda:0`.
    pub device: String,
    /// Names on the board.
    pub meters: Vec<String>,
    /// The domains whose energies are added up.
    pub domains: Vec<String>,
    /// Their sum, and what is missing in it.
    pub formula: Option<String>,
    /// The class of all of them.
    pub class: Option<Class>,
    /// What the numbers can be used for.
    pub good_for: Option<String>,
    /// Why nothing is taken.
    pub reason: Option<String>,
}

impl Auto {
    /// Asks as a run on this device would, knowing what was seen dead.
    pub fn of(device: Device, settings: &Settings, deaths: &[Death]) -> Self {
        let settings = Settings { device: Some(device), ..settings.clone() };
        let nothing = |reason| Self {
            device: device.to_string(),
            meters: Vec::new(),
            domains: Vec::new(),
            formula: None,
            class: None,
            good_for: None,
            reason: Some(reason),
        };
        let choice = match choose(&["auto".to_owned()], &settings, Some(deaths)) {
            Ok(choice) => choice,
            Err(unavailable) => return nothing(unavailable.to_string()),
        };
        let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains()).collect();
        let counted: Vec<&Domain> =
            choice.counted.iter().filter_map(|index| domains.get(usize::from(*index)).copied()).collect();
        let Some(first) = counted.first() else { return nothing("no meter sees the device".to_owned()) };
        Self {
            device: device.to_string(),
            meters: choice.meters.iter().map(|meter| meter.name().to_owned()).collect(),
            domains: counted.iter().map(|domain| domain.name.clone()).collect(),
            formula: Some(formula(&counted)),
            class: Some(first.class),
            good_for: good_for(&counted),
            reason: None,
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> String {
        let device = &self.device;
        match (&self.class, &self.good_for, &self.formula) {
            (Some(class), Some(good_for), Some(formula)) => format!(
                "On `{device}`, `meters = [\"auto\"]` takes `{}` ({formula}; class {class}): {good_for}.",
                self.meters.join("`, `"),
            ),
            _ => {
                let reason = self.reason.as_deref().unwrap_or_default();
                let reason = reason.lines().next().unwrap_or_default();
                format!("On `{device}`, `meters = [\"auto\"]` takes nothing: {reason}.")
            }
        }
    }
}
