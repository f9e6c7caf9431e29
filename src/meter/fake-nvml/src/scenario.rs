//! What a scenario file says: the driver and its GPUs, what they draw, and what goes wrong when.

use serde::Deserialize;

/// The whole file. Everything has a default, so that a scenario says only what it is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Scenario {
    /// The driver's version.
    pub(crate) driver: String,
    /// What initialising returns; 0 is success, 9 an unloaded driver.
    pub(crate) init: u32,
    /// What the time since initialising is taken from.
    pub(crate) clock: Clock,
    /// Functions that the library shall not have; only `install` can take them away.
    pub(crate) missing: Vec<String>,
    /// The GPUs, by index.
    pub(crate) gpu: Vec<Gpu>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Clock {
    /// Real time.
    Real,
    /// The seconds that `set_time` last wrote; 0 before.
    File,
}

/// One GPU. Times are seconds since initialising.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Gpu {
    pub(crate) name: String,
    /// Absent: made from the index.
    pub(crate) uuid: Option<String>,
    /// NVML's number: 6 Turing, 7 Ampere, 9 Hopper.
    pub(crate) architecture: u32,
    /// The upper half of the PCI device id, 0x2330 for an H100.
    pub(crate) pci_device: u32,
    /// Power until the first point of `trace`.
    pub(crate) watts: f64,
    /// Points of (seconds, watts), each held until the next one; times rise.
    pub(crate) trace: Vec<[f64; 2]>,
    /// Time between two updates of the energy counter, as on the hardware.
    pub(crate) period_ms: f64,
    /// The energy counter at the start, mJ.
    pub(crate) start_mj: u64,
    /// Whether there is an energy counter.
    pub(crate) energy: bool,
    /// Whether field 186 is supported.
    pub(crate) instant: bool,
    /// Whether field 185 is supported.
    pub(crate) average: bool,
    /// Whether `nvmlDeviceGetPowerUsage` is supported.
    pub(crate) power_usage: bool,
    /// What power fields show for the scope of the module.
    pub(crate) module: Module,
    /// Power of the module beside this GPU's, where `module` is `separate`.
    pub(crate) module_watts: f64,
    /// UUIDs of the MIG parts; MIG mode is on where there are any.
    pub(crate) mig: Vec<String>,
    /// Degrees Celsius; absent: not supported.
    pub(crate) temperature: Option<u32>,
    /// Bits of the reasons for lower clocks; absent: not supported.
    pub(crate) throttle: Option<u64>,
    /// Absent: not supported.
    pub(crate) sm_clock_mhz: Option<u32>,
    /// Absent: not supported.
    pub(crate) power_limit_w: Option<f64>,
    /// Ids of the processes that compute; absent: not supported.
    pub(crate) compute: Option<Vec<u32>>,
    /// Ids of the processes that draw; absent: not supported.
    pub(crate) graphics: Option<Vec<u32>>,
    /// When the energy counter starts again at 0, as after a reload of the driver.
    pub(crate) reset_at: Option<f64>,
    /// When the energy counter stops moving.
    pub(crate) stuck_at: Option<f64>,
    pub(crate) fault: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Module {
    /// Not supported.
    None,
    /// The scope is ignored and the GPU's own power returned.
    Same,
    /// The module's.
    Separate,
}

/// A call that fails: the `reads` calls after the first `after-reads`, once `at-seconds` have passed.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Fault {
    /// The function's name; for one field of `nvmlDeviceGetFieldValues` `field:186` or, of the module's
    /// scope, `module:186`; `all`.
    pub(crate) call: String,
    #[serde(default)]
    pub(crate) at_seconds: f64,
    /// Calls that are let through, those of a probe at the start included.
    #[serde(default)]
    pub(crate) after_reads: u64,
    /// Calls that fail; absent: all that follow.
    pub(crate) reads: Option<u64>,
    /// The code that is returned, for example 4 for a missing permission and 15 for a lost GPU.
    #[serde(rename = "return")]
    pub(crate) code: u32,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            driver: "570.86.15".to_owned(),
            init: 0,
            clock: Clock::Real,
            missing: Vec::new(),
            gpu: Vec::new(),
        }
    }
}

