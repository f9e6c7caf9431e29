//! The arguments that put another machine's files in the place of this one's, for tests and rehearsals.

use std::path::PathBuf;

use clap::Args;
use harness_meter::Settings;

use crate::driver::crash;

/// Where the kernel's and the driver's files are; hidden, since numbers from elsewhere are not this
/// machine's. The run's sentence about its meters begins with that.
#[derive(Debug, Clone, Default, Args)]
pub struct MachineArgs {
    /// Another folder for `/sys`.
    #[arg(long, hide = true, value_name = "FOLDER")]
    sysfs_root: Option<PathBuf>,
    /// Another folder for `/proc`.
    #[arg(long, hide = true, value_name = "FOLDER")]
    proc_root: Option<PathBuf>,
    /// Another library for `libnvidia-ml.so.1`.
    #[arg(long, hide = true, value_name = "FILE")]
    nvml_library: Option<String>,
}

impl MachineArgs {
    /// The settings with these places, with the GPUs that CUDA would show, and without a driver's library that
    /// crashes.
    pub fn apply(&self, mut settings: Settings) -> Settings {
        if let Some(folder) = &self.sysfs_root {
            settings.sysfs_root.clone_from(folder);
        }
        if let Some(folder) = &self.proc_root {
            settings.proc_root.clone_from(folder);
        }
        if let Some(library) = &self.nvml_library {
            settings.nvml_library.clone_from(library);
        }
        settings.visible_devices = std::env::var("CUDA_VISIBLE_DEVICES").ok();
        settings.nvml_crash = crash(&settings);
        settings
    }
}
