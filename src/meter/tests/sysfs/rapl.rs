//! What `rapl` finds and reads on each machine.

use harness_meter::{Class, SampleKind, Settings, State, Wrap, counted};

use super::machines::{CATALOGUE, FakeMachine, Interfaces, msr_pmu, spec};
use super::{look, open, read, settings, shown};

/// Whether real counters can be opened: the kernel has the PMU and this user may use it. Says why not.
fn counters() -> bool {
    let cpus = std::fs::read_dir("/sys/bus/event_source/devices/msr").is_ok()
        && std::path::Path::new("/sys/devices/system/cpu/cpu1").exists();
    if msr_pmu().is_none() || !cpus {
        eprintln!("skipped: no `msr` PMU or only one CPU");
        return false;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Perf);
    if look("rapl", &settings(&machine))[0].state != State::Found {
        eprintln!("skipped: this user may not count perf events");
        return false;
    }
    true
}

fn expected(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    parts.iter().map(|(name, place)| ((*name).to_owned(), (*place).to_owned())).collect()
}

#[test]
fn powercap_alone_shows_exactly_the_domains_of_each_machine() {
    for spec in CATALOGUE {
        let machine = FakeMachine::new(spec, Interfaces::Powercap);
        let settings = settings(&machine);
        let findings = look("rapl", &settings);
        assert_eq!(findings[0].state, State::Absent, "{}", spec.name);
        if spec.rapl.is_empty() {
            assert_eq!(findings[1].state, State::Absent, "{}", spec.name);
            assert!(open("rapl", &settings).is_err());
            continue;
        }
        assert_eq!(findings[1].state, State::Found, "{}: {findings:?}", spec.name);
        let mut meter = open("rapl", &settings).unwrap();
        assert_eq!(shown(meter.domains()), expected(spec.rapl), "{}", spec.name);
        for (sample, domain) in read(&mut *meter).iter().zip(meter.domains()) {
            assert_eq!(sample.fault, None);
            let shown = std::fs::read_to_string(&domain.source).unwrap();
            assert_eq!(sample.raw.to_string(), shown.trim(), "{}", spec.name);
            assert!(!domain.source.contains("mmio"), "{}", spec.name);
        }
    }
}

#[test]
fn perf_alone_shows_exactly_the_domains_of_each_machine() {
    if !counters() {
        return;
    }
    for spec in CATALOGUE.iter().filter(|spec| !spec.pmus.is_empty()) {
        let machine = FakeMachine::new(spec, Interfaces::Perf);
        let mut meter = open("rapl", &settings(&machine)).unwrap();
        assert_eq!(shown(meter.domains()), expected(spec.rapl), "{}", spec.name);
        let first = read(&mut *meter);
        let second = read(&mut *meter);
        for ((a, b), domain) in first.iter().zip(&second).zip(meter.domains()) {
            assert!(a.fault.is_none() && b.fault.is_none() && b.raw > a.raw, "{domain:?}");
            // Nothing tells the register's unit here, so its shortest round is assumed: 65.5 kJ.
            assert_eq!((domain.scale, domain.wrap), (0.5_f64.powi(32), Wrap::Behind(1 << 48)));
            assert!(domain.source.starts_with("perf power/energy-"), "{}", domain.source);
        }
    }
}

