//! What a suite's `[meter.sim]` table says.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{MOST_WATTS, SettingsError, number};
use crate::fault::{FAULT_KINDS, FaultKind};

/// Settings of the `sim` meter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SimSettings {
    /// Watts until the first point of `trace`, for ever without one; 0 or more.
    pub watts: f64,
    /// Points of (seconds since the meter opened, watts), each held until the next one; times rise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<[f64; 2]>,
    /// Milliseconds between two updates of the counter; 0.01 to 1000.
    pub period_ms: f64,
    /// Microjoules of one step of the counter; above 0.
    pub resolution_uj: f64,
    /// Joules after which the counter starts again at 0, as RAPL's does; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap_j: Option<f64>,
    /// The meter tells where its counter wraps; without that a fall cannot be undone.
    pub ranged: bool,
    /// Readings are stamped with their own time and show the value of the last update, as those of real
    /// counters do, and the period is not told; false: they are stamped with that update's time.
    pub stale: bool,
    /// What goes wrong, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SimFault>,
}

/// One thing that goes wrong with the simulated meter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SimFault {
    /// Seconds since the meter opened; 0 or more.
    pub at: f64,
    /// Seconds that it lasts, above 0. Without it a reading fails once, while `stuck` and `silent` last for
    /// ever. Not with `reset`, `jump` and `clock-back`, which happen at a moment.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasts: Option<f64>,
    /// What goes wrong.
    #[schemars(schema_with = "troubles")]
    pub fault: SimTrouble,
    /// Energy that was never drawn, J, above 0; only with `jump`, which needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joules: Option<f64>,
    /// Seconds that the stamps' clock is set back, above 0; only with `clock-back`, which needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<f64>,
}

/// What goes wrong with the simulated meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&str")]
pub enum SimTrouble {
    /// Readings fail.
    Fails(FaultKind),
    /// The counter starts again at 0, as when a driver is loaded anew.
    Reset,
    /// The value stands still while time and energy go on.
    Stuck,
    /// There are no readings at all.
    Silent,
    /// The counter gains energy that was never drawn.
    Jump,
    /// The clock of the stamps is set back.
    ClockBack,
}

/// What is no failed reading, with its words.
const OTHER_TROUBLES: [(SimTrouble, &str); 5] = [
    (SimTrouble::Reset, "reset"),
    (SimTrouble::Stuck, "stuck"),
    (SimTrouble::Silent, "silent"),
    (SimTrouble::Jump, "jump"),
    (SimTrouble::ClockBack, "clock-back"),
];

impl SimTrouble {
    fn all() -> impl Iterator<Item = (Self, &'static str)> {
        FAULT_KINDS.into_iter().map(|kind| (Self::Fails(kind), kind.as_str())).chain(OTHER_TROUBLES)
    }
}

impl From<SimTrouble> for &'static str {
    fn from(trouble: SimTrouble) -> Self {
        SimTrouble::all().find(|(other, _)| *other == trouble).map_or("", |(_, word)| word)
    }
}

impl TryFrom<String> for SimTrouble {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::all().find(|(_, word)| *word == text).map(|(trouble, _)| trouble).ok_or_else(|| {
            let words: Vec<String> = Self::all().map(|(_, word)| format!("`{word}`")).collect();
            format!("there is no fault `{text}`, expected one of {}", words.join(", "))
        })
    }
}

fn troubles(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": SimTrouble::all().map(|(_, word)| word).collect::<Vec<_>>() })
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            watts: 10.0,
            trace: Vec::new(),
            period_ms: 1.0,
            resolution_uj: 1.0,
            wrap_j: None,
            ranged: true,
            stale: false,
            faults: Vec::new(),
        }
    }
}

impl SimSettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let watts = "write the watts that the simulated machine draws, for example 10";
        number(
            "meter.sim.watts",
            self.watts,
            (0.0..=MOST_WATTS).contains(&self.watts),
            "a power of 0 W to 1 MW",
            watts,
        )?;
        number(
            "meter.sim.period-ms",
            self.period_ms,
            (0.01..=1000.0).contains(&self.period_ms),
            "0.01 to 1000 milliseconds",
            "leave the key out for 1 ms",
        )?;
        number(
            "meter.sim.resolution-uj",
            self.resolution_uj,
            (1e-6..=1e12).contains(&self.resolution_uj),
            "an energy of 1e-6 to 1e12 microjoules",
            "leave the key out for 1 microjoule",
        )?;
        let mut last = 0.0;
        for &[seconds, power] in &self.trace {
            let rising = "times that start at 0 s or later and rise";
            number(
                "meter.sim.trace",
                seconds,
                seconds >= last,
                rising,
                "sort the points by their first number",
            )?;
            number(
                "meter.sim.trace",
                power,
                (0.0..=MOST_WATTS).contains(&power),
                "powers of 0 W to 1 MW",
                watts,
            )?;
            last = seconds;
        }
        if let Some(wrap) = self.wrap_j {
            number(
                "meter.sim.wrap-j",
                wrap,
                wrap * 1e6 >= 2.0 * self.resolution_uj,
                "at least two steps of `resolution-uj`",
                "leave the key out for a counter that does not wrap",
            )?;
        }
        self.faults.iter().try_for_each(SimFault::check)
    }
}

impl SimFault {
    fn check(&self) -> Result<(), SettingsError> {
        let key = "meter.sim.faults";
        let help = "write for example `{ at = 1.5, for = 0.2, fault = \"permission-denied\" }`";
        number(key, self.at, self.at >= 0.0, "`at` in seconds, 0 or more", help)?;
        for (value, expected) in [
            (self.lasts, "`for` in seconds, above 0"),
            (self.joules, "`joules` above 0"),
            (self.by, "`by` in seconds, above 0"),
        ] {
            value.map_or(Ok(()), |value| number(key, value, value > 0.0, expected, help))?;
        }
        let word: &str = self.fault.into();
        let moment = matches!(self.fault, SimTrouble::Reset | SimTrouble::Jump | SimTrouble::ClockBack);
        let wrong = |with: &str, expected| {
            Err(SettingsError { key, found: format!("`{word}` {with}"), expected, help })
        };
        if moment && self.lasts.is_some() {
            return wrong("with `for`", "it without: it happens at a moment");
        }
        match (self.fault == SimTrouble::Jump, self.joules) {
            (true, None) => return wrong("without `joules`", "the energy of the jump beside it"),
            (false, Some(_)) => return wrong("with `joules`", "them beside `jump` only"),
            _ => {}
        }
        match (self.fault == SimTrouble::ClockBack, self.by) {
            (true, None) => wrong("without `by`", "the seconds that the clock is set back beside it"),
            (false, Some(_)) => wrong("with `by`", "it beside `clock-back` only"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_a_fault_is_read_and_written_back() {
        for (trouble, word) in SimTrouble::all() {
            let text = format!("[[faults]]\nat = 1.5\nfault = \"{word}\"\n");
            let settings: SimSettings = toml::from_str(&text).unwrap();
            assert_eq!(settings.faults[0].fault, trouble);
            let [fault] = &settings.faults[..] else { panic!("{settings:?}") };
            assert_eq!(toml::to_string(fault).unwrap(), text.replace("[[faults]]\n", ""));
        }
        let schema = serde_json::to_string(&schemars::schema_for!(SimSettings)).unwrap();
        assert!(schema.contains("\"clock-back\"") && schema.contains("\"permission-denied\""), "{schema}");
    }
}
