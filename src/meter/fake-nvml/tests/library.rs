//! The built library as a program meets it that loads it by path.

use std::path::Path;

use fake_nvml::{install, set_time};
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

fn load(library: &Path) -> Result<Nvml, NvmlError> {
    Nvml::builder().lib_path(library.as_os_str()).init()
}

#[test]
fn two_copies_play_two_scenarios_in_one_process() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let a = load(&install(a.path(), "driver = '1.2'\n[[gpu]]")).unwrap();
    let b = load(&install(b.path(), "driver = '3.4'\n[[gpu]]\n[[gpu]]\nname = 'second'")).unwrap();
    let seen = |nvml: &Nvml| (nvml.sys_driver_version().unwrap(), nvml.device_count().unwrap());
    assert_eq!([seen(&a), seen(&b)], [("1.2".to_owned(), 1), ("3.4".to_owned(), 2)]);
    assert_eq!(b.device_by_index(1).unwrap().name().unwrap(), "second");
    assert!(matches!(b.device_by_index(2), Err(NvmlError::InvalidArg)));
}

#[test]
fn energy_follows_the_time_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let library = install(folder.path(), "clock = 'file'\n[[gpu]]\nwatts = 100\ntrace = [[1, 50]]");
    let nvml = load(&library).unwrap();
    let gpu = nvml.device_by_index(0).unwrap();
    for (seconds, energy, power) in
        [(0.0, 1_000_000, 100_000), (0.95, 1_090_000, 100_000), (2.0, 1_150_000, 50_000)]
    {
        set_time(&library, seconds);
        let seen = (gpu.total_energy_consumption().unwrap(), gpu.power_usage().unwrap());
        assert_eq!(seen, (energy, power), "{seconds}");
    }
}

#[test]
fn faults_hit_the_calls_that_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = "
        clock = 'file'
        [[gpu]]
        fault = [
            { call = 'nvmlDeviceGetTotalEnergyConsumption', after-reads = 2, reads = 1, return = 4 },
            { call = 'all', at-seconds = 9, return = 15 },
        ]";
    let library = install(folder.path(), scenario);
    let nvml = load(&library).unwrap();
    let gpu = nvml.device_by_index(0).unwrap();
    let energies: Vec<bool> = (0..4).map(|_| gpu.total_energy_consumption().is_ok()).collect();
    assert_eq!(energies, [true, true, false, true]);
    assert!(gpu.power_usage().is_ok());
    set_time(&library, 9.0);
    assert!(matches!(gpu.power_usage(), Err(NvmlError::GpuLost)));
    assert!(matches!(gpu.total_energy_consumption(), Err(NvmlError::GpuLost)));
}

#[test]
fn a_missing_function_is_truly_missing() {
    let folder = tempfile::tempdir().unwrap();
    let library = install(folder.path(), "missing = ['nvmlDeviceGetPowerUsage']\n[[gpu]]");
    let nvml = load(&library).unwrap();
    let gpu = nvml.device_by_index(0).unwrap();
    assert!(matches!(gpu.power_usage(), Err(NvmlError::FailedToLoadSymbol(_))));
    assert!(gpu.total_energy_consumption().is_ok());
}

#[test]
fn a_scenario_begins_anew_after_the_last_user_left() {
    let folder = tempfile::tempdir().unwrap();
    let library = install(folder.path(), "driver = 'old'");
    let (first, second) = (load(&library).unwrap(), load(&library).unwrap());
    std::fs::write(folder.path().join(fake_nvml::SCENARIO), "init = 9").unwrap();
    assert_eq!(load(&library).unwrap().sys_driver_version().unwrap(), "old");
    drop((first, second));
    assert!(matches!(load(&library), Err(NvmlError::DriverNotLoaded)));
}

#[test]
fn a_library_without_a_scenario_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let library = install(folder.path(), "");
    std::fs::remove_file(folder.path().join(fake_nvml::SCENARIO)).unwrap();
    assert!(matches!(load(&library), Err(NvmlError::Unknown)));
}
