//! `harness doctor` on machines that have nothing, something, and a GPU.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::machines::{FakeMachine, Interfaces, spec};
use crate::programs::{present, program};
use crate::trial::Said;

/// The doctor on other `/sys` and `/proc`, meeting the NVML library of this folder if it has one.
fn doctor(sysfs: &Path, proc: &Path, library: &Path, arguments: &[&str]) -> Said {
    let mut command = program();
    command.args(["doctor", "--sysfs-root"]).arg(sysfs).arg("--proc-root").arg(proc).args(arguments);
    command.env("LD_LIBRARY_PATH", library).env_remove("CUDA_VISIBLE_DEVICES");
    Said::from(&command.output().unwrap())
}

/// The doctor on a machine that has nothing at all.
fn on_a_bare_machine(arguments: &[&str]) -> Said {
    let empty = TempDir::new().unwrap();
    let library = ["--nvml-library", "libno-such-nvml.so.1"];
    doctor(empty.path(), empty.path(), empty.path(), &[&library, arguments].concat())
}

fn domains(said: &Said) -> Vec<String> {
    let json: Json = serde_json::from_str(&said.out).unwrap();
    let names = json["domains"].as_array().unwrap().iter().map(|domain| domain["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// The line of the page that begins with this.
fn line<'a>(said: &'a Said, start: &str) -> &'a str {
    let line = said.out.lines().find(|line| line.starts_with(start));
    line.unwrap_or_else(|| panic!("no line begins with `{start}`\n{}{}", said.out, said.err))
}

#[test]
fn a_bare_machine_is_told_in_one_screen_and_is_no_error() {
    let said = on_a_bare_machine(&["--seconds", "1"]);
    assert_eq!((said.code, said.out.contains("error")), (0, false), "{}{}", said.out, said.err);
    for instrument in ["NVML", "RAPL by perf", "RAPL by powercap", "hwmon"] {
        assert!(line(&said, &format!("{instrument} ")).contains(" absent "), "{}", said.out);
    }
    assert!(line(&said, "CPU time ").contains(" found "), "{}", said.out);
    assert!(line(&said, "cpu ").contains(" 2.0 ± 2.0 "), "the declared idle power: {}", said.out);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("takes `estimate` (cpu; class estimated): good only for"), "{}", said.out);
    assert!(said.out.lines().count() <= 30, "{}", said.out);
    let widest = said.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns\n{}", said.out);
}

#[test]
fn a_guest_is_told_why_it_has_no_counters_and_what_would_give_it_some() {
    let guest = FakeMachine::new(spec("guest with an empty powercap folder"), Interfaces::Powercap);
    let said = doctor(&guest.sysfs(), &guest.proc(), Path::new("/nonexistent"), &["--no-calibrate"]);
    assert_eq!(said.code, 0);
    let mend = said.out.find("    1. this is a virtual machine").unwrap();
    assert!(said.out[..mend].ends_with("  RAPL by perf, RAPL by powercap\n"), "{}", said.out);
    assert!(line(&said, "Surroundings: ").contains("virtual machine"), "{}", said.out);
}

#[test]
fn what_stands_still_is_in_no_list_but_that_of_the_dead() {
    for name in ["intel client", "intel server, two sockets with nested dram", "grace hopper"] {
        let spec = spec(name);
        let machine = FakeMachine::new(spec, Interfaces::Powercap);
        let said = doctor(
            &machine.sysfs(),
            &machine.proc(),
            Path::new("/nonexistent"),
            &["--no-calibrate", "--json"],
        );
        assert_eq!((said.code, domains(&said)), (0, vec!["cpu".to_owned()]), "{name}");
        let json: Json = serde_json::from_str(&said.out).unwrap();
        let dead = json["deaths"].as_array().unwrap().iter().map(|death| death["domain"].as_str().unwrap());
        let expected: Vec<&str> = spec.rapl.iter().chain(spec.sensors).map(|(name, _)| *name).collect();
        let (mut dead, mut expected) = (dead.collect::<Vec<_>>(), expected);
        dead.sort_unstable();
        expected.sort_unstable();
        assert_eq!(dead, expected, "{name}");
    }
}

