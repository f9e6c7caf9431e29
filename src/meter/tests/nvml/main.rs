//! The `nvml` meter against the fake driver library.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod choice;
mod conditions;
mod faults;
mod finding;
mod sources;

use std::path::{Path, PathBuf};

use harness_meter::nvml::Gpus;
use harness_meter::{Device, Domain, Meter, Sample, Settings};
use tempfile::TempDir;

/// A machine with the GPUs of a scenario.
struct Machine {
    folder: TempDir,
    library: PathBuf,
    settings: Settings,
}

impl Machine {
    fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = fake_nvml::install(folder.path(), scenario);
        let settings = Settings {
            nvml_library: library.to_str().unwrap().to_owned(),
            sysfs_root: folder.path().join("sys"),
            ..Settings::default()
        };
        Self { folder, library, settings }
    }

    fn open(&self) -> Gpus {
        Gpus::open(&self.settings).unwrap()
    }

    /// Opens the GPU that is `cuda:index` where `CUDA_VISIBLE_DEVICES` is `visible`.
    fn open_cuda(&self, index: u32, visible: Option<&str>) -> Result<Gpus, String> {
        let device = Some(Device::Cuda(index));
        let visible_devices = visible.map(str::to_owned);
        let settings = Settings { device, visible_devices, ..self.settings.clone() };
        Gpus::open(&settings).map_err(|fault| fault.to_string())
    }

    fn set_time(&self, seconds: f64) {
        fake_nvml::set_time(&self.library, seconds);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn names(meter: &Gpus) -> Vec<&str> {
    meter.domains().iter().map(|domain| domain.name.as_str()).collect()
}

fn domain<'a>(meter: &'a Gpus, name: &str) -> &'a Domain {
    meter.domains().iter().find(|domain| domain.name == name).unwrap()
}

fn read(meter: &mut Gpus) -> Vec<Sample> {
    let mut out = Vec::new();
    meter.read(&mut out).unwrap();
    out
}
