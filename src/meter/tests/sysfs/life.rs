//! What `auto` and named meters make of counters that are dead, on fake machines.

use harness_meter::{Choice, Class, Device, Settings, State, Unavailable, choose, formula};

use super::machines::{FakeMachine, Interfaces, spec};
use super::{look, settings};

/// Asks as a run on this device would, with the NVML library of this scenario, if any.
fn chosen(
    machine: &FakeMachine,
    names: &[&str],
    device: Device,
    gpus: Option<&str>,
) -> Result<Choice, Unavailable> {
    let folder = tempfile::tempdir().unwrap();
    let library = gpus.map(|scenario| fake_nvml::install(folder.path(), scenario));
    let nvml_library = library.map_or("libabsent.so.1".to_owned(), |path| path.to_str().unwrap().to_owned());
    let settings = Settings { device: Some(device), nvml_library, ..settings(machine) };
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    choose(&names, &settings, None)
}

/// (meters, formula, class) of what is taken.
fn taken(choice: &Choice) -> (Vec<&str>, String, Class) {
    let domains: Vec<_> = choice.meters.iter().flat_map(|meter| meter.domains()).collect();
    let counted: Vec<_> = choice.counted.iter().map(|index| domains[usize::from(*index)]).collect();
    (choice.meters.iter().map(|meter| meter.name()).collect(), formula(&counted), counted[0].class)
}

fn estimate() -> (Vec<&'static str>, String, Class) {
    (vec!["estimate"], "cpu".to_owned(), Class::Estimated)
}

/// Whether this user may count perf events; says if not.
fn may_count(machine: &FakeMachine) -> bool {
    let may = look("rapl", &settings(machine))[0].state == State::Found;
    if !may {
        eprintln!("skipped: this user may not count perf events");
    }
    may
}

#[test]
fn a_standing_psys_alone_leaves_the_estimate() {
    let machine = FakeMachine::new(spec("bare"), Interfaces::Powercap);
    machine.standing_pmu(&["psys"]);
    if !may_count(&machine) {
        return;
    }
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), estimate());
    let (said, death) = (&choice.sentence, &choice.deaths[0]);
    assert!(said.contains("RAPL by perf (dead: psys stood still for 2."), "{said}");
    assert_eq!((death.domain.as_str(), death.meter.as_str()), ("psys", "rapl"));
    // Known to be dead, it is not watched again.
    let known = choose(
        &["auto".to_owned()],
        &Settings { device: Some(Device::Cpu), ..settings(&machine) },
        Some(&choice.deaths),
    );
    assert_eq!(taken(&known.unwrap()), estimate());
}

#[test]
fn a_standing_psys_does_not_spoil_a_living_gpu() {
    let machine = FakeMachine::new(spec("bare"), Interfaces::Powercap);
    machine.standing_pmu(&["psys"]);
    if !may_count(&machine) {
        return;
    }
    let gpu = Some("[[gpu]]\nwatts = 120\nperiod-ms = 100");
    let choice = chosen(&machine, &["auto"], Device::Cuda(0), gpu).unwrap();
    let formula = "gpu:0 without the processor's share".to_owned();
    assert_eq!(taken(&choice), (vec!["nvml"], formula, Class::Counter));
    assert_eq!(choice.deaths.len(), 1);
    // Where the suite asks, the estimate stands beside it and is not added.
    let choice = chosen(&machine, &["nvml", "estimate"], Device::Cuda(0), gpu).unwrap();
    let formula = "gpu:0 without the processor's share".to_owned();
    assert_eq!(taken(&choice), (vec!["nvml", "estimate"], formula, Class::Counter));
    assert!(choice.sentence.contains("classes differ"), "{}", choice.sentence);
}

#[test]
fn zones_that_stand_still_leave_the_estimate() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), estimate());
    assert!(
        choice.sentence.contains("RAPL by powercap (dead: package:0, cores:0, psys stood still"),
        "{}",
        choice.sentence
    );
}

