//! What a suite's `[meter.…]` tables say.

mod estimate;
mod replay;
mod sim;

use std::path::PathBuf;

use harness_protocol::Device;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use estimate::{EstimateSettings, MIN_ESTIMATE_U_SCALE};
pub use replay::ReplaySettings;
pub use sim::{SimFault, SimSettings, SimTrouble};

/// Relative uncertainty of a sensor's gain where nobody has declared a better one. NVIDIA documents ±5 %
/// of NVML's power for old boards only, Intel none for RAPL; comparisons with plug meters find a few
/// percent.
const USUAL_U_SCALE: f64 = 0.05;

/// More than any machine draws; a larger number is a slip.
const MOST_WATTS: f64 = 1e6;

/// The `[meter]` table: settings of each meter that has any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Settings of the `estimate` meter.
    pub estimate: EstimateSettings,
    /// Settings of the `hwmon` meter.
    pub hwmon: SensorSettings,
    /// Settings of the `nvml` meter.
    pub nvml: SensorSettings,
    /// Settings of the `rapl` meter.
    pub rapl: SensorSettings,
    /// Settings of the `replay` meter.
    pub replay: ReplaySettings,
    /// Settings of the `sim` meter.
    pub sim: SimSettings,
    /// Where the kernel shows its devices; another folder only in tests.
    #[serde(skip, default = "sysfs")]
    pub sysfs_root: PathBuf,
    /// Where the kernel shows its settings; another folder only in tests.
    #[serde(skip, default = "procfs")]
    pub proc_root: PathBuf,
    /// The library that GPUs are asked through; another name only in tests.
    #[serde(skip, default = "nvml")]
    pub nvml_library: String,
    /// What that library does that keeps it from being asked at all, in a phrase: it crashed in a child process.
    #[serde(skip)]
    pub nvml_crash: Option<String>,
    /// What the engine computes on; None: everything there is, for looking around.
    #[serde(skip)]
    pub device: Option<Device>,
    /// `CUDA_VISIBLE_DEVICES` as the engine sees it.
    #[serde(skip)]
    pub visible_devices: Option<String>,
}

/// Settings of a meter of hardware.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SensorSettings {
    /// Relative uncertainty of the sensors' gain, one sigma; above 0 and below 1. It is common to all
    /// windows and cancels in ratios.
    pub u_scale: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            estimate: EstimateSettings::default(),
            hwmon: SensorSettings::default(),
            nvml: SensorSettings::default(),
            rapl: SensorSettings::default(),
            replay: ReplaySettings::default(),
            sim: SimSettings::default(),
            sysfs_root: sysfs(),
            proc_root: procfs(),
            nvml_library: nvml(),
            nvml_crash: None,
            device: None,
            visible_devices: None,
        }
    }
}

impl Default for SensorSettings {
    fn default() -> Self {
        Self { u_scale: USUAL_U_SCALE }
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is {found}, expected {expected}\nhelp: {help}")]
pub struct SettingsError {
    /// The key's full path in the suite, for example `meter.sim.watts`.
    pub key: &'static str,
    /// The value, as text.
    pub found: String,
    /// What would be right.
    pub expected: &'static str,
    /// What to do next.
    pub help: &'static str,
}

impl Settings {
    /// Checks every number.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.estimate.check()?;
        self.hwmon.check("meter.hwmon.u-scale")?;
        self.nvml.check("meter.nvml.u-scale")?;
        self.rapl.check("meter.rapl.u-scale")?;
        self.replay.check()?;
        self.sim.check()
    }
}

impl SensorSettings {
    fn check(&self, key: &'static str) -> Result<(), SettingsError> {
        number(
            key,
            self.u_scale,
            self.u_scale > 0.0 && self.u_scale < 1.0,
            "a relative uncertainty above 0 and below 1",
            "leave the key out for 0.05",
        )
    }
}

fn number(
    key: &'static str,
    value: f64,
    fits: bool,
    expected: &'static str,
    help: &'static str,
) -> Result<(), SettingsError> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(SettingsError { key, found: value.to_string(), expected, help })
}