impl Default for Gpu {
    fn default() -> Self {
        Self {
            name: "NVIDIA H100 80GB HBM3".to_owned(),
            uuid: None,
            architecture: 9,
            pci_device: 0x2330,
            watts: 250.0,
            trace: Vec::new(),
            period_ms: 100.0,
            start_mj: 1_000_000,
            energy: true,
            instant: true,
            average: true,
            power_usage: true,
            module: Module::None,
            module_watts: 0.0,
            mig: Vec::new(),
            temperature: Some(45),
            throttle: Some(0),
            sm_clock_mhz: Some(1980),
            power_limit_w: Some(700.0),
            compute: Some(Vec::new()),
            graphics: Some(Vec::new()),
            reset_at: None,
            stuck_at: None,
            fault: Vec::new(),
        }
    }
}

impl Gpu {
    /// Watts at a time.
    pub(crate) fn watts_at(&self, seconds: f64) -> f64 {
        let passed = self.trace.iter().rev().find(|[from, _]| *from <= seconds);
        passed.map_or(self.watts, |[_, watts]| *watts)
    }

    /// What the energy counter shows at a time, mJ.
    pub(crate) fn counter_at(&self, seconds: f64) -> u64 {
        let seconds = self.stuck_at.map_or(seconds, |stuck| seconds.min(stuck));
        let period = self.period_ms.max(1e-3) * 1e-3;
        // A thousandth of a period of slack: 0.3 / 0.1 is less than 3 in binary.
        let updated = (seconds / period + 1e-3).floor() * period;
        match self.reset_at {
            Some(reset) if updated >= reset => (self.joules(reset, updated) * 1e3 + 1e-3) as u64,
            _ => self.start_mj + (self.joules(0.0, updated) * 1e3 + 1e-3) as u64,
        }
    }

    fn joules(&self, from: f64, to: f64) -> f64 {
        let ends = self.trace.iter().map(|[end, _]| *end).chain([f64::INFINITY]);
        let (mut joules, mut start, mut watts) = (0.0, 0.0_f64, self.watts);
        for (end, next) in ends.zip(self.trace.iter().map(|[_, next]| *next).chain([0.0])) {
            joules += watts * (end.min(to) - start.max(from)).max(0.0);
            (start, watts) = (end, next);
        }
        joules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(text: &str) -> Gpu {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_counter_moves_once_a_period_by_the_energy_of_the_trace() {
        let gpu = gpu("watts = 100\ntrace = [[0.3, 200], [0.45, 0]]\nperiod-ms = 100\nstart-mj = 5");
        let cases = [(0.0, 5), (0.099, 5), (0.1, 10_005), (0.3, 30_005), (0.4, 50_005), (9.9, 60_005)];
        for (seconds, expected) in cases {
            assert_eq!(gpu.counter_at(seconds), expected, "{seconds}");
        }
        assert_eq!([0.0, 0.3, 0.44, 0.45].map(|at| gpu.watts_at(at)), [100.0, 200.0, 200.0, 0.0]);
    }

    #[test]
    fn a_reset_counter_starts_at_zero_and_a_stuck_one_stands() {
        let reset = gpu("watts = 100\nreset-at = 1.0");
        assert_eq!([0.9, 1.0, 1.5].map(|at| reset.counter_at(at)), [1_090_000, 0, 50_000]);
        let stuck = gpu("watts = 100\nstuck-at = 1.05");
        assert_eq!([0.9, 1.1, 5.0].map(|at| stuck.counter_at(at)), [1_090_000, 1_100_000, 1_100_000]);
    }

    #[test]
    fn misspelt_scenarios_are_refused() {
        for text in ["gpus = 1", "[[gpu]]\nwats = 1", "clock = \"sun\"", "[[gpu.fault]]\ncall = \"all\""] {
            assert!(toml::from_str::<Scenario>(text).is_err(), "{text}");
        }
    }
}