#[test]
fn with_both_ways_perf_is_read_and_powercap_bears_witness_to_each_domain() {
    if !counters() {
        return;
    }
    for spec in CATALOGUE.iter().filter(|spec| !spec.rapl.is_empty()) {
        let machine = FakeMachine::new(spec, Interfaces::Both);
        let settings = settings(&machine);
        let findings = look("rapl", &settings);
        assert!(findings.iter().all(|found| found.state == State::Found), "{findings:?}");
        let mut meter = open("rapl", &settings).unwrap();
        let both = spec.rapl.iter().flat_map(|&(name, place)| {
            [(name.to_owned(), place.to_owned()), (format!("{name}@powercap"), place.to_owned())]
        });
        assert_eq!(shown(meter.domains()), both.collect::<Vec<_>>(), "{}", spec.name);
        assert_eq!(read(&mut *meter).len(), 2 * spec.rapl.len());
        for pair in meter.domains().chunks(2) {
            assert_eq!(pair[0].witness_of, None);
            assert_eq!(pair[1].witness_of.as_deref(), Some(pair[0].name.as_str()));
            // The zone's range tells the register's unit, which perf hides.
            assert_eq!(pair[0].resolution, pair[1].resolution);
            if let (Some(by_perf), Some(by_powercap)) = (pair[0].round(), pair[1].round()) {
                assert!((by_perf / by_powercap - 1.0).abs() < 1e-6, "{by_perf} {by_powercap}");
            }
        }
    }
}

#[test]
fn nothing_is_ever_counted_twice() {
    let ways: &[Interfaces] = if counters() {
        &[Interfaces::Powercap, Interfaces::Perf, Interfaces::Both]
    } else {
        &[Interfaces::Powercap]
    };
    for spec in CATALOGUE.iter().filter(|spec| !spec.rapl.is_empty()) {
        for way in ways {
            let machine = FakeMachine::new(spec, *way);
            let settings = Settings { device: Some(harness_meter::Device::Cpu), ..settings(&machine) };
            let meter = open("rapl", &settings).unwrap();
            let domains = meter.domains();
            let counted = counted(domains, settings.device, Some(Class::Counter));
            let names: Vec<&str> = counted.iter().map(|&i| domains[usize::from(i)].name.as_str()).collect();
            let total: Vec<&str> = (spec.rapl.iter().map(|(name, _)| *name))
                .filter(|name| name.starts_with("package") || name.starts_with("dram"))
                .collect();
            assert_eq!(names, total, "{} {way:?}", spec.name);
        }
    }
}

#[test]
fn ranges_and_units_come_from_the_zone() {
    let machine = FakeMachine::new(spec("intel server, two sockets with nested dram"), Interfaces::Powercap);
    let meter = open("rapl", &settings(&machine)).unwrap();
    for domain in meter.domains() {
        let (wrap, microjoules) = match domain.name.starts_with("package") {
            true => (262_143_328_911, 61.0),
            false => (65_532_611_002, 15.3),
        };
        assert_eq!(domain.wrap, Wrap::At(wrap));
        assert!((domain.resolution.0 * 1e6 - microjoules).abs() < 0.05, "{:?}", domain.resolution);
        assert_eq!((domain.class, domain.kind, domain.scale), (Class::Counter, SampleKind::Counter, 1e-6));
        assert_eq!(domain.u_scale, Settings::default().rapl.u_scale);
    }
    let machine = FakeMachine::new(spec("zone without a range"), Interfaces::Powercap);
    assert_eq!(open("rapl", &settings(&machine)).unwrap().domains()[0].wrap, Wrap::Unknown);
}

#[test]
fn what_is_left_out_is_named_with_its_reason() {
    let cases = [
        ("intel client with mmio duplicates", "`intel-rapl-mmio:0` left out: package:0 again"),
        ("intel server, psys on both sockets", "psys left out: 2 sockets show one"),
        ("amd, one socket", "`intel-rapl:0:0` left out: on AMD it is one core's energy"),
    ];
    for (name, phrase) in cases {
        let machine = FakeMachine::new(spec(name), Interfaces::Powercap);
        let detail = look("rapl", &settings(&machine)).remove(1).detail;
        assert!(detail.contains(phrase), "{name}: {detail}");
    }
    if !counters() {
        return;
    }
    let name = "amd, two sockets, kernel that shows events the processor lacks";
    let machine = FakeMachine::new(spec(name), Interfaces::Perf);
    let detail = look("rapl", &settings(&machine)).remove(0).detail;
    assert!(detail.ends_with("left out of `power`: AMD's processors count no more"), "{detail}");
}

