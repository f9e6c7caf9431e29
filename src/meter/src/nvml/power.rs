//! The ways to read a GPU's power, from the one that says most about what it shows.

use nvml_wrapper::Device;
use nvml_wrapper::enums::device::DeviceArchitecture;
use nvml_wrapper::error::NvmlError;

use super::field::{self, AVERAGE, GPU, INSTANT, MODULE, Milliwatts};
use super::trouble::Failure;
use crate::units::Seconds;

/// A way to read power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    /// A field, of the GPU or of the module around it.
    Field { id: u32, scope: u32 },
    /// `nvmlDeviceGetPowerUsage`, which does not say whether it averages.
    Usage,
}

/// The least that a module draws beside its GPU: it holds a processor and memory, which take several watts
/// even when idle. A driver that ignores the scope shows no difference in one call.
const REST_OF_MODULE_MW: u64 = 5_000;

/// What one look at a GPU's power found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Powers {
    /// The GPU's.
    pub(super) own: Option<Power>,
    /// That of the module around it, where the driver tells the two apart.
    pub(super) module: Option<Power>,
}

impl Power {
    /// The first way that works. Each is tried once, the module with the GPU, since two tries in a row are
    /// faster than power may be polled.
    ///
    /// # Errors
    /// A way that failed otherwise than by not being supported.
    pub(super) fn probe(device: &Device<'_>) -> Result<Powers, Failure> {
        for id in [INSTANT, AVERAGE] {
            match field::read(device, [(id, GPU), (id, MODULE)]) {
                Ok([Ok(own), module]) => {
                    let least = own.value.saturating_add(REST_OF_MODULE_MW);
                    let apart = module.is_ok_and(|module| module.value >= least);
                    return Ok(Powers {
                        own: Some(Self::Field { id, scope: GPU }),
                        module: apart.then_some(Self::Field { id, scope: MODULE }),
                    });
                }
                Ok([Err(failure), _]) | Err(failure) if failure.is_lack() => {}
                Ok([Err(failure), _]) | Err(failure) => return Err(failure),
            }
        }
        match Self::Usage.read(device) {
            Ok(_) => Ok(Powers { own: Some(Self::Usage), module: None }),
            Err(failure) if failure.is_lack() => Ok(Powers { own: None, module: None }),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn read(self, device: &Device<'_>) -> Result<Milliwatts, Failure> {
        match self {
            Self::Field { id, scope } => {
                let [power] = field::read(device, [(id, scope)])?;
                power
            }
            Self::Usage => Ok(Milliwatts { value: u64::from(device.power_usage()?), driver_t_us: None }),
        }
    }

    /// The time over which the power that it shows is averaged, where that is known to be long.
    pub(super) fn average(self, device: &Device<'_>) -> Option<Seconds> {
        let second = match self {
            Self::Field { id, .. } => id == AVERAGE,
            Self::Usage => averaging(device).starts_with("average of 1 s"),
        };
        second.then_some(Seconds(1.0))
    }

    /// The driver's call, and what it shows where that differs between GPUs.
    pub(super) fn describe(self, device: &Device<'_>) -> String {
        match self {
            Self::Field { id: INSTANT, scope: MODULE } => {
                "NVML_FI_DEV_POWER_INSTANT of the module".to_owned()
            }
            Self::Field { scope: MODULE, .. } => {
                "NVML_FI_DEV_POWER_AVERAGE of the module (over 1 s)".to_owned()
            }
            Self::Field { id: INSTANT, .. } => "NVML_FI_DEV_POWER_INSTANT".to_owned(),
            Self::Field { .. } => "NVML_FI_DEV_POWER_AVERAGE (over 1 s)".to_owned(),
            Self::Usage => format!("nvmlDeviceGetPowerUsage ({})", averaging(device)),
        }
    }
}

/// What `nvmlDeviceGetPowerUsage` shows: an average of one second on Ampere (except GA100) and newer, the
/// present power on GA100 and older (NVML's API reference).
fn averaging(device: &Device<'_>) -> &'static str {
    use DeviceArchitecture::{Ampere, Kepler, Maxwell, Pascal, Turing, Unknown, Volta};
    match device.architecture() {
        Ok(Kepler | Maxwell | Pascal | Volta | Turing) => "present power",
        Ok(Ampere) => match device.pci_info() {
            // GA100 has the device ids 0x2080 to 0x20ff.
            Ok(info) if info.pci_device_id >> 24 == 0x20 => "present power",
            Ok(_) => "average of 1 s",
            Err(_) => "average of 1 s, or present power on GA100",
        },
        Ok(Unknown) => "whether it averages is unknown",
        // Architectures that are newer than this program's list.
        Ok(_) | Err(NvmlError::UnexpectedVariant(_)) => "average of 1 s",
        Err(_) => "whether it averages is unknown",
    }
}
