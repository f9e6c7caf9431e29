//! What NVML's errors mean, and what mends them.

use std::fs;
use std::path::Path;

use nvml_wrapper::error::NvmlError;

use crate::fault::{FaultKind, MeterFault};
use crate::finding::State;

/// A call that failed, as the kind that samples store and as the driver's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FaultKind,
    pub(super) text: String,
}

impl Failure {
    /// Whether this only says that the device or the driver cannot do what was asked.
    pub(super) fn is_lack(&self) -> bool {
        matches!(self.kind, FaultKind::NotSupported | FaultKind::MissingSymbol)
    }
}

impl From<NvmlError> for Failure {
    fn from(error: NvmlError) -> Self {
        let kind = match error {
            NvmlError::GpuLost | NvmlError::ResetRequired => FaultKind::Gone,
            NvmlError::NoPermission => FaultKind::PermissionDenied,
            NvmlError::NotSupported => FaultKind::NotSupported,
            NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => FaultKind::MissingSymbol,
            NvmlError::NoData => FaultKind::Empty,
            _ => FaultKind::Unreadable,
        };
        Self { kind, text: error.to_string() }
    }
}

/// Something that stands in the way of the meter, or of one GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: FaultKind,
    /// One phrase.
    pub(super) detail: String,
    /// What would mend it, the least privilege first.
    pub(super) mend: Vec<String>,
}

/// What gives a container its GPUs and this library.
const CONTAINER: &str =
    "in a container: start it with `--gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility`";

impl Trouble {
    pub(super) fn new(kind: FaultKind, detail: String, mend: &[&str]) -> Self {
        Self { kind, detail, mend: mend.iter().map(|line| (*line).to_owned()).collect() }
    }

    /// NVML does not start.
    pub(super) fn at_start(error: NvmlError, library: &str, sysfs: &Path) -> Self {
        match error {
            NvmlError::LibloadingError(error) => Self::at_load(&error.to_string(), library, sysfs),
            NvmlError::FailedToLoadSymbol(_) => Self::new(
                FaultKind::MissingSymbol,
                format!("`{library}` is not NVML: it has no `nvmlInit_v2`"),
                &[
                    "`ldconfig -p | grep libnvidia-ml` shows which file is loaded: remove what is not NVIDIA's",
                ],
            ),
            NvmlError::DriverNotLoaded => Self::new(
                FaultKind::NotFound,
                format!("`{library}` is here, but the NVIDIA driver is not loaded"),
                &[CONTAINER, "`sudo modprobe nvidia`; if that fails, `sudo dmesg | grep -i nvrm` tells why"],
            ),
            NvmlError::NoPermission => Self::new(
                FaultKind::PermissionDenied,
                "the NVIDIA driver may not be asked by this user".to_owned(),
                &[
                    CONTAINER,
                    "`sudo usermod -aG \"$(stat -c %G /dev/nvidiactl)\" \"$USER\"`, then log in again",
                    "`sudo chmod a+rw /dev/nvidia*`, until the next start of the machine",
                ],
            ),
            NvmlError::OperatingSystem => Self::new(
                FaultKind::PermissionDenied,
                "the operating system keeps the NVIDIA driver from this process (cgroup)".to_owned(),
                &[CONTAINER],
            ),
            NvmlError::LibRmVersionMismatch => Self::new(
                FaultKind::Unreadable,
                format!("`{library}` and the loaded NVIDIA driver are of different versions"),
                &["restart the machine, so that the driver that was installed last is loaded"],
            ),
            other => Self::new(
                FaultKind::Unreadable,
                format!("`{library}` does not start: {other}"),
                &["`nvidia-smi` shows what the driver says"],
            ),
        }
    }

    /// The library cannot be loaded; `why` is the dynamic loader's sentence.
    fn at_load(why: &str, library: &str, sysfs: &Path) -> Self {
        if why.contains("Permission denied") {
            return Self::new(
                FaultKind::PermissionDenied,
                format!("`{library}` may not be read: {why}"),
                &["`sudo chmod a+r` the file that is named"],
            );
        }
        if !(why.starts_with(library) && why.contains("No such file")) {
            return Self::new(
                FaultKind::Unreadable,
                format!("`{library}` cannot be loaded: {why}"),
                &["install NVIDIA's driver again"],
            );
        }
        if !gpu_on_the_bus(sysfs) {
            let detail = format!("no NVIDIA GPU on the PCI bus, no `{library}`");
            return Self::new(FaultKind::NotFound, detail, &[]);
        }
        Self::new(
            FaultKind::NotFound,
            format!("an NVIDIA GPU is on the PCI bus, but `{library}` is not found"),
            &[CONTAINER, "on the machine itself: install NVIDIA's driver, which brings this library"],
        )
    }

    /// A call about one GPU failed.
    pub(super) fn of_gpu(index: u32, what: &str, failure: &Failure) -> Self {
        let mend = match failure.kind {
            FaultKind::PermissionDenied => vec![
                CONTAINER.to_owned(),
                format!(
                    "`sudo usermod -aG \"$(stat -c %G /dev/nvidia{index})\" \"$USER\"`, then log in again"
                ),
            ],
            FaultKind::Gone => vec![
                format!("`sudo nvidia-smi --gpu-reset -i {index}`, or restart the machine"),
                "`sudo dmesg | grep -i xid` tells what happened".to_owned(),
            ],
            _ => vec![format!("`nvidia-smi -q -i {index}` shows what the driver says")],
        };
        Self { kind: failure.kind, detail: format!("`gpu:{index}`: {what}: {}", failure.text), mend }
    }

    /// How a look at the machine files this.
    pub(super) fn state(&self) -> State {
        match self.kind {
            FaultKind::NotFound | FaultKind::NotSupported if self.mend.is_empty() => State::Absent,
            FaultKind::PermissionDenied => State::Denied,
            _ => State::Broken,
        }
    }
}

impl From<Trouble> for MeterFault {
    fn from(trouble: Trouble) -> Self {
        let help = trouble.mend.into_iter().next();
        let help =
            help.unwrap_or_else(|| "write `meters = [\"auto\"]` to take what this machine has".to_owned());
        Self::new(trouble.kind, trouble.detail, help)
    }
}

/// Whether the PCI bus has a display controller (class 0x03) of NVIDIA (vendor 0x10de).
fn gpu_on_the_bus(sysfs: &Path) -> bool {
    let devices = fs::read_dir(sysfs.join("bus/pci/devices"));
    devices.into_iter().flatten().flatten().any(|device| {
        let says = |file: &str, start: &str| {
            fs::read_to_string(device.path().join(file)).is_ok_and(|text| text.starts_with(start))
        };
        says("vendor", "0x10de") && says("class", "0x03")
    })
}
