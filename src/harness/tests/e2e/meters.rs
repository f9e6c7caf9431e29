//! Runs on machines that are not there: fake GPUs, fake processors, and what a run makes of them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::record::{Phase, WindowRecord};
use harness_meter::Class;

use crate::machines::{FakeMachine, Interfaces, spec};
use crate::programs::{HARNESS, present};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial};

/// An empty folder in place of `/sys` or `/proc`, so that this machine's own meters stay out of it.
fn nowhere(trial: &Trial) -> String {
    let folder = trial.path("nowhere");
    fs::create_dir_all(&folder).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// A fake GPU that counts every 10 ms, in a folder for `LD_LIBRARY_PATH`.
fn gpus(trial: &Trial, scenario: &str) -> String {
    let folder = trial.path("driver");
    fs::create_dir_all(&folder).unwrap();
    fake_nvml::install(&folder, scenario);
    folder.to_str().unwrap().to_owned()
}

fn windows(run: &RunFolder) -> Vec<&WindowRecord> {
    run.windows.iter().filter(|window| window.phase == Phase::Window).collect()
}

/// Windows long enough for the power that checks the counter.
const CHECKED: [(&str, &str); 3] = [GPU[0], GPU[1], ("150ms", "2s")];

const GPU: [(&str, &str); 2] =
    [("meters = [\"sim\"]", "meters = [\"auto\"]"), ("threads = 1", "device = \"cuda:0\"")];

#[test]
fn a_gpu_is_measured_by_its_counter_and_checked_by_its_power() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&CHECKED, "");
    let folder = gpus(
        &trial,
        "[[gpu]]\nwatts = 300\nperiod-ms = 10\ntemperature = 61\nthrottle = 0\npower-limit-w = 700\n[[gpu]]\nwatts = 90\n",
    );
    let nowhere = nowhere(&trial);
    let mut command = trial.command(&["--sysfs-root", &nowhere, "--proc-root", &nowhere]);
    let said = Said::from(
        &command.env("LD_LIBRARY_PATH", folder).env_remove("CUDA_VISIBLE_DEVICES").output().unwrap(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    assert_eq!(run.manifest["counted"], serde_json::json!(["gpu:0"]), "the idle GPU is nobody's business");
    assert_eq!(run.manifest["hardware"]["gpus"].as_array().unwrap().len(), 2);
    for cell in &run.cells {
        let total = run.total(cell);
        let watts = total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason)) / total.seconds;
        let u = total.u_indep_j.unwrap() / total.seconds;
        assert!((watts - 300.0).abs() <= 4.0 * u.max(0.01), "{watts} W ± {u}");
        assert!(u < 6.0, "{u} W");
        assert_eq!((total.class, total.formula.as_deref()), (Class::Counter, Some("gpu:0")));
    }
    let counters: Vec<_> = windows(&run).into_iter().filter(|window| window.domain == "gpu:0").collect();
    assert!(!counters.is_empty());
    for window in counters {
        assert_eq!((window.conditions.throttled, window.conditions.temp_start_c), (Some(false), Some(61.0)));
        assert_eq!(window.conditions.power_limit_w, Some(700.0));
        assert!(window.disagreement_rel.unwrap().abs() < 0.05, "{window:?}");
    }
}

#[test]
fn a_gpu_that_is_lost_costs_the_windows_their_energy_and_names_the_reason() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&GPU, "");
    let fault = "[[gpu.fault]]\ncall = \"all\"\nat-seconds = 4.0\nreturn = 15\n";
    let folder = gpus(&trial, &format!("[[gpu]]\nwatts = 300\nperiod-ms = 10\n{fault}"));
    let nowhere = nowhere(&trial);
    let mut command = trial.command(&["--sysfs-root", &nowhere, "--proc-root", &nowhere]);
    let said = Said::from(
        &command.env("LD_LIBRARY_PATH", folder).env_remove("CUDA_VISIBLE_DEVICES").output().unwrap(),
    );
    assert_eq!(said.code, 3, "{}", said.err);
    let run = trial.run_folder();
    let lost = run.cells.last().unwrap();
    let total = run.total(lost);
    assert!(total.energy_j.is_none());
    assert!(total.reason.as_ref().unwrap().contains("source-lost"), "{:?}", total.reason);
}

#[test]
fn meters_that_cannot_be_had_end_a_run_before_anything_is_loaded() {
    let trial = Trial::with(&[("meters = [\"sim\"]", "meters = [\"nvml\"]")]);
    let nowhere = nowhere(&trial);
    let places = ["--sysfs-root", &nowhere, "--proc-root", &nowhere, "--nvml-library", "libabsent.so.1"];
    let said = trial.run(&places);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(
        said.err.contains("meter `nvml` cannot be used here") && said.err.contains("help: "),
        "{}",
        said.err
    );
    assert!(said.err.contains("harness doctor"), "{}", said.err);
    trial.assert_nothing_written();

    let trial = Trial::with_echo_engine(&GPU, "");
    let said = trial.run(&places);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("no meter sees `cuda:0`"), "{}", said.err);
    trial.assert_nothing_written();

    let trial = Trial::with(&[("meters = [\"sim\"]", "meters = [\"nvml\"]")]);
    let folder = gpus(&trial, "[[gpu]]\n");
    let mut command = trial.command(&["--sysfs-root", &nowhere, "--proc-root", &nowhere]);
    let said = Said::from(&command.env("LD_LIBRARY_PATH", folder).output().unwrap());
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(
        said.err.contains("none of the meters that the suite names sees the computing device `cpu`"),
        "{}",
        said.err
    );
    trial.assert_nothing_written();
}

