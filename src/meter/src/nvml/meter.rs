//! All GPUs that a run asks for, as one meter.

use std::path::PathBuf;

use harness_protocol::Device;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device as NvmlDevice, Nvml};

use super::conditions::conditions;
use super::gpu::{Gpu, NAME};
use super::library;
use super::look::{count, look};
use super::trouble::{Failure, Trouble};
use super::visible::{self, Chosen, Identity};
use crate::conditions::Conditions;
use crate::domain::Domain;
use crate::fault::{FaultKind, MeterFault};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::place::Place;
use crate::sample::Sample;
use crate::settings::Settings;

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::Hardware,
    summary: "NVIDIA GPUs: the driver's energy counter, else its power readings integrated",
    look,
    open: |settings| Ok(Box::new(Gpus::open(settings)?)),
};

/// NVIDIA GPUs, by the driver's management library.
///
/// Each has the domain `gpu:N`, N being NVML's index, in millijoules of the driver's counter (Volta and
/// newer), where its power is `gpu:N@power` beside it; without a counter the power alone is `gpu:N`. The
/// power of the board around a GPU, processor included, is `gpu-module:N` where the driver tells it apart
/// (Grace Hopper). Values move every 10 to 100 ms, by model. With MIG all is of the whole GPU.
///
/// Power is left out of readings that follow the one before by less than 50 ms, or by less than 250 ms where
/// it only checks a counter.
pub struct Gpus {
    gpus: Vec<Gpu>,
    domains: Vec<Domain>,
    attached: Option<u32>,
    proc_root: PathBuf,
}

impl Gpus {
    /// Opens the GPU that the settings' device is, or all that can be read where it is none. Each is asked
    /// once for each of its features; one that the driver lacks leaves a domain out.
    ///
    /// # Errors
    /// NVML cannot be used, the device is none of its GPUs, or the GPU cannot be read; without a GPU as
    /// device: none of them can.
    pub fn open(settings: &Settings) -> Result<Self, MeterFault> {
        let nvml = library::nvml(settings)?;
        let count = count(nvml)?;
        let u_scale = settings.nvml.u_scale;
        let gpus = match settings.device {
            Some(Device::Cuda(wanted)) => {
                let Chosen { index, part } = choose(nvml, count, wanted, settings)?;
                let gpus = Gpu::open_each(nvml, [index], part.as_deref(), u_scale);
                gpus.into_iter().collect::<Result<Vec<Gpu>, Trouble>>()?
            }
            Some(Device::Cpu) | None => all(nvml, count, u_scale)?,
        };
        let domains = domains(&gpus);
        Ok(Self { gpus, domains, attached: None, proc_root: settings.proc_root.clone() })
    }

    /// The GPUs, each with the index of its first domain.
    fn with_first(&mut self) -> impl Iterator<Item = (u16, &mut Gpu)> {
        self.gpus.iter_mut().scan(0_u16, |next, gpu| {
            let first = *next;
            // A GPU has at most three domains, and no machine has twenty thousand GPUs.
            *next = first.saturating_add(u16::try_from(gpu.parts.len()).unwrap_or(u16::MAX));
            Some((first, gpu))
        })
    }
}

impl Meter for Gpus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, process: Option<u32>) {
        self.attached = process;
    }

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        for (first, gpu) in self.with_first() {
            gpu.read(first, out);
        }
        Ok(())
    }

    fn leave_out(&mut self, dead: &[u16]) {
        for (first, gpu) in self.with_first() {
            let own = dead.iter().filter_map(|index| index.checked_sub(first));
            gpu.leave_out(&own.collect::<Vec<_>>());
        }
        self.domains = domains(&self.gpus);
    }

    fn conditions(&mut self, out: &mut Vec<(u16, Conditions)>) {
        let (attached, proc_root) = (self.attached, self.proc_root.clone());
        for (first, gpu) in self.with_first() {
            let now = conditions(&gpu.device, attached, &proc_root);
            let of_gpu =
                (first..).zip(&gpu.parts).filter(|(_, (domain, _))| matches!(domain.place, Place::Gpu(_)));
            out.extend(of_gpu.map(|(index, _)| (index, now.clone())));
        }
    }
}

fn domains(gpus: &[Gpu]) -> Vec<Domain> {
    gpus.iter().flat_map(|gpu| &gpu.parts).map(|(domain, _)| domain.clone()).collect()
}

/// The GPU that CUDA calls `wanted`.
fn choose(nvml: &'static Nvml, count: u32, wanted: u32, settings: &Settings) -> Result<Chosen, MeterFault> {
    let gpus: Vec<Result<Identity, Failure>> =
        (0..count).map(|index| identity(nvml, index).map_err(Failure::from)).collect();
    visible::find(wanted, settings.visible_devices.as_deref(), &gpus).map_err(|why| {
        MeterFault::new(
            FaultKind::NotFound,
            format!("no GPU is `cuda:{wanted}`: {why}"),
            "`nvidia-smi -L` lists the GPUs with their UUIDs; name those to use in `CUDA_VISIBLE_DEVICES`",
        )
    })
}

fn identity(nvml: &'static Nvml, index: u32) -> Result<Identity, NvmlError> {
    let device = nvml.device_by_index(index)?;
    Ok(Identity { uuid: device.uuid()?, mig: mig_parts(&device) })
}

/// UUIDs of the MIG parts; places that hold none are passed over.
fn mig_parts(device: &NvmlDevice<'_>) -> Vec<String> {
    let places = device.mig_device_count().unwrap_or(0);
    let part = |place| device.mig_device_by_index(place).and_then(|part| part.uuid()).ok();
    (0..places).filter_map(part).collect()
}

/// All GPUs that can be read. Those that cannot are named by a look at the machine: nothing runs on them.
fn all(nvml: &'static Nvml, count: u32, u_scale: f64) -> Result<Vec<Gpu>, Trouble> {
    let mut gpus = Vec::new();
    let mut last = None;
    for gpu in Gpu::open_each(nvml, 0..count, None, u_scale) {
        match gpu {
            Ok(gpu) => gpus.push(gpu),
            Err(trouble) => last = Some(trouble),
        }
    }
    match last {
        Some(trouble) if gpus.is_empty() => Err(trouble),
        None if gpus.is_empty() => Err(Trouble::new(FaultKind::NotFound, "no NVIDIA GPU".to_owned(), &[])),
        _ => Ok(gpus),
    }
}
