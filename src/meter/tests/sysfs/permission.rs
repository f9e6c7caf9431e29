//! What a user without rights sees. Root ignores file modes, so each test runs itself again as nobody.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use harness_meter::{FaultKind, State};

use super::machines::{FakeMachine, Interfaces, msr_pmu, spec};
use super::{look, open, read, settings};

const NOBODY: &str = "65534";

/// Set for the child: the folder of the fake machine.
const MACHINE: &str = "HARNESS_TEST_MACHINE";

/// Whether a test process can be started as nobody. Says why not.
fn can_drop_rights() -> bool {
    let tried =
        Command::new("setpriv").args([&format!("--reuid={NOBODY}"), "--clear-groups", "true"]).status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: `setpriv --reuid={NOBODY}` does not work here");
    }
    can
}

/// Runs one ignored test of this binary as nobody, on the machine.
fn as_nobody(machine: &FakeMachine, test: &str) {
    // The test binary lies in a folder that nobody may not enter, perhaps.
    let copy = machine.sysfs().with_file_name("test");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let output = Command::new("setpriv")
        .args([&format!("--reuid={NOBODY}"), "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"])
        .arg(&copy)
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(MACHINE, machine.sysfs().parent().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The child's settings.
fn given() -> harness_meter::Settings {
    let root = std::path::PathBuf::from(std::env::var_os(MACHINE).expect("started by another test only"));
    harness_meter::Settings {
        sysfs_root: root.join("sys"),
        proc_root: root.join("proc"),
        ..harness_meter::Settings::default()
    }
}

fn close(machine: &FakeMachine, path: &str) {
    let path = machine.sysfs().parent().unwrap().join(path);
    fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
}

#[test]
fn closed_zones_are_denied_with_the_command_that_opens_them() {
    if !can_drop_rights() {
        return;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    for zone in ["intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:1"] {
        close(&machine, &FakeMachine::zone(zone, "energy_uj"));
    }
    as_nobody(&machine, "permission::child_of_closed_zones");
}

#[test]
#[ignore = "run by closed_zones_are_denied_with_the_command_that_opens_them"]
fn child_of_closed_zones() {
    let found = look("rapl", &given()).remove(1);
    assert_eq!(found.state, State::Denied);
    assert_eq!(found.detail, "package:0, cores:0, uncore:0, psys: `energy_uj` is closed to this user");
    assert!(found.mend[0].contains("sudo chgrp \"$(id -gn)\" /sys/class/powercap/*/energy_uj"), "{found:?}");
    let fault = open("rapl", &given()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::PermissionDenied);
    assert!(fault.help.contains("sudo chgrp"), "{fault}");
}

#[test]
fn one_closed_zone_is_left_out_and_named() {
    if !can_drop_rights() {
        return;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    close(&machine, &FakeMachine::zone("intel-rapl:1", "energy_uj"));
    as_nobody(&machine, "permission::child_of_one_closed_zone");
}

#[test]
#[ignore = "run by one_closed_zone_is_left_out_and_named"]
fn child_of_one_closed_zone() {
    let found = look("rapl", &given()).remove(1);
    assert_eq!(found.detail, "package:0, cores:0, uncore:0; psys: `energy_uj` is closed to this user");
    assert_eq!(open("rapl", &given()).unwrap().domains().len(), 3);
}

#[test]
fn a_closed_sensor_is_denied_and_another_view_takes_its_place() {
    if !can_drop_rights() {
        return;
    }
    let machine = FakeMachine::new(spec("amd gpu that counts energy"), Interfaces::Powercap);
    close(&machine, "sys/class/hwmon/hwmon0/energy1_input");
    as_nobody(&machine, "permission::child_of_a_closed_sensor");
}

#[test]
#[ignore = "run by a_closed_sensor_is_denied_and_another_view_takes_its_place"]
fn child_of_a_closed_sensor() {
    let found = look("hwmon", &given()).remove(0);
    assert_eq!(found.state, State::Found);
    assert!(found.detail.contains("energy1_input` (permission-denied)"), "{}", found.detail);
    let mut meter = open("hwmon", &given()).unwrap();
    let domains: Vec<_> = meter.domains().iter().map(|d| (d.name.clone(), d.witness_of.clone())).collect();
    assert_eq!(domains, [("gpu:0".to_owned(), None)]);
    assert_eq!(read(&mut *meter)[0].raw, 45_000_000);
}

#[test]
fn perf_without_rights_is_denied_with_the_ladder_of_commands_and_powercap_takes_its_place() {
    let paranoid = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    let strict = paranoid.trim().parse::<i32>().is_ok_and(|level| level >= 1);
    if msr_pmu().is_none() || !strict {
        eprintln!("skipped: no `msr` PMU, or everyone may count here");
        return;
    }
    if !can_drop_rights() {
        return;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Both);
    as_nobody(&machine, "permission::child_of_strict_perf");
}

#[test]
#[ignore = "run by perf_without_rights_is_denied_with_the_ladder_of_commands_and_powercap_takes_its_place"]
fn child_of_strict_perf() {
    let [perf, powercap] = look("rapl", &given()).try_into().unwrap();
    assert_eq!((perf.state, powercap.state), (State::Denied, State::Found));
    assert_eq!(
        perf.detail,
        "package:0, cores:0, uncore:0, psys: `perf_event_paranoid` is 2 and this program lacks CAP_PERFMON"
    );
    let program = format!("{:?}", std::env::current_exe().unwrap());
    assert!(perf.mend[0].contains(&format!("sudo setcap cap_perfmon=ep {program}`")), "{perf:?}");
    assert!(perf.mend[1].contains("sudo sysctl kernel.perf_event_paranoid=0` (now 2)"), "{perf:?}");
    assert!(perf.mend[2].contains("--cap-add PERFMON"), "{perf:?}");
    let meter = open("rapl", &given()).unwrap();
    assert!(meter.domains().iter().all(|domain| domain.source.ends_with("/energy_uj")));
    assert_eq!(meter.domains().len(), 4);
}

#[test]
fn a_filter_is_told_apart_from_a_strict_kernel() {
    if msr_pmu().is_none() || !can_drop_rights() {
        return;
    }
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Perf);
    machine.write("proc/sys/kernel/perf_event_paranoid", "-1\n");
    let strict = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    if strict.trim().parse::<i32>().is_ok_and(|level| level >= 1) {
        as_nobody(&machine, "permission::child_of_a_filter");
    } else {
        eprintln!("skipped: everyone may count here");
    }
}

#[test]
#[ignore = "run by a_filter_is_told_apart_from_a_strict_kernel"]
fn child_of_a_filter() {
    let perf = look("rapl", &given()).remove(0);
    assert_eq!(perf.mend, ["in a container: start it with `--cap-add PERFMON`"]);
    assert!(perf.detail.ends_with("a filter, as containers have, refuses perf events"), "{}", perf.detail);
}

#[test]
fn this_user_sees_the_same_machine() {
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    assert_eq!(open("rapl", &settings(&machine)).unwrap().domains().len(), 4);
}