/// Moves the energy counters of a fake server while `work` runs: 20 W a package, 2 W a memory: so
/// little that a late writer's step is no impossible power.
fn with_power<T>(machine: &FakeMachine, work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                let microjoules = begun.elapsed().as_micros() as u64;
                for (zone, watts) in
                    [("intel-rapl:0", 20), ("intel-rapl:1", 20), ("intel-rapl:0:0", 2), ("intel-rapl:1:0", 2)]
                {
                    // One width, so that a reader never meets half of a number.
                    let text = format!("{:015}\n", 1_000_000 + microjoules * watts);
                    let path = machine.sysfs().join("class/powercap").join(zone).join("energy_uj");
                    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
                    std::os::unix::fs::FileExt::write_all_at(&file, text.as_bytes(), 0).unwrap();
                }
                thread::sleep(Duration::from_micros(500));
            }
        });
        let result = work();
        stop.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn packages_and_their_memory_are_added_up_and_measuring_again_gives_the_same() {
    if !present("python3") {
        return;
    }
    let allow = "idle = \"50ms\"\nmax-foreign-load = \"100%\"\nmax-steal = \"100%\"";
    let changes = [("meters = [\"sim\"]", "meters = [\"rapl\"]"), ("idle = \"50ms\"", allow)];
    let trial = Trial::with_echo_engine(&changes, "");
    let machine = FakeMachine::new(spec("intel server, two sockets with nested dram"), Interfaces::Powercap);
    let (sysfs, proc) = (machine.sysfs(), machine.proc());
    let places = ["--sysfs-root", sysfs.to_str().unwrap(), "--proc-root", proc.to_str().unwrap()];
    let said = with_power(&machine, || trial.run(&places));
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    for cell in &run.cells {
        let total = run.total(cell);
        let watts = total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason)) / total.seconds;
        // The writer itself may be late by some milliseconds.
        assert!((watts - 44.0).abs() < 6.0, "{watts} W");
        assert_eq!(total.formula.as_deref(), Some("package:0+package:1+dram:0+dram:1"));
    }
    let folder = run.path.to_str().unwrap();
    let again = remeasure(&trial, &[folder]);
    assert_eq!(again.code, 0, "{}", again.err);
    let all = run.windows.len();
    assert!(again.out.contains(&format!("{all} of {all} windows as before")), "{}", again.out);
    let copy = RunFolder::read(Path::new(&format!("{folder}-remeasured")));
    assert_eq!((&copy.windows, &copy.items, &copy.samples), (&run.windows, &run.items, &run.samples));
    assert_eq!(copy.summary, run.summary);

    let other = remeasure(&trial, &[folder, "--domains", "package:0,package:1", "--min-updates", "10"]);
    assert_eq!(other.code, 0, "{}", other.err);
    let other = RunFolder::read(Path::new(&format!("{folder}-remeasured-2")));
    let total = other.total(&other.cells[0]);
    assert_eq!(total.formula.as_deref(), Some("package:0+package:1"));
    assert!((total.energy_j.unwrap() / total.seconds - 40.0).abs() < 6.0);

    let strict = remeasure(&trial, &[folder, "--min-updates", "100000"]);
    assert_eq!(strict.code, 3, "{}", strict.err);
    let unknown = remeasure(&trial, &[folder, "--domains", "gpu:0"]);
    assert_eq!(unknown.code, 2, "{}", unknown.err);
    assert!(unknown.err.contains("no meter of this run has a domain `gpu:0`"), "{}", unknown.err);
    assert_eq!(remeasure(&trial, &["nowhere/at-all"]).code, 3);
}

#[test]
fn faults_as_scripted_become_reasons_and_a_recording_can_be_played_again() {
    if !present("python3") {
        return;
    }
    // So close together that no window escapes them: first single readings that fail, then resets.
    let at =
        |tenths: i32, fault: &str| format!("{{ at = {}.{}, fault = {fault:?} }}", tenths / 10, tenths % 10);
    let lost = (5..25).map(|tenths| at(tenths, "permission-denied"));
    let resets = (25..50).map(|tenths| at(tenths, "reset"));
    let faults: Vec<String> = lost.chain(resets).collect();
    let script = format!("watts = 10\nfaults = [{}]", faults.join(", "));
    let trial = Trial::with_echo_engine(&[("watts = 10", &script)], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 3, "{}", said.err);
    let run = trial.run_folder();
    let reasons: Vec<&String> = run.windows.iter().filter_map(|window| window.reason.as_ref()).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("permission-lost: ")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.starts_with("counter-reset: ")), "{reasons:?}");
    assert!(run.samples.iter().any(|sample| sample.fault.as_deref() == Some("permission-denied")));

    let calm = Trial::with_echo_engine(&[], "");
    assert_eq!(calm.run(&[]).code, 0);
    let samples = calm.run_folder().path.join("samples.parquet");
    let replay = format!("[meter.replay]\npath = {:?}\n\n[meter.sim]", samples.to_str().unwrap());
    let changes = [("[\"sim\"]", "[\"replay\"]"), ("[meter.sim]", replay.as_str())];
    let again = Trial::with_echo_engine(&changes, "");
    let said = again.run(&[]);
    assert!([0, 3].contains(&said.code), "{}", said.err);
    let run = again.run_folder();
    let total = run.total(&run.cells[0]);
    assert_eq!(total.class, Class::Simulated, "a recording is not this run's energy");
    assert!(
        (total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason)) / total.seconds - 10.0).abs() < 0.5
    );
}

fn remeasure(trial: &Trial, arguments: &[&str]) -> Said {
    let mut command = Command::new(HARNESS);
    Said::from(&command.arg("remeasure").args(arguments).current_dir(trial.path("")).output().unwrap())
}
