//! Which hwmon files are power or energy, and of what.

use std::fs;
use std::path::{Path, PathBuf};

use harness_protocol::Device;

use crate::domain::{SampleKind, Wrap};
use crate::place::Place;
use crate::settings::Settings;
use crate::units::{Seconds, Watts};
use crate::value_file::read_number;

/// One file of microwatts or microjoules.
#[derive(Debug, PartialEq)]
pub(super) struct Sensor {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) kind: SampleKind,
    pub(super) path: PathBuf,
    /// Time that one value is the average of, where the driver tells.
    pub(super) period: Option<Seconds>,
    pub(super) wrap: Wrap,
    pub(super) witness_of: Option<String>,
}

/// Intel's drivers accumulate a register of 32 bits and 2^-14 J whenever someone reads; the values are µJ.
const INTEL_ROUND: Wrap = Wrap::Behind(262_144_000_000);

/// What hwmon shows.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By name of domain; none twice.
    pub(super) sensors: Vec<Sensor>,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}

/// Lists all sensors whose place is known, without the GPUs that do not compute.
pub(super) fn list(settings: &Settings) -> Listing {
    let mut folders: Vec<Folder> = fs::read_dir(settings.sysfs_root.join("class/hwmon"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Folder::open(entry.path()))
        .collect();
    // hwmon numbers follow the order in which drivers were loaded; devices stay where they are.
    folders.sort();
    let mut listing = Listing::default();
    let mut boards = Vec::new();
    for folder in folders.iter().filter(|folder| folder.driver == "power_meter") {
        acpi(folder, &mut boards, &mut listing);
    }
    // Two meters of a board may be two supplies or two views of one.
    match (boards.len(), boards.pop()) {
        (1, Some(board)) => listing.sensors.push(board),
        (0, _) => {}
        (several, _) => {
            listing
                .notes
                .push(format!("{several} nameless power meters left out: what each sees is unknown"));
        }
    }
    gpus(&folders, settings, &mut listing);
    listing
}

/// A hwmon folder, ordered by its device's address.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Folder {
    /// `0000:03:00.0`, `ACPI000D:00`
    address: String,
    path: PathBuf,
    driver: String,
}

impl Folder {
    fn open(path: PathBuf) -> Option<Self> {
        let device = path.join("device");
        // Drivers of the oldest kind have all their files beside the device, the name included.
        let driver = text(&path, "name").or_else(|| text(&device, "name"))?;
        let device = device.canonicalize().ok();
        let address = device.as_deref().and_then(Path::file_name).unwrap_or_default();
        Some(Self { address: address.to_string_lossy().into_owned(), path, driver })
    }

    /// The folder that has this file: its own, or its device's.
    fn with(&self, file: &str) -> Option<PathBuf> {
        [self.path.clone(), self.path.join("device")].into_iter().find(|folder| folder.join(file).exists())
    }
}

/// A power meter of the firmware: a part of a Grace module by its name, else the board.
fn acpi(folder: &Folder, boards: &mut Vec<Sensor>, listing: &mut Listing) {
    const FILE: &str = "power1_average";
    let Some(files) = folder.with(FILE) else { return };
    if read_number(files.join("power1_is_battery")) == Ok(1) {
        return;
    }
    let label = text(&files, "power1_oem_info").unwrap_or_default();
    let interval = read_number(files.join("power1_average_interval")).ok().filter(|ms| *ms > 0);
    let sensor = |name: String, place| Sensor {
        name,
        place,
        kind: SampleKind::Power,
        path: files.join(FILE),
        period: interval.map(|ms| Seconds(ms as f64 * 1e-3)),
        wrap: Wrap::Never,
        witness_of: None,
    };
    let Some((rail, socket)) = label.split_once(" Power Socket ") else {
        boards.push(sensor("node".to_owned(), Place::Node));
        return;
    };
    let Ok(socket) = socket.trim().parse::<u32>() else {
        listing.notes.push(format!("`{label}` left out: unknown socket"));
        return;
    };
    // NVIDIA Grace: `Grace` is the socket with its memory and losses, `CPU` the cores' rail, `SysIO` the
    // rest of the chip; `Module` has the GPU beside it.
    let (name, place) = match rail {
        "Module" => ("module", Place::Module(socket)),
        "Grace" => ("package", Place::Package(socket)),
        "CPU" => ("cores", Place::Cores(socket)),
        "SysIO" => ("uncore", Place::Uncore(socket)),
        _ => {
            listing.notes.push(format!("`{label}` left out: unknown rail"));
            return;
        }
    };
    let name = format!("{name}:{socket}");
    if listing.sensors.iter().any(|sensor| sensor.name == name) {
        listing.notes.push(format!("`{label}` left out: it is there twice"));
    } else {
        listing.sensors.push(sensor(name, place));
    }
}

