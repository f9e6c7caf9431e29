//! What else is known of a device while its energy is read: whether its joules can be compared.

use serde::{Deserialize, Serialize};

/// The state of a device at one moment. None: the device does not tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Conditions {
    /// Degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Why the device runs slower than it was told to (`thermal-slowdown` …); empty: it does not. Power
    /// caps that were set on purpose and idling do not count.
    pub throttle: Option<Vec<String>>,
    /// Clock of the computing units, MHz.
    pub clock_mhz: Option<f64>,
    /// Power that the device is held to, W.
    pub power_limit_w: Option<f64>,
    /// Processes on the device that are not of the process tree under measurement.
    pub foreign_processes: Option<u32>,
}
