//! The `estimate` meter: CPU time of the engine's process tree times declared watts per busy core.
//!
//! E = CPU time × watts per busy core + idle watts × wall time; a GPU only as declared watts × wall time. It
//! needs no rights and no counters. It
//! assumes that every busy core draws the same, and misses memory, caches and the rest of the package,
//! clock frequency and voltage, vector units, accelerators, and what other processes do on the engine's
//! behalf (the kernel's own threads, a daemon). Two programs with equal CPU time get equal energy, so a
//! difference below the declared model error means nothing.

use std::path::Path;
use std::thread::available_parallelism;

use harness_protocol::now_ns;

use crate::domain::{Class, Domain, SampleKind, Wrap};
use crate::fault::{FaultKind, MeterFault};
use crate::finding::{Finding, State};
use crate::meter::{Meter, MeterEntry, Origin};
use crate::place::Place;
use crate::proc;
use crate::rated::{CoreWatts, core_watts};
use crate::sample::Sample;
use crate::settings::{EstimateSettings, Settings};
use crate::sys;
use crate::tree::ProcessTree;
use crate::units::{Joules, Watts};

const NAME: &str = "estimate";

/// Relative error that ratios keep: equal watts per busy core is an assumption, and instruction mixes
/// differ in power by about this much at equal CPU time.
const MODEL_ERROR: f64 = 0.10;

/// More cores than one machine has.
const MOST_CORES: f64 = 4096.0;

/// Taken where the kernel does not tell its tick: the longest in use (100 Hz).
const LONGEST_TICK_NS: u64 = 10_000_000;

/// The board's line.
pub(crate) const ENTRY: MeterEntry = MeterEntry {
    name: NAME,
    origin: Origin::Model,
    summary: "CPU time of the engine's process tree times declared watts per busy core, plus an idle share",
    look: |settings| {
        let (state, detail, domains) = if proc::lists_children(Path::new(proc::ROOT)) {
            let gpu = settings.estimate.gpu_watts.map(|_| "gpu".to_owned());
            (State::Found, describe(settings), std::iter::once("cpu".to_owned()).chain(gpu).collect())
        } else {
            let why = "the kernel does not list the children of a process (`CONFIG_PROC_CHILDREN`)";
            (State::Absent, why.to_owned(), Vec::new())
        };
        vec![Finding { meter: NAME, what: "CPU time", state, detail, domains, mend: Vec::new() }]
    },
    open: |settings| Ok(Box::new(Estimate::open(settings))),
};

/// CPU time as energy. Raw readings are nanoseconds of CPU time since opening, of whatever was attached;
/// what a process had used before it was attached is not counted.
#[derive(Debug)]
pub struct Estimate {
    /// The processor and, where watts are declared for it, the GPU.
    domains: Vec<Domain>,
    /// Of processes attached earlier, ns.
    before_ns: u64,
    attached: Option<Attached>,
}

#[derive(Debug)]
struct Attached {
    process: u32,
    tree: ProcessTree,
    /// CPU time of the tree when it was attached; None: there was no such process.
    base_ns: Option<u64>,
}

impl Estimate {
    /// Opens the meter with nothing attached. The settings have passed
    /// [`Settings::check`](crate::Settings::check).
    pub fn open(settings: &Settings) -> Self {
        let source = describe(settings);
        let EstimateSettings { idle_watts, gpu_watts, u_scale, .. } = settings.estimate;
        let scale = core_watts(settings.estimate.watts_per_busy_core, &settings.proc_root).watts * 1e-9;
        // The clock of a thread that runs on another core lags by up to one tick of the scheduler;
        // the lags of several threads are independent.
        let threads = available_parallelism().map_or(1, usize::from) as f64;
        let step_ns = sys::scheduler_tick_ns().unwrap_or(LONGEST_TICK_NS) as f64 * threads.sqrt();
        let domain = Domain {
            name: "cpu".to_owned(),
            meter: NAME.to_owned(),
            class: Class::Estimated,
            kind: SampleKind::Counter,
            place: Place::Process,
            witness_of: None,
            source,
            unit: "ns".to_owned(),
            scale,
            constant: Watts(idle_watts),
            update_period: None,
            seen_period: None,
            stale: false,
            resolution: Joules(scale * step_ns),
            u_scale,
            model_error: MODEL_ERROR,
            wrap: Wrap::Never,
            plausible: Watts(scale * 1e9 * MOST_CORES),
        };
        let gpu = gpu_watts.map(|watts| Domain {
            name: "gpu".to_owned(),
            place: Place::Gpu(0),
            source: format!("declared {watts:?} W for all wall time"),
            constant: Watts(watts),
            plausible: Watts(2.0 * watts),
            ..domain.clone()
        });
        Self { domains: std::iter::once(domain).chain(gpu).collect(), before_ns: 0, attached: None }
    }

    /// CPU time since opening, ns; None: what was attached never existed.
    fn cpu_ns(&mut self) -> Option<u64> {
        let Some(Attached { tree, base_ns, .. }) = &mut self.attached else { return Some(self.before_ns) };
        Some(self.before_ns + tree.cpu_ns()?.saturating_sub((*base_ns)?))
    }
}

