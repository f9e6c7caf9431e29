//! Which GPUs and driver a machine has, for records; no energy is read.

use super::library;
use crate::settings::Settings;

/// The driver and its GPUs in NVML's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The driver's version.
    pub driver: Option<String>,
    /// Each GPU's name and the power that it is held to, W.
    pub gpus: Vec<(String, Option<f64>)>,
}

/// Asks NVML; None where it cannot be used. GPUs that do not answer are left out.
pub fn inventory(settings: &Settings) -> Option<Inventory> {
    let nvml = library::nvml(settings).ok()?;
    let gpu = |index| {
        let device = nvml.device_by_index(index).ok()?;
        let limit = device.enforced_power_limit().ok().map(|milliwatts| f64::from(milliwatts) * 1e-3);
        Some((device.name().ok()?, limit))
    };
    let gpus = (0..nvml.device_count().ok()?).filter_map(gpu).collect();
    Some(Inventory { driver: nvml.sys_driver_version().ok(), gpus })
}
