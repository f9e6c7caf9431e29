//! What `meters = ["auto"]` would take here, and what its numbers are good for.

use harness_meter::{Class, Device, Settings, choose};
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
    /// The class of all of them.
    pub class: Option<Class>,
    /// What the numbers can be used for.
    pub good_for: Option<String>,
    /// Why nothing is taken.
    pub reason: Option<String>,
}

impl Auto {
    /// Asks as a run on this device would.
    pub fn of(device: Device, settings: &Settings) -> Self {
        let settings = Settings { device: Some(device), ..settings.clone() };
        let nothing = |reason| Self {
            device: device.to_string(),
            meters: Vec::new(),
            domains: Vec::new(),
            class: None,
            good_for: None,
            reason: Some(reason),
        };
        let choice = match choose(&["auto".to_owned()], &settings) {
            Ok(choice) => choice,
            Err(unavailable) => return nothing(unavailable.to_string()),
        };
        let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains()).collect();
        let counted: Vec<_> =
            choice.counted.iter().filter_map(|index| domains.get(usize::from(*index))).collect();
        let Some(first) = counted.first() else { return nothing("no meter sees the device".to_owned()) };
        let most = |part: fn(&harness_meter::Domain) -> f64| {
            counted.iter().map(|domain| part(domain)).fold(0.0, f64::max)
        };
        Self {
            device: device.to_string(),
            meters: choice.meters.iter().map(|meter| meter.name().to_owned()).collect(),
            domains: counted.iter().map(|domain| domain.name.clone()).collect(),
            class: Some(first.class),
            good_for: Some(good_for(first.class, most(|d| d.u_scale), most(|d| d.model_error))),
            reason: None,
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> String {
        let device = &self.device;
        match (&self.class, &self.good_for, &self.reason) {
            (Some(class), Some(good_for), None) => format!(
                "On `{device}`, `meters = [\"auto\"]` takes `{}` ({}; class {class}): {good_for}.",
                self.meters.join("`, `"),
                self.domains.join("+"),
            ),
            (.., reason) => {
                let reason = reason.as_deref().unwrap_or_default();
                let reason = reason.lines().next().unwrap_or_default();
                format!("On `{device}`, `meters = [\"auto\"]` takes nothing: {reason}.")
            }
        }
    }
}

/// What numbers of this class can be used for.
fn good_for(class: Class, u_scale: f64, model_error: f64) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    match class {
        Class::Counter => {
            format!("good for comparisons, and for joules to about {} (one sigma)", percent(u_scale))
        }
        Class::Integrated => format!(
            "good for comparisons of windows far longer than the sensor's period, and for joules to about \
             {} (one sigma); what happens between two readings is lost",
            percent(u_scale)
        ),
        Class::Estimated => format!(
            "good only for differences well above {} on this one machine; never for absolute joules, \
             never across machines",
            percent(model_error)
        ),
        Class::Simulated => "made up, good for trying the tool".to_owned(),
    }
}
