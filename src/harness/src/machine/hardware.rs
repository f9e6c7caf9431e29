//! What machine this is, without its name or its user's.

use harness_meter::Settings;
use harness_meter::nvml::inventory;
use harness_meter::proc::{CpuInfo, hypervisor};
use serde::{Deserialize, Serialize};
use sysinfo::System;

use crate::hash;

/// The manifest's `hardware`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hardware {
    /// Hash of what decides about energy: runs with other keys do not compare.
    pub key: String,
    /// Model name.
    pub cpu: String,
    /// Logical processors.
    pub cores: usize,
    /// Sockets.
    pub sockets: usize,
    /// Names of GPUs; empty where no NVIDIA driver answers.
    pub gpus: Vec<String>,
    /// Bytes of memory.
    pub mem: Option<u64>,
    /// The processor's microcode, as Linux tells it.
    pub microcode: Option<String>,
    /// GPU driver.
    pub driver: Option<String>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Whether a hypervisor runs below.
    pub virt: Option<bool>,
}

/// Looks at the machine; `threads` is how many cores the engine uses.
pub fn look(threads: u32, meter: &Settings) -> Hardware {
    let nvidia = inventory(meter);
    let mem = System::new().ok().map(|mut system| {
        system.refresh_memory();
        system.total_memory()
    });
    let info = CpuInfo::read(&meter.proc_root);
    let cpu = info.field("model name").map_or_else(System::cpu_arch, str::to_owned);
    let sockets = info.sockets();
    let gpus = nvidia.as_ref().map(|nvidia| nvidia.gpus.as_slice()).unwrap_or_default();
    // A GPU that may draw less is another machine.
    let limits: Vec<String> = gpus
        .iter()
        .map(|(name, limit)| format!("{name} {}", limit.map(|watts| watts.to_string()).unwrap_or_default()))
        .collect();
    // Memory in GiB: kernels differ by a few pages in what they call total.
    let key = hash::text(&format!(
        "{cpu}\n{sockets}\n{threads}\n{}\n{}",
        mem.map(|bytes| bytes >> 30).unwrap_or_default(),
        limits.join("\n")
    ));
    Hardware {
        key,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        sockets,
        gpus: gpus.iter().map(|(name, _)| name.clone()).collect(),
        mem,
        microcode: info.field("microcode").map(str::to_owned),
        driver: nvidia.and_then(|nvidia| nvidia.driver),
        kernel: System::kernel_version().ok(),
        virt: hypervisor(&meter.sysfs_root, &meter.proc_root),
        cpu,
    }
}