#[test]
fn a_zone_that_moves_by_one_step_and_stops_leaves_the_estimate() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let step = |elapsed: std::time::Duration| 1_000_000 + 5_000 * u64::from(elapsed.as_millis() > 900);
    let zone = FakeMachine::zone("intel-rapl:0", "energy_uj");
    let _driven = machine.drive(&zone, step);
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), estimate());
}

#[test]
fn a_sensor_that_always_says_the_same_leaves_the_estimate() {
    let machine = FakeMachine::new(spec("server whose board has a power meter"), Interfaces::Powercap);
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), estimate());
    assert!(choice.sentence.contains("hwmon (dead: node said "), "{}", choice.sentence);
}

#[test]
fn where_everything_is_dead_the_estimate_is_taken_and_all_is_told() {
    let machine = FakeMachine::new(spec("server whose board has a power meter"), Interfaces::Powercap);
    machine.standing_pmu(&["pkg", "psys"]);
    let gpu =
        Some("[[gpu]]\nwatts = 120\nstuck-at = 0.0\ninstant = false\naverage = false\npower-usage = false");
    let choice = chosen(&machine, &["auto"], Device::Cpu, gpu).unwrap();
    assert_eq!(taken(&choice), estimate());
    assert!(choice.sentence.contains("NVML (dead: gpu:0 stood still"), "{}", choice.sentence);
    let error = chosen(&machine, &["auto"], Device::Cuda(0), gpu).err().unwrap().to_string();
    assert!(
        error.contains("NVML (dead: gpu:0 stood still") && error.contains("no meter sees `cuda:0`"),
        "{error}"
    );
}

#[test]
fn counters_that_follow_the_load_are_taken() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let _driven = machine.count("intel-rapl:0", 10.0, 8.0);
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), (vec!["rapl"], "package:0".to_owned(), Class::Counter));
    let dead: Vec<&str> = choice.deaths.iter().map(|death| death.domain.as_str()).collect();
    assert_eq!(dead, ["cores:0", "psys"], "what stands still beside it is left out");
}

#[test]
fn a_second_view_takes_the_place_of_a_dead_first_one() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    machine.standing_pmu(&["pkg"]);
    if !may_count(&machine) {
        return;
    }
    let _driven = machine.count("intel-rapl:0", 10.0, 8.0);
    let choice = chosen(&machine, &["rapl"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), (vec!["rapl"], "package:0".to_owned(), Class::Counter));
    assert!(choice.meters[0].domains()[0].source.ends_with("energy_uj"), "{:?}", choice.meters[0].domains());
    let gpu = Some("[[gpu]]\nwatts = 300\nstuck-at = 0.0");
    let choice = chosen(&machine, &["nvml"], Device::Cuda(0), gpu).unwrap();
    assert_eq!(taken(&choice).2, Class::Integrated, "the GPU's power counts where its counter stands still");
}

#[test]
fn a_processor_without_one_of_its_sockets_is_not_measured() {
    let machine = FakeMachine::new(spec("intel server, two sockets with nested dram"), Interfaces::Powercap);
    let _driven = machine.count("intel-rapl:0", 10.0, 8.0);
    let choice = chosen(&machine, &["auto"], Device::Cpu, None).unwrap();
    assert_eq!(taken(&choice), estimate());
    assert!(choice.sentence.contains("package:1 is left out with `package:0`"), "{}", choice.sentence);
}

#[test]
fn a_named_meter_that_is_dead_is_refused_with_what_to_do() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let error = chosen(&machine, &["rapl"], Device::Cpu, None).err().unwrap();
    assert!(matches!(error, Unavailable::Missing { .. }));
    let text = error.to_string();
    assert!(text.starts_with("meter `rapl` cannot be used here: "), "{text}");
    assert!(text.contains("RAPL by powercap (dead: package:0, cores:0, psys stood still"), "{text}");
    assert!(
        text.contains("\nhelp: ") && text.contains("`meters = [\"auto\"]` takes what works here"),
        "{text}"
    );
}