#[test]
fn json_says_the_same_with_a_reason_for_each_number_that_is_missing() {
    let said = on_a_bare_machine(&["--json", "--seconds", "1"]);
    let json: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["schema"]), (0, &Json::from(1)));
    for (index, meter) in ["nvml", "rapl", "rapl", "hwmon", "estimate"].iter().enumerate() {
        assert_eq!(json["instruments"][index]["meter"], *meter);
    }
    assert_eq!(json["available"], serde_json::json!({ "gpu": false, "rapl": false, "any": false }));
    assert_eq!(json["auto"][0]["class"], "estimated");
    for domain in json["calibration"]["domains"].as_array().unwrap() {
        for (field, _) in domain.as_object().unwrap().iter().filter(|(_, value)| value.is_null()) {
            assert!(domain["missing"][field].is_string(), "{field} is missing without a reason: {domain}");
        }
    }
    let said = on_a_bare_machine(&["--json", "--no-calibrate"]);
    let json: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&json["calibration"], &json["calibration_reason"]), (&Json::Null, &"not asked for".into()));
}

#[test]
fn what_a_script_requires_decides_the_exit_code_and_not_what_is_printed() {
    let plain = on_a_bare_machine(&["--no-calibrate"]);
    for need in ["gpu", "rapl", "any"] {
        let said = on_a_bare_machine(&["--no-calibrate", "--require", need]);
        assert_eq!((said.code, &said.out), (3, &plain.out), "{need}: {}", said.err);
        assert!(said.err.starts_with(&format!("error: `--require {need}`: no ")), "{}", said.err);
        assert!(said.err.contains("\nhelp: "), "{}", said.err);
    }
    let said = on_a_bare_machine(&["--require", "cpu"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("gpu, rapl, any"), "{}", said.err);
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let _driven = machine.count("intel-rapl:0", 10.0, 8.0);
    for (need, code) in [("rapl", 0), ("any", 0), ("gpu", 3)] {
        let arguments = ["--no-calibrate", "--require", "any", "--require", need];
        let said = doctor(&machine.sysfs(), &machine.proc(), Path::new("/nonexistent"), &arguments);
        assert_eq!(said.code, code, "{need}: {}", said.err);
    }
}

#[test]
fn a_gpu_is_calibrated_through_the_drivers_library() {
    let empty = TempDir::new().unwrap();
    let library = TempDir::new().unwrap();
    fake_nvml::install(library.path(), "[[gpu]]\nwatts = 300\nperiod-ms = 20");
    let arguments = ["--seconds", "2", "--json", "--require", "gpu"];
    let said = doctor(empty.path(), empty.path(), library.path(), &arguments);
    assert_eq!((said.code, domains(&said)), (0, vec!["gpu:0".into(), "gpu:0@power".into(), "cpu".into()]));
    let json: Json = serde_json::from_str(&said.out).unwrap();
    let gpu = &json["calibration"]["domains"][0];
    let number =
        |path: &str| gpu.pointer(path).and_then(Json::as_f64).unwrap_or_else(|| panic!("{path}: {gpu}"));
    // Its counter stands still between updates, and busy machines see some late.
    assert!((0.018..0.06).contains(&number("/update_period_s")), "{gpu}");
    assert_eq!(gpu["update_period_declared"], false);
    assert!((number("/idle/power_w") - 300.0).abs() < 6.0 * number("/idle/u_indep_w") + 3.0, "{gpu}");
    assert!(number("/shortest_window/seconds") >= 50.0 * number("/update_period_s") * 0.999, "{gpu}");
    assert!(number("/overhead/difference_w").abs() < 6.0 * number("/overhead/u_w") + 1.0, "{gpu}");
    assert_eq!(json["auto"][1]["device"], "cuda:0");
    assert_eq!(json["auto"][1]["class"], "counter");
    let said = doctor(empty.path(), empty.path(), library.path(), &["--seconds", "1"]);
    assert!(line(&said, "gpu:0 ").contains(" ± "), "{}", said.out);
    let widest = said.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns\n{}", said.out);
    assert!(said.out.contains("On `cuda:0`, `meters"), "{}", said.out);
}

#[test]
fn a_drivers_library_that_crashes_is_named_and_takes_nothing_with_it() {
    if !present("cc") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("crash.c");
    std::fs::write(&source, "#include <signal.h>\nint nvmlInit_v2(void) { return 999 + raise(SIGSEGV); }\n")
        .unwrap();
    let library = folder.path().join("libnvidia-ml.so.1");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.unwrap().success());
    let empty = TempDir::new().unwrap();
    let said = doctor(empty.path(), empty.path(), folder.path(), &["--no-calibrate"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(line(&said, "NVML ").contains(" broken "), "{}", said.out);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("crashes when it is asked (signal 11)"), "{}", said.out);
}
