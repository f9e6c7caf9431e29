//! Looks for NVIDIA GPUs and says what stands in the way.

use nvml_wrapper::Nvml;

use super::gpu::{Gpu, NAME};
use super::library;
use super::trouble::{Failure, Trouble};
use crate::fault::FaultKind;
use crate::finding::{Finding, State};
use crate::settings::Settings;

const WHAT: &str = "NVML";

/// One finding for all GPUs that can be read, and one for each that cannot or for NVML itself.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    match gpus(settings) {
        Ok((found, troubles)) => found.into_iter().chain(troubles.into_iter().map(failing)).collect(),
        Err(trouble) => vec![failing(trouble)],
    }
}

fn gpus(settings: &Settings) -> Result<(Option<Finding>, Vec<Trouble>), Trouble> {
    let nvml = library::nvml(settings)?;
    let driver = nvml.sys_driver_version().unwrap_or_else(|error| format!("of unknown version ({error})"));
    let count = count(nvml)?;
    if count == 0 {
        return Err(Trouble::new(FaultKind::NotFound, format!("no GPU, driver {driver}"), &[]));
    }
    let mut names: Vec<String> = Vec::new();
    let (mut found, mut troubles, mut domains) = (0, Vec::new(), Vec::new());
    for gpu in Gpu::open_each(nvml, 0..count, None, settings.nvml.u_scale) {
        match gpu {
            Ok(gpu) => {
                found += 1;
                domains.extend(gpu.parts.iter().map(|(domain, _)| domain.name.clone()));
                let name = gpu.device.name().unwrap_or_else(|error| error.to_string());
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Err(trouble) => troubles.push(trouble),
        }
    }
    let word = if found == 1 { "GPU" } else { "GPUs" };
    let detail = format!("{found} {word} ({}), driver {driver}", names.join(", "));
    let finding = Finding { meter: NAME, what: WHAT, state: State::Found, detail, domains, mend: Vec::new() };
    Ok(((found > 0).then_some(finding), troubles))
}

/// How many GPUs the driver has.
pub(super) fn count(nvml: &Nvml) -> Result<u32, Trouble> {
    nvml.device_count().map_err(|error| {
        let failure = Failure::from(error);
        let mend = &["`nvidia-smi` shows what the driver says"];
        Trouble::new(failure.kind, format!("the driver does not count its GPUs: {}", failure.text), mend)
    })
}

fn failing(trouble: Trouble) -> Finding {
    let state = trouble.state();
    Finding {
        meter: NAME,
        what: WHAT,
        state,
        detail: trouble.detail,
        domains: Vec::new(),
        mend: trouble.mend,
    }
}
