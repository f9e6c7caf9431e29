//! Values that go bad: each ends as a failed sample or a refusal, never as a number.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use harness_meter::{FaultKind, State};

use super::machines::{FakeMachine, Interfaces, spec};
use super::{look, open, read, settings};

#[test]
fn a_zone_that_shows_no_number_is_broken_and_says_how() {
    for (text, word) in [("", "empty"), ("N/A\n", "not-a-number"), ("-1\n", "not-a-number")] {
        let machine = FakeMachine::new(spec("zone without a range"), Interfaces::Powercap);
        machine.write(&FakeMachine::zone("intel-rapl:0", "energy_uj"), text);
        let found = look("rapl", &settings(&machine)).remove(1);
        assert_eq!((found.state, found.detail), (State::Broken, format!("package:0: `energy_uj` ({word})")));
        assert_eq!(open("rapl", &settings(&machine)).err().unwrap().kind, FaultKind::Unreadable);
    }
}

#[test]
fn one_bad_zone_does_not_take_the_others_with_it() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    machine.write(&FakeMachine::zone("intel-rapl:1", "energy_uj"), "");
    let found = look("rapl", &settings(&machine)).remove(1);
    assert_eq!(found.detail, "package:0, cores:0, uncore:0; psys: `energy_uj` (empty)");
    assert_eq!(open("rapl", &settings(&machine)).unwrap().domains().len(), 3);
}

#[test]
fn a_counter_that_goes_bad_midway_gives_failed_samples_until_it_recovers() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let file = FakeMachine::zone("intel-rapl:0", "energy_uj");
    let mut meter = open("rapl", &settings(&machine)).unwrap();
    let steps = [
        ("1000\n", Ok(1000)),
        ("", Err(FaultKind::Empty)),
        ("x\n", Err(FaultKind::NotANumber)),
        ("2000\n", Ok(2000)),
        // A reset shows as it is: whether it was a wrap is not for the meter to say.
        ("5\n", Ok(5)),
    ];
    for (text, expected) in steps {
        machine.write(&file, text);
        let samples = read(&mut *meter);
        assert_eq!(samples.len(), 4);
        let first = samples[0].fault.map_or(Ok(samples[0].raw), Err);
        assert_eq!(first, expected, "{text:?}");
        assert!(samples[1..].iter().all(|sample| sample.fault.is_none()));
    }
}

#[test]
fn a_device_that_goes_away_is_gone() {
    for (machine, meter, file) in [
        ("intel client", "rapl", FakeMachine::zone("intel-rapl:0", "energy_uj")),
        ("server whose board has a power meter", "hwmon", "sys/class/hwmon/hwmon0/power1_average".to_owned()),
    ] {
        // A process's number fails as a lost device's does, through an open file and through a new one.
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let machine = FakeMachine::new(spec(machine), Interfaces::Powercap);
        let path = machine.sysfs().parent().unwrap().join(file);
        fs::remove_file(&path).unwrap();
        symlink(format!("/proc/{}/oom_score", child.id()), &path).unwrap();
        let mut opened = open(meter, &settings(&machine)).unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(read(&mut *opened)[0].fault, Some(FaultKind::Gone));
    }
}