#[test]
fn a_counter_that_only_one_way_shows_is_left_out() {
    if !counters() {
        return;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Both);
    std::fs::remove_file(machine.sysfs().join("class/powercap/intel-rapl:1")).unwrap();
    std::fs::remove_file(machine.sysfs().join("devices/power/events/energy-gpu")).unwrap();
    let [perf, powercap] = look("rapl", &settings(&machine)).try_into().unwrap();
    assert_eq!(perf.detail, "package:0, cores:0; psys left out: the other way does not show it");
    assert_eq!(powercap.detail, "package:0, cores:0; uncore:0 left out: the other way does not show it");
    let meter = open("rapl", &settings(&machine)).unwrap();
    let names: Vec<String> = shown(meter.domains()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["package:0", "package:0@powercap", "cores:0", "cores:0@powercap"]);
}

#[test]
fn what_is_not_there_is_explained_by_the_kind_of_machine() {
    let cases = [
        ("bare", "no `power` PMU", "no zones", "sudo modprobe intel_rapl_msr"),
        ("guest with an empty powercap folder", "no `power` PMU", "no zones", "use a bare-metal machine"),
    ];
    for (name, perf, powercap, mend) in cases {
        let machine = FakeMachine::new(spec(name), Interfaces::Powercap);
        let findings = look("rapl", &settings(&machine));
        assert_eq!((findings[0].detail.as_str(), findings[1].detail.as_str()), (perf, powercap));
        assert!(findings[1].mend[0].contains(mend), "{findings:?}");
        let error = open("rapl", &settings(&machine)).err().unwrap().to_string();
        assert!(error.starts_with("no RAPL counter can be read: ") && error.contains("\nhelp: "), "{error}");
    }
    // Not every processor can have it, so there is nothing to advise.
    let machine = FakeMachine::new(spec("grace hopper"), Interfaces::Powercap);
    assert!(look("rapl", &settings(&machine)).iter().all(|found| found.mend.is_empty()));
}

#[test]
fn zones_that_a_container_hides_are_denied_not_absent() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    std::fs::remove_dir_all(machine.sysfs().join("devices/virtual/powercap")).unwrap();
    let found = look("rapl", &settings(&machine)).remove(1);
    assert_eq!((found.state, found.detail.as_str()), (State::Denied, "a container hides the zones"));
    assert!(found.mend[0].contains("systempaths=unconfined"), "{:?}", found.mend);
}

#[test]
fn events_that_are_not_joules_are_refused() {
    if !counters() {
        return;
    }
    let cases = [
        ("unit", "Watts\n", "unit is Some(\"Watts\"), expected `Joules`"),
        ("unit", "", "unit is Some(\"\"), expected `Joules`"),
        ("scale", "0\n", "scale is Some(0.0), expected a number above 0"),
        ("scale", "nan\n", "expected a number above 0"),
        ("scale", "x\n", "invalid PMU config file"),
    ];
    for (file, text, expected) in cases {
        let machine = FakeMachine::new(spec("zone without a range"), Interfaces::Perf);
        machine.write(&format!("sys/devices/power/events/energy-pkg.{file}"), text);
        let found = look("rapl", &settings(&machine)).remove(0);
        assert_eq!(found.state, State::Broken);
        assert!(found.detail.contains(expected), "{}", found.detail);
        assert!(open("rapl", &settings(&machine)).is_err());
    }
}

#[test]
fn cores_that_are_counted_singly_are_summed_only_where_nothing_better_is_there() {
    if !counters() {
        return;
    }
    let machine = FakeMachine::new(spec("amd, one socket"), Interfaces::Perf);
    let detail = look("rapl", &settings(&machine)).remove(0).detail;
    assert_eq!(detail, "package:0; `power_core` left out: cores are inside the package");
    std::fs::remove_dir_all(machine.sysfs().join("devices/power/events")).unwrap();
    let mut meter = open("rapl", &settings(&machine)).unwrap();
    assert_eq!(shown(meter.domains()), [("cores:0".to_owned(), "Cores(0)".to_owned())]);
    assert_eq!(read(&mut *meter)[0].fault, None);
}