fn sysfs() -> PathBuf {
    PathBuf::from("/sys")
}

fn procfs() -> PathBuf {
    PathBuf::from("/proc")
}

fn nvml() -> String {
    "libnvidia-ml.so.1".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let settings: Settings = toml::from_str(text).map_err(|error| error.to_string())?;
        settings.check().map_err(|error| error.to_string())?;
        Ok(settings)
    }

    #[test]
    fn an_empty_table_means_the_defaults() {
        assert_eq!(read("").unwrap(), Settings::default());
        assert_eq!(Settings::default().check(), Ok(()));
    }

    #[test]
    fn what_is_written_is_read() {
        let settings =
            read("[estimate]\nwatts-per-busy-core = 4\n[sim]\ntrace = [[0, 5], [1.5, 20.5]]").unwrap();
        assert_eq!(settings.estimate.watts_per_busy_core, Some(4.0));
        assert_eq!(settings.estimate.idle_watts, EstimateSettings::default().idle_watts);
        assert_eq!(settings.sim.trace, [[0.0, 5.0], [1.5, 20.5]]);
    }

    #[test]
    fn settings_out_of_range_are_refused_by_their_key() {
        let cases = [
            ("[estimate]\nwatts-per-busy-core = 0", "meter.estimate.watts-per-busy-core"),
            ("[estimate]\ngpu-watts = 0", "meter.estimate.gpu-watts"),
            ("[estimate]\nidle-watts = -1", "meter.estimate.idle-watts"),
            ("[estimate]\nu-scale = 0.29", "meter.estimate.u-scale"),
            ("[estimate]\nu-scale = nan", "meter.estimate.u-scale"),
            ("[nvml]\nu-scale = 0", "meter.nvml.u-scale"),
            ("[rapl]\nu-scale = 1", "meter.rapl.u-scale"),
            ("[sim]\nwatts = inf", "meter.sim.watts"),
            ("[sim]\nperiod-ms = 0", "meter.sim.period-ms"),
            ("[sim]\nperiod-ms = 1001", "meter.sim.period-ms"),
            ("[sim]\nresolution-uj = -1", "meter.sim.resolution-uj"),
            ("[sim]\ntrace = [[1, 5], [0.5, 5]]", "meter.sim.trace"),
            ("[sim]\ntrace = [[0, -5]]", "meter.sim.trace"),
            ("[sim]\nwrap-j = 0.000001", "meter.sim.wrap-j"),
            ("[sim]\nfaults = [{ at = -1, fault = \"gone\" }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, for = 0, fault = \"gone\" }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, for = 1, fault = \"reset\" }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"jump\" }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"jump\", joules = -1 }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"gone\", joules = 1 }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"clock-back\" }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"clock-back\", by = inf }]", "meter.sim.faults"),
            ("[sim]\nfaults = [{ at = 1, fault = \"stuck\", by = 1 }]", "meter.sim.faults"),
            ("[replay]\npath = \"\"", "meter.replay.path"),
        ];
        for (text, key) in cases {
            let error = read(text).unwrap_err();
            assert!(
                error.starts_with(&format!("`{key}` is ")) && error.contains("\nhelp: "),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_refused() {
        for text in [
            "[sim]\nwats = 1",
            "[nvlm]\n",
            "[sim]\nwatts = \"10\"",
            "sysfs-root = \"/tmp\"",
            "[sim]\nfaults = [{ at = 1, fault = \"gone\", four = 2 }]",
            "[replay]\nrecording = {}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let error = read("[sim]\nfaults = [{ at = 1, fault = \"broken\" }]").unwrap_err();
        assert!(error.contains("no fault `broken`, expected one of `not-found`, "), "{error}");
    }

    #[test]
    fn the_schema_names_the_keys_as_they_are_written() {
        let schema = serde_json::to_string(&schemars::schema_for!(Settings)).unwrap();
        for key in ["watts-per-busy-core", "idle-watts", "u-scale", "period-ms", "resolution-uj"] {
            assert!(schema.contains(key), "{key}");
        }
        assert!(!schema.contains("sysfs"));
    }
}
