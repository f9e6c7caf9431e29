//! What a suite's `[meter.estimate]` table says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MOST_WATTS, SettingsError, number};

/// The smallest relative uncertainty that declared watts may claim: what differs between two machines of
/// a kind (voltage, frequency, cooling) is already that much.
pub const MIN_ESTIMATE_U_SCALE: f64 = 0.30;

/// Settings of the `estimate` meter: declared watts, to be replaced by the machine's own where known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EstimateSettings {
    /// Watts that one busy core adds; above 0. Absent: the processor's rated power divided by its cores
    /// where it is known to this version, else a guess of 5 W; both say so wherever they are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watts_per_busy_core: Option<f64>,
    /// Watts that are added for all wall time, busy or not: the share of the machine's idle power that
    /// this work is charged with; 0 or more. The default is a guess: about 1 W for each of two cores of
    /// a shared server.
    pub idle_watts: f64,
    /// Watts that a GPU draws while the engine runs, for all wall time; above 0. Absent: GPUs are not
    /// estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu_watts: Option<f64>,
    /// Relative uncertainty of these watts, one sigma; at least 0.30.
    pub u_scale: f64,
}

impl Default for EstimateSettings {
    fn default() -> Self {
        Self { watts_per_busy_core: None, idle_watts: 2.0, gpu_watts: None, u_scale: 0.5 }
    }
}

impl EstimateSettings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let above_zero = |key, watts: Option<f64>, help| match watts {
            Some(watts) => number(
                key,
                watts,
                watts > 0.0 && watts <= MOST_WATTS,
                "a power above 0 W and up to 1 MW",
                help,
            ),
            None => Ok(()),
        };
        above_zero(
            "meter.estimate.watts-per-busy-core",
            self.watts_per_busy_core,
            "divide the processor's rated watts by its cores, or leave the key out",
        )?;
        above_zero("meter.estimate.gpu-watts", self.gpu_watts, "leave the key out where no GPU computes")?;
        number(
            "meter.estimate.idle-watts",
            self.idle_watts,
            (0.0..=MOST_WATTS).contains(&self.idle_watts),
            "a power of 0 W to 1 MW",
            "write 0 to leave the idle share out",
        )?;
        number(
            "meter.estimate.u-scale",
            self.u_scale,
            self.u_scale >= MIN_ESTIMATE_U_SCALE,
            "a relative uncertainty of at least 0.30",
            "declared watts are no measurement: leave the key out, or name a hardware meter in `meters`",
        )
    }
}