impl Meter for Estimate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn domains(&self) -> &[Domain] {
        &self.domains
    }

    fn attach(&mut self, process: Option<u32>) {
        if let Some(ns) = self.cpu_ns() {
            self.before_ns = ns;
        }
        self.attached = process.map(|process| {
            let mut tree = ProcessTree::new(process);
            let base_ns = tree.cpu_ns();
            Attached { process, tree, base_ns }
        });
    }

    fn read(&mut self, out: &mut Vec<Sample>) -> Result<(), MeterFault> {
        let Some(raw) = self.cpu_ns() else {
            let process = self.attached.as_ref().map_or(0, |attached| attached.process);
            return Err(MeterFault::new(
                FaultKind::Gone,
                format!("process {process}, whose CPU time is to be measured, does not exist"),
                "look at the engine's own messages: it may have ended as soon as it was started",
            ));
        };
        let t_ns = now_ns();
        // The GPU's share is all constant; its reading says that time went by.
        let raws = [raw, 0].into_iter().zip(0..).take(self.domains.len());
        out.extend(raws.map(|(raw, index)| Sample::good(t_ns, index, raw)));
        Ok(())
    }
}

/// The formula with its numbers.
fn describe(settings: &Settings) -> String {
    let EstimateSettings { watts_per_busy_core, idle_watts, gpu_watts, .. } = settings.estimate;
    let CoreWatts { watts, source } = core_watts(watts_per_busy_core, &settings.proc_root);
    let gpu = gpu_watts.map(|watts| format!(" + {watts:?} W of a GPU")).unwrap_or_default();
    format!("CPU time × {watts:?} W per busy core ({source}) + {idle_watts:?} W idle share{gpu}")
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use super::*;

    /// A child that uses one core until it is dropped.
    struct Busy(Child);

    impl Busy {
        fn start() -> Self {
            Self(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
        }
    }

    impl Drop for Busy {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn raw(meter: &mut Estimate) -> u64 {
        let mut out = Vec::new();
        meter.read(&mut out).unwrap();
        out[0].raw
    }

    /// Reads until the counter has passed `target`; it never falls on the way.
    fn read_past(meter: &mut Estimate, target: u64) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut last = raw(meter);
        while last <= target {
            let now = raw(meter);
            assert!(now >= last, "fell from {last} to {now}");
            assert!(Instant::now() < deadline, "stuck at {now}");
            last = now;
        }
        last
    }

    #[test]
    fn a_busy_process_advances_the_counter_and_its_end_does_not_turn_it_back() {
        let mut meter = Estimate::open(&Settings::default());
        let busy = Busy::start();
        meter.attach(Some(busy.0.id()));
        let last = read_past(&mut meter, 20_000_000);
        drop(busy);
        let after = raw(&mut meter);
        assert!(after >= last);
        assert_eq!(raw(&mut meter), after);
    }

    #[test]
    fn the_counter_stays_monotone_over_several_attached_processes() {
        let mut meter = Estimate::open(&Settings::default());
        assert_eq!(raw(&mut meter), 0);
        let mut last = 0;
        for _ in 0..3 {
            let busy = Busy::start();
            meter.attach(Some(busy.0.id()));
            last = read_past(&mut meter, last + 10_000_000);
            meter.attach(None);
            let idle = raw(&mut meter);
            assert!(idle >= last);
            assert_eq!(raw(&mut meter), idle);
            last = idle;
        }
    }

    #[test]
    fn work_before_attaching_is_not_counted() {
        let busy = Busy::start();
        let mut other = Estimate::open(&Settings::default());
        other.attach(Some(busy.0.id()));
        let used = read_past(&mut other, 300_000_000);
        let mut meter = Estimate::open(&Settings::default());
        meter.attach(Some(busy.0.id()));
        assert!(raw(&mut meter) < used);
    }

    #[test]
    fn a_process_that_does_not_exist_cannot_be_measured() {
        let mut meter = Estimate::open(&Settings::default());
        meter.attach(Some(1 << 23));
        let fault = meter.read(&mut Vec::new()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Gone);
        meter.attach(None);
        assert_eq!(raw(&mut meter), 0);
    }

    #[test]
    fn the_declared_watts_make_the_joules() {
        let estimate = EstimateSettings {
            watts_per_busy_core: Some(4.0),
            idle_watts: 1.5,
            gpu_watts: Some(200.0),
            u_scale: 0.4,
        };
        let settings = Settings { estimate, ..Settings::default() };
        let meter = Estimate::open(&settings);
        let [domain, gpu] = &meter.domains[..] else { panic!("{:?}", meter.domains) };
        assert_eq!((gpu.constant, gpu.place, gpu.class), (Watts(200.0), Place::Gpu(0), Class::Estimated));
        // One second of CPU time at 4 W.
        assert!((domain.scale * 1e9 - 4.0).abs() < 1e-12);
        assert_eq!((domain.constant, domain.u_scale), (Watts(1.5), 0.4));
    }
}
