//! The scenario being played: its time, its callers, and which call fails now.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use nvml_wrapper_sys::bindings::*;

use crate::install::{CLOCK, SCENARIO};
use crate::scenario::{Clock, Gpu, Scenario};

static PLAY: Mutex<Option<Play>> = Mutex::new(None);

/// A scenario since it was initialised.
pub(crate) struct Play {
    pub(crate) scenario: Scenario,
    folder: PathBuf,
    started: Instant,
    /// Initialisations that were not yet shut down.
    users: u32,
    /// For each fault of each GPU, the calls that it concerned: those let through and those failed.
    calls: Vec<Vec<(u64, u64)>>,
}

/// What a device handle points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    /// Index of the GPU.
    pub(crate) gpu: usize,
    /// Index of its MIG part, if it is one.
    pub(crate) part: Option<usize>,
}

/// Begins the scenario in `folder`, or joins it.
pub(crate) fn begin(folder: Option<PathBuf>) -> nvmlReturn_t {
    let mut playing = lock();
    if let Some(play) = &mut *playing {
        play.users += 1;
        return nvmlReturn_enum_NVML_SUCCESS;
    }
    let read = folder.ok_or_else(|| "the library does not know where it is".to_owned()).and_then(|folder| {
        let path = folder.join(SCENARIO);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let scenario: Scenario =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((folder, scenario))
    });
    match read {
        Ok((_, scenario)) if scenario.init != nvmlReturn_enum_NVML_SUCCESS => scenario.init,
        Ok((folder, scenario)) => {
            let calls = scenario.gpu.iter().map(|gpu| vec![(0, 0); gpu.fault.len()]).collect();
            *playing = Some(Play { scenario, folder, started: Instant::now(), users: 1, calls });
            nvmlReturn_enum_NVML_SUCCESS
        }
        Err(why) => {
            let _ = writeln!(io::stderr(), "fake NVML: {why}");
            nvmlReturn_enum_NVML_ERROR_UNKNOWN
        }
    }
}

/// Ends the scenario when its last user leaves.
pub(crate) fn end() -> nvmlReturn_t {
    let mut playing = lock();
    let Some(play) = &mut *playing else { return nvmlReturn_enum_NVML_ERROR_UNINITIALIZED };
    play.users -= 1;
    if play.users == 0 {
        *playing = None;
    }
    nvmlReturn_enum_NVML_SUCCESS
}

/// Answers a call that concerns the whole system.
pub(crate) fn system(answer: impl FnOnce(&Scenario) -> nvmlReturn_t) -> nvmlReturn_t {
    lock().as_ref().map_or(nvmlReturn_enum_NVML_ERROR_UNINITIALIZED, |play| answer(&play.scenario))
}

/// Answers a call that concerns a GPU or one of its MIG parts, with the seconds that have passed; or fails as
/// the scenario has it.
pub(crate) fn device(
    device: nvmlDevice_t,
    call: &str,
    answer: impl FnOnce(&mut Play, Handle, f64) -> nvmlReturn_t,
) -> nvmlReturn_t {
    let mut playing = lock();
    let Some(play) = &mut *playing else { return nvmlReturn_enum_NVML_ERROR_UNINITIALIZED };
    let Some(handle) = play.handle(device) else { return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT };
    let seconds = play.seconds();
    match play.fails(handle.gpu, call, seconds) {
        Some(code) => code,
        None => answer(play, handle, seconds),
    }
}

/// [`device`] for calls that only look, and that MIG parts do not answer.
pub(crate) fn gpu(
    handle: nvmlDevice_t,
    call: &str,
    answer: impl FnOnce(&Gpu, f64) -> nvmlReturn_t,
) -> nvmlReturn_t {
    device(handle, call, |play, handle, seconds| match handle.part {
        Some(_) => nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
        None => answer(&play.scenario.gpu[handle.gpu], seconds),
    })
}

impl Handle {
    /// Never null; parts and GPUs differ.
    pub(crate) fn pointer(self) -> nvmlDevice_t {
        std::ptr::without_provenance_mut(((self.gpu + 1) << 8) | self.part.map_or(0, |part| part + 1))
    }
}

impl Play {
    fn handle(&self, device: nvmlDevice_t) -> Option<Handle> {
        let handle =
            Handle { gpu: (device.addr() >> 8).checked_sub(1)?, part: (device.addr() & 0xff).checked_sub(1) };
        let gpu = self.scenario.gpu.get(handle.gpu)?;
        handle.part.is_none_or(|part| part < gpu.mig.len()).then_some(handle)
    }

    /// Seconds since the scenario began.
    fn seconds(&self) -> f64 {
        match self.scenario.clock {
            Clock::Real => self.started.elapsed().as_secs_f64(),
            Clock::File => fs::read_to_string(self.folder.join(CLOCK))
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(0.0),
        }
    }

    /// The code that this call fails with, if it does.
    pub(crate) fn fails(&mut self, gpu: usize, call: &str, seconds: f64) -> Option<nvmlReturn_t> {
        let faults = &self.scenario.gpu[gpu].fault;
        for (fault, (passed, failed)) in faults.iter().zip(&mut self.calls[gpu]) {
            if fault.call != "all" && fault.call != call {
                continue;
            }
            if seconds < fault.at_seconds || *passed < fault.after_reads {
                *passed += 1;
            } else if fault.reads.is_none_or(|reads| *failed < reads) {
                *failed += 1;
                return Some(fault.code);
            }
        }
        None
    }
}

/// A poisoned lock only says that a thread died while holding it.
fn lock() -> MutexGuard<'static, Option<Play>> {
    PLAY.lock().unwrap_or_else(PoisonError::into_inner)
}
