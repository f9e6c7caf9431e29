//! The meter: its domains, and when each may be read.

use std::path::Path;

use harness_protocol::now_ns;

use super::sensor::{self, Sensor};
use crate::conditions::Conditions;
use crate::domain::{Class, Domain, SampleKind, survivors};
use crate::fault::{FaultKind, MeterFault};
use crate::finding::{Finding, State, unusable};
use crate::machine::Machine;
use crate::meter::{Meter, MeterEntry, Origin};
use crate::sample::Sample;
use crate::settings::Settings;
use crate::units::{Joules, Watts};
use crate::value_file::ValueFile;

const NAME: &str = "hwmon";

/// Power is not asked for sooner than this after the last time: drivers average over 50 ms or more, and
/// some answer rubbish when hurried.
const POWER_SPACING_NS: i64 = 50_000_000;

/// Power that only checks a counter is read less often; see the same number of the `nvml` meter.
const WITNESS_SPACING_NS: i64 = 250_000_000;

/// Raw values are millionths of a watt or joule (Documentation/hwmon/sysfs-interface).
const MICRO: f64 = 1e-6;

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::Hardware,
    summary: "power sensors that the kernel shows: boards, Grace modules, AMD and Intel GPUs",
    look: |settings| vec![look(settings)],
    open: |settings| Ok(Box::new(Hwmon::open(settings)?)),
};

/// Open sensors; `domains` and `sources` have the same order.
struct Hwmon {
    domains: Vec<Domain>,
    sources: Vec<Source>,
}

struct Source {
    file: ValueFile,
    power: bool,
    /// CLOCK_MONOTONIC ns of the last reading.
    read_ns: Option<i64>,
    temperature: ValueFile,
    clock: ValueFile,
    limit: ValueFile,
}

impl Hwmon {
    fn open(settings: &Settings) -> Result<Self, MeterFault> {
        let (mut domains, mut sources) = (Vec::new(), Vec::new());
        for (sensor, file) in tried(sensor::list(settings).sensors) {
            let Ok(file) = file else { continue };
            sources.push(Source::new(&sensor, file));
            domains.push(domain(sensor, settings.hwmon.u_scale));
        }
        if !domains.is_empty() {
            return Ok(Self { domains, sources });
        }
        Err(unusable("no sensor can be read", &[look(settings)]))
    }
}

impl Source {
    fn new(sensor: &Sensor, file: ValueFile) -> Self {
        let folder = sensor.path.parent().unwrap_or(Path::new(""));
        let beside = |file: &str| ValueFile::new(folder.join(file));
        Self {
            file,
            power: sensor.kind == SampleKind::Power,
            read_ns: None,
            temperature: beside("temp1_input"),
            clock: beside("freq1_input"),
            limit: beside("power1_cap"),
        }
    }
}

fn domain(sensor: Sensor, u_scale: f64) -> Domain {
    let power = sensor.kind == SampleKind::Power;
    Domain {
        plausible: sensor::plausible(sensor.place),
        name: sensor.name,
        meter: NAME.to_owned(),
        class: if power { Class::Integrated } else { Class::Counter },
        kind: sensor.kind,
        place: sensor.place,
        witness_of: sensor.witness_of,
        source: sensor.path.display().to_string(),
        unit: if power { "uW" } else { "uJ" }.to_owned(),
        scale: MICRO,
        constant: Watts(0.0),
        update_period: sensor.period,
        seen_period: None,
        stale: true,
        resolution: Joules(MICRO),
        u_scale,
        model_error: 0.0,
        wrap: sensor.wrap,
    }
}

/// Each sensor with its file, or why it cannot be read.
fn tried(sensors: Vec<Sensor>) -> Vec<(Sensor, Result<ValueFile, FaultKind>)> {
    let mut tried: Vec<(Sensor, Result<ValueFile, FaultKind>)> = Vec::new();
    for mut sensor in sensors {
        // A second view takes the place of a first one that cannot be read.
        let of = sensor.witness_of.as_deref();
        if tried.iter().any(|(main, file)| file.is_err() && of == Some(main.name.as_str())) {
            sensor.name = sensor.witness_of.take().unwrap_or_default();
        }
        let mut file = ValueFile::new(sensor.path.clone());
        let reading = file.read();
        tried.push((sensor, reading.map(|_| file)));
    }
    tried
}

fn look(settings: &Settings) -> Finding {
    let listing = sensor::list(settings);
    let (mut good, mut phrases, mut mend) = (Vec::new(), Vec::new(), Vec::new());
    let mut state = State::Absent;
    for (sensor, file) in tried(listing.sensors) {
        let Err(kind) = file else {
            good.push(sensor.name);
            continue;
        };
        phrases.push(format!("{}: `{}` ({kind})", sensor.name, sensor.path.display()));
        if kind == FaultKind::PermissionDenied {
            state = State::Denied;
            mend.push(format!(
                "let your group read, until the next boot: `sudo chgrp \"$(id -gn)\" {0:?} && sudo chmod g+r \
                 {0:?}`",
                sensor.path
            ));
        } else if state == State::Absent {
            state = State::Broken;
        }
    }
    if !good.is_empty() {
        state = State::Found;
        phrases.insert(0, good.join(", "));
    } else if state == State::Absent {
        phrases.push("no power sensors".to_owned());
        let machine = Machine::look(&settings.sysfs_root, &settings.proc_root);
        if machine.arm && !machine.guest {
            mend.push("on NVIDIA Grace: `sudo modprobe acpi_power_meter force_cap_on=y`".to_owned());
        }
    }
    phrases.extend(listing.notes);
    Finding { meter: NAME, what: "hwmon", state, detail: phrases.join("; "), domains: good, mend }
}

impl Meter for Hwmon {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, _process: Option<u32>) {}

    fn leave_out(&mut self, dead: &[u16]) {
        let left = survivors(&self.domains, dead).into_iter().zip(std::mem::take(&mut self.sources));
        (self.domains, self.sources) = left.filter_map(|(domain, source)| Some((domain?, source))).unzip();
    }

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        for ((index, source), domain) in (0..).zip(&mut self.sources).zip(&self.domains) {
            let t_ns = now_ns();
            let spacing_ns = if domain.witness_of.is_some() { WITNESS_SPACING_NS } else { POWER_SPACING_NS };
            let hurried = source.read_ns.is_some_and(|last| t_ns.saturating_sub(last) < spacing_ns);
            if source.power && hurried {
                continue;
            }
            source.read_ns = Some(t_ns);
            out.push(match source.file.read() {
                Ok(raw) => Sample::within(t_ns, now_ns(), index, raw),
                Err(kind) => Sample::failed(t_ns, index, kind),
            });
        }
        Ok(())
    }

    fn conditions(&mut self, out: &mut Vec<(u16, Conditions)>) {
        for (index, source) in (0..).zip(&mut self.sources) {
            // Thousandths of a degree, hertz, millionths of a watt.
            let conditions = Conditions {
                temperature_c: source.temperature.read().ok().map(|value| value as f64 * 1e-3),
                clock_mhz: source.clock.read().ok().map(|value| value as f64 * 1e-6),
                power_limit_w: source.limit.read().ok().map(|value| value as f64 * MICRO),
                ..Conditions::default()
            };
            if conditions != Conditions::default() {
                out.push((index, conditions));
            }
        }
    }
}
