//! One GPU: what it can tell of energy and power, and reading that.

use std::thread;

use harness_protocol::now_ns;
use nvml_wrapper::{Device, Nvml};

use super::pace::{Pace, SHORTEST};
use super::power::Power;
use super::trouble::{Failure, Trouble};
use crate::domain::{Class, Domain, SampleKind, Wrap, survivors};
use crate::fault::FaultKind;
use crate::place::Place;
use crate::sample::Sample;
use crate::units::{Joules, Watts};

/// The meter's name on the board.
pub(super) const NAME: &str = "nvml";

/// No GPU module draws more: the largest announced ones take about 1.4 kW, and short peaks twice that.
const PLAUSIBLE: Watts = Watts(3000.0);

/// A GPU that tells its energy, its power or both.
pub(super) struct Gpu {
    pub(super) device: Device<'static>,
    /// Domains with the way each is read.
    pub(super) parts: Vec<(Domain, Way)>,
    pace: Pace,
}

/// How a domain is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The energy counter, mJ since the driver was loaded.
    Energy,
    /// Power.
    Power(Power),
}

impl Gpu {
    /// Opens GPUs, and returns when their power may be read again. `part` is the MIG part of them that
    /// computes, if one does.
    pub(super) fn open_each(
        nvml: &'static Nvml,
        indices: impl IntoIterator<Item = u32>,
        part: Option<&str>,
        u_scale: f64,
    ) -> Vec<Result<Self, Trouble>> {
        let gpus: Vec<_> = indices.into_iter().map(|index| Self::open(nvml, index, part, u_scale)).collect();
        if !gpus.is_empty() {
            thread::sleep(SHORTEST);
        }
        gpus
    }

    /// Asks the GPU at this index of NVML's once for each of its features.
    fn open(nvml: &'static Nvml, index: u32, part: Option<&str>, u_scale: f64) -> Result<Self, Trouble> {
        let of = |what: &'static str| move |failure: Failure| Trouble::of_gpu(index, what, &failure);
        let device = nvml.device_by_index(index).map_err(Failure::from).map_err(of("the GPU"))?;
        let name = device.name().map_err(Failure::from).map_err(of("its name"))?;
        let uuid = device.uuid().map_err(Failure::from).map_err(of("its UUID"))?;
        let energy = match device.total_energy_consumption().map_err(Failure::from) {
            Ok(_) => true,
            Err(failure) if failure.is_lack() => false,
            Err(failure) => return Err(of("its energy counter")(failure)),
        };
        let power = Power::probe(&device).map_err(of("its power"))?;
        let mut ways = Vec::new();
        if energy {
            ways.push((format!("gpu:{index}"), Place::Gpu(index), Way::Energy));
        }
        if let Some(power) = power.own {
            let view = if energy { "@power" } else { "" };
            ways.push((format!("gpu:{index}{view}"), Place::Gpu(index), Way::Power(power)));
        }
        if ways.is_empty() {
            let detail = format!("`gpu:{index}` ({name}) tells neither its energy nor its power");
            return Err(Trouble::new(FaultKind::NotSupported, detail, &[]));
        }
        // Two GPUs may share a module (GB200), and nothing here tells which do: counting it once for each
        // would double it.
        let own_module = nvml.device_count().is_ok_and(|count| count == 1) || name.contains("GH200");
        if let Some(power) = power.module.filter(|_| own_module) {
            ways.push((format!("gpu-module:{index}"), Place::Module(index), Way::Power(power)));
        }
        let parts = match part {
            Some(part) => format!("; whole GPU: {part} is one MIG part of it"),
            None if device.mig_mode().is_ok_and(|mode| mode.current == 1) => {
                "; whole GPU: it is divided into MIG parts".to_owned()
            }
            None => String::new(),
        };
        let describe = |way: Way| match way {
            Way::Energy => "nvmlDeviceGetTotalEnergyConsumption".to_owned(),
            Way::Power(power) => power.describe(&device),
        };
        let domain = |(name_of, place, way): (String, Place, Way)| {
            let source = format!("{} of {name} ({uuid}){parts}", describe(way));
            let average = match way {
                Way::Power(power) => power.average(&device),
                Way::Energy => None,
            };
            (Domain { update_period: average, ..domain(name_of, place, way, source, u_scale) }, way)
        };
        let parts: Vec<(Domain, Way)> = ways.into_iter().map(domain).collect();
        let pace = pace(&parts);
        Ok(Self { device, parts, pace })
    }

    /// See [`Meter::leave_out`](crate::Meter::leave_out); indices count from this GPU's first domain.
    pub(super) fn leave_out(&mut self, dead: &[u16]) {
        let (domains, ways): (Vec<Domain>, Vec<Way>) = std::mem::take(&mut self.parts).into_iter().unzip();
        let left = survivors(&domains, dead).into_iter().zip(ways);
        self.parts = left.filter_map(|(domain, way)| Some((domain?, way))).collect();
        self.pace = pace(&self.parts);
    }

    /// Appends a sample for each part whose reading is due; `first` is the index of the first one's domain.
    pub(super) fn read(&mut self, first: u16, out: &mut Vec<Sample>) {
        let power_due = self.pace.due(now_ns());
        for (index, (_, way)) in (first..).zip(&self.parts) {
            if power_due || *way == Way::Energy {
                out.push(way.sample(&self.device, index));
            }
        }
    }
}

/// The pace at which power is read: slower where it only checks a counter.
fn pace(parts: &[(Domain, Way)]) -> Pace {
    Pace::new(parts.iter().all(|(domain, way)| *way == Way::Energy || domain.witness_of.is_some()))
}

impl Way {
    fn sample(self, device: &Device<'_>, domain: u16) -> Sample {
        let before = now_ns();
        let reading = match self {
            Self::Energy => device.total_energy_consumption().map(|raw| (raw, None)).map_err(Failure::from),
            Self::Power(power) => power.read(device).map(|power| (power.value, power.driver_t_us)),
        };
        let after = now_ns();
        match reading {
            Ok((raw, driver_t_us)) => Sample { driver_t_us, ..Sample::within(before, after, domain, raw) },
            Err(failure) => Sample::failed(before + (after - before) / 2, domain, failure.kind),
        }
    }
}

fn domain(name: String, place: Place, way: Way, source: String, u_scale: f64) -> Domain {
    let (class, kind, unit) = match way {
        Way::Energy => (Class::Counter, SampleKind::Counter, "mJ"),
        Way::Power(_) => (Class::Integrated, SampleKind::Power, "mW"),
    };
    Domain {
        witness_of: name.split_once('@').map(|(of, _)| of.to_owned()),
        name,
        meter: NAME.to_owned(),
        class,
        kind,
        place,
        source,
        unit: unit.to_owned(),
        scale: 1e-3,
        constant: Watts(0.0),
        // From 10 to 100 ms by model and driver, and nowhere declared.
        update_period: None,
        seen_period: None,
        stale: true,
        resolution: Joules(1e-3),
        u_scale,
        model_error: 0.0,
        wrap: Wrap::Never,
        plausible: PLAUSIBLE,
    }
}
