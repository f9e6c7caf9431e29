//! What `hwmon` finds and reads on each machine.

use harness_meter::{Class, Device, SampleKind, Seconds, Settings, State, counted};

use super::machines::{CATALOGUE, FakeMachine, Interfaces, spec};
use super::{look, open, read, settings, shown};

#[test]
fn each_machine_shows_exactly_its_sensors_and_their_values() {
    for spec in CATALOGUE {
        let machine = FakeMachine::new(spec, Interfaces::Powercap);
        let settings = settings(&machine);
        let found = look("hwmon", &settings).remove(0);
        if spec.sensors.is_empty() {
            assert_eq!((found.state, found.detail.as_str()), (State::Absent, "no power sensors"));
            assert!(open("hwmon", &settings).is_err());
            continue;
        }
        assert_eq!(found.state, State::Found, "{found:?}");
        let mut meter = open("hwmon", &settings).unwrap();
        let mut names = shown(meter.domains());
        names.sort();
        let mut expected: Vec<_> =
            spec.sensors.iter().map(|&(name, place)| (name.to_owned(), place.to_owned())).collect();
        expected.sort();
        assert_eq!(names, expected, "{}", spec.name);
        let samples = read(&mut *meter);
        assert_eq!(samples.len(), spec.sensors.len());
        for (sample, domain) in samples.iter().zip(meter.domains()) {
            let shown = std::fs::read_to_string(&domain.source).unwrap();
            assert_eq!((sample.fault, sample.raw.to_string().as_str()), (None, shown.trim()));
            let integrated = domain.kind == SampleKind::Power;
            assert_eq!(domain.class == Class::Integrated, integrated);
            assert_eq!(domain.unit, if integrated { "uW" } else { "uJ" });
            assert_eq!(domain.scale, 1e-6);
        }
    }
}

#[test]
fn power_is_not_read_again_at_once_and_energy_is() {
    let machine = FakeMachine::new(spec("amd gpu that counts energy"), Interfaces::Powercap);
    let mut meter = open("hwmon", &settings(&machine)).unwrap();
    let domains = |samples: Vec<harness_meter::Sample>| samples.iter().map(|s| s.domain).collect::<Vec<_>>();
    assert_eq!(domains(read(&mut *meter)), [0, 1]);
    let first = harness_meter::now_ns();
    let second = read(&mut *meter);
    // A machine that stood still in between proves nothing.
    if harness_meter::now_ns() - first < 40_000_000 {
        assert_eq!(domains(second), [0]);
    }
    assert_eq!(meter.domains()[1].witness_of.as_deref(), Some("gpu:0"));
}

#[test]
fn gpus_are_numbered_by_address_and_behind_those_of_nvml() {
    let machine = FakeMachine::new(spec("two amd gpus and an integrated one"), Interfaces::Powercap);
    let sources = |settings: &Settings| -> Vec<(String, String)> {
        let meter = open("hwmon", settings).unwrap();
        let address = |source: &str| source[source.find("hwmon/hwmon").unwrap()..].to_owned();
        meter.domains().iter().map(|domain| (domain.name.clone(), address(&domain.source))).collect()
    };
    let plain = settings(&machine);
    let first = ("gpu:0".to_owned(), "hwmon/hwmon1/power1_average".to_owned());
    let second = ("gpu:1".to_owned(), "hwmon/hwmon0/power1_input".to_owned());
    assert_eq!(sources(&plain), [first.clone(), second.clone()]);
    let only = Settings { device: Some(Device::Cuda(1)), ..settings(&machine) };
    assert_eq!(sources(&only), [second]);
    let detail = look("hwmon", &plain).remove(0).detail;
    assert_eq!(detail, "gpu:0, gpu:1; `0000:c4:00.0` left out: integrated, inside the package");
    assert!(open("hwmon", &Settings { device: Some(Device::Cpu), ..settings(&machine) }).is_err());
    machine.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "");
    let names: Vec<String> = sources(&plain).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["gpu:1", "gpu:2"]);
}

#[test]
fn a_grace_module_is_counted_once_whatever_computes() {
    let machine = FakeMachine::new(spec("grace hopper"), Interfaces::Powercap);
    let settings = settings(&machine);
    let meter = open("hwmon", &settings).unwrap();
    let total = |device| {
        let indices = counted(meter.domains(), device, None);
        indices.iter().map(|&i| meter.domains()[usize::from(i)].name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(total(Some(Device::Cpu)), ["package:0"]);
    assert_eq!(total(Some(Device::Cuda(0))), ["module:0"]);
    assert!(meter.domains().iter().all(|domain| domain.update_period == Some(Seconds(0.05))));
    let detail = look("hwmon", &settings).remove(0).detail;
    assert!(detail.ends_with("; `HBM Power Socket 0` left out: unknown rail"), "{detail}");
}

#[test]
fn two_nameless_board_meters_are_left_out_and_batteries_are_no_meters() {
    let machine = FakeMachine::new(spec("server whose board has a power meter"), Interfaces::Powercap);
    let second = "sys/class/hwmon/hwmon1";
    machine.write(&format!("{second}/name"), "power_meter\n");
    machine.write(&format!("{second}/power1_average"), "1000000\n");
    let detail = look("hwmon", &settings(&machine)).remove(0).detail;
    assert_eq!(detail, "no power sensors; 2 nameless power meters left out: what each sees is unknown");
    machine.write(&format!("{second}/power1_is_battery"), "1\n");
    assert_eq!(look("hwmon", &settings(&machine)).remove(0).detail, "node");
}

#[test]
fn temperature_clock_and_limit_are_told_where_the_driver_tells_them() {
    let machine = FakeMachine::new(spec("two amd gpus and an integrated one"), Interfaces::Powercap);
    machine.write("sys/class/hwmon/hwmon1/power1_cap", "300000000\n");
    machine.write("sys/class/hwmon/hwmon1/freq1_input", "2400000000\n");
    let mut meter = open("hwmon", &settings(&machine)).unwrap();
    let mut out = Vec::new();
    meter.conditions(&mut out);
    assert_eq!(out.len(), 1);
    let (index, conditions) = &out[0];
    assert_eq!(*index, 0);
    assert_eq!(
        (conditions.temperature_c, conditions.clock_mhz, conditions.power_limit_w),
        (Some(41.0), Some(2400.0), Some(300.0))
    );
    assert_eq!((&conditions.throttle, conditions.foreign_processes), (&None, None));
}
