//! How warm the processor is, as Linux shows it.

use std::fs;
use std::path::{Path, PathBuf};

/// Names of processors' sensors below `class/hwmon`.
const SENSORS: &[&str] = &["coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal"];

/// Types of processors' zones below `class/thermal`.
const ZONES: &[&str] = &["x86_pkg_temp", "cpu-thermal", "cpu_thermal", "soc-thermal", "soc_thermal"];

/// A sensor that reports more or less than this, °C, is broken.
const POSSIBLE: std::ops::RangeInclusive<f64> = -40.0..=150.0;

/// The warmest sensor of the processor now, °C; None where none is shown, as in most virtual machines.
pub fn processor_temperature(sysfs_root: &Path) -> Option<f64> {
    let sensors = of_kind(&sysfs_root.join("class/hwmon"), "name", SENSORS);
    let inputs = sensors.iter().flat_map(|sensor| entries(sensor)).filter(|file| is_input(file));
    warmest(inputs).or_else(|| {
        let zones = of_kind(&sysfs_root.join("class/thermal"), "type", ZONES);
        warmest(zones.iter().map(|zone| zone.join("temp")))
    })
}

/// The folders below `class` whose file `file` holds one of the names.
fn of_kind(class: &Path, file: &str, names: &[&str]) -> Vec<PathBuf> {
    let named = |folder: &PathBuf| {
        fs::read_to_string(folder.join(file)).is_ok_and(|name| names.contains(&name.trim()))
    };
    entries(class).into_iter().filter(named).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn is_input(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.starts_with("temp") && name.ends_with("_input")
}

/// Files hold thousandths of a degree.
fn warmest(files: impl Iterator<Item = PathBuf>) -> Option<f64> {
    let degrees = |file: PathBuf| Some(fs::read_to_string(file).ok()?.trim().parse::<f64>().ok()? * 1e-3);
    files.filter_map(degrees).filter(|degrees| POSSIBLE.contains(degrees)).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)]) -> Option<f64> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        processor_temperature(folder.path())
    }

    #[test]
    fn the_warmest_sensor_of_the_processor_counts_and_others_do_not() {
        let hwmon = [
            ("class/hwmon/hwmon0/name", "acpitz\n"),
            ("class/hwmon/hwmon0/temp1_input", "90000\n"),
            ("class/hwmon/hwmon1/name", "coretemp\n"),
            ("class/hwmon/hwmon1/temp1_input", "51000\n"),
            ("class/hwmon/hwmon1/temp2_input", "53500\n"),
            ("class/hwmon/hwmon1/temp2_max", "99000\n"),
            ("class/thermal/thermal_zone0/type", "x86_pkg_temp\n"),
            ("class/thermal/thermal_zone0/temp", "60000\n"),
        ];
        assert_eq!(look(&hwmon), Some(53.5));
        assert_eq!(look(&hwmon[6..]), Some(60.0));
        assert_eq!(look(&hwmon[..2]), None);
    }

    #[test]
    fn broken_sensors_tell_nothing() {
        for text in ["", "warm\n", "-273000\n", "4000000\n", "NaN\n"] {
            let files = [("class/hwmon/hwmon1/name", "k10temp"), ("class/hwmon/hwmon1/temp1_input", text)];
            assert_eq!(look(&files), None, "{text}");
        }
        assert_eq!(look(&[]), None);
    }
}