/// GPUs by their addresses, behind those that NVML numbers.
fn gpus(folders: &[Folder], settings: &Settings, listing: &mut Listing) {
    let nvidia = fs::read_dir(settings.proc_root.join("driver/nvidia/gpus")).into_iter().flatten().count();
    let mut number = u32::try_from(nvidia).unwrap_or(u32::MAX);
    for folder in folders {
        let (energy, power, wrap): (&[&str], &[&str], Wrap) = match folder.driver.as_str() {
            "amdgpu" => (&["energy1_input"], &["power1_average", "power1_input"], Wrap::Never),
            // xe counts the card as 1 and the chip on it as 2; older cards have the chip only.
            "i915" | "xe" => (&["energy1_input", "energy2_input"], &[], INTEL_ROUND),
            _ => continue,
        };
        // Only integrated AMD GPUs have the north bridge's voltage; what they report is the package's power.
        if folder.driver == "amdgpu" && text(&folder.path, "in1_label").as_deref() == Some("vddnb") {
            listing.notes.push(format!("`{}` left out: integrated, inside the package", folder.address));
            continue;
        }
        let first =
            |files: &[&str]| files.iter().map(|file| folder.path.join(file)).find(|path| path.exists());
        let views = [(first(energy), SampleKind::Counter), (first(power), SampleKind::Power)];
        let views: Vec<_> = views.into_iter().filter_map(|(path, kind)| Some((path?, kind))).collect();
        if views.is_empty() {
            continue;
        }
        let gpu = number;
        number = number.saturating_add(1);
        if !computes(gpu, settings) {
            continue;
        }
        let name = format!("gpu:{gpu}");
        for (index, (path, kind)) in views.into_iter().enumerate() {
            listing.sensors.push(Sensor {
                name: if index == 0 { name.clone() } else { format!("{name}@power") },
                place: Place::Gpu(gpu),
                kind,
                path,
                period: None,
                wrap,
                witness_of: (index > 0).then(|| name.clone()),
            });
        }
    }
}

/// Whether a GPU is the computing device, or nobody has said which one is.
fn computes(gpu: u32, settings: &Settings) -> bool {
    let index = match settings.device {
        None => return true,
        Some(Device::Cpu) => return false,
        Some(Device::Cuda(index)) => index,
    };
    match &settings.visible_devices {
        None => index == gpu,
        Some(list) => {
            let visible = usize::try_from(index).ok().and_then(|index| list.split(',').nth(index));
            visible.and_then(|number| number.trim().parse().ok()) == Some(gpu)
        }
    }
}

/// Above any device sold.
pub(super) fn plausible(place: Place) -> Watts {
    match place {
        Place::Node => Watts(20_000.0),
        Place::Module(_) => Watts(5_000.0),
        Place::Gpu(_) => Watts(3_000.0),
        _ => Watts(2_000.0),
    }
}

fn text(folder: &Path, file: &str) -> Option<String> {
    fs::read_to_string(folder.join(file)).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gpu_that_computes_is_taken() {
        let cases = [
            (None, None, true),
            (Some(Device::Cpu), None, false),
            (Some(Device::Cuda(1)), None, true),
            (Some(Device::Cuda(0)), None, false),
            (Some(Device::Cuda(0)), Some("1"), true),
            (Some(Device::Cuda(1)), Some("0, 1"), true),
            (Some(Device::Cuda(1)), Some("1"), false),
            (Some(Device::Cuda(0)), Some("GPU-5ac1"), false),
            (Some(Device::Cuda(0)), Some(""), false),
        ];
        for (device, visible, expected) in cases {
            let visible_devices = visible.map(str::to_owned);
            let settings = Settings { device, visible_devices, ..Settings::default() };
            assert_eq!(computes(1, &settings), expected, "{device:?} {visible:?}");
        }
    }
}
