//! Runs on machines that are not there: fake GPUs, fake processors, and what a run makes of them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use harness::record::{Phase, WindowRecord};
use harness_meter::Class;

use crate::machines::{Driven, FakeMachine, Interfaces, spec};
use crate::programs::{present, program};
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
        let watts = total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason())) / total.seconds;
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
    assert!(total.reason().as_ref().unwrap().contains("source-lost"), "{:?}", total.reason());
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

/// Lets the counters of a fake server count: 20 W a package, 2 W a memory: so little that a late writer's step is
/// no impossible power. Busy cores add a little to the packages, as a living counter shows.
fn power(machine: &FakeMachine) -> Vec<Driven> {
    let zones = [
        ("intel-rapl:0", 20.0, 0.3),
        ("intel-rapl:1", 20.0, 0.3),
        ("intel-rapl:0:0", 2.0, 0.0),
        ("intel-rapl:1:0", 2.0, 0.0),
    ];
    zones.map(|(zone, watts, busy)| machine.count(zone, watts, busy)).into()
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
    let driven = power(&machine);
    let said = trial.run(&places);
    drop(driven);
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder();
    for cell in &run.cells {
        let total = run.total(cell);
        let watts = total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason())) / total.seconds;
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
    let reasons: Vec<String> = run.windows.iter().filter_map(|window| window.reason()).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("permission-lost: ")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.starts_with("counter-reset: ")), "{reasons:?}");
    assert!(
        run.samples.iter().any(|sample| sample.fault == Some(harness_meter::FaultKind::PermissionDenied))
    );

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
        (total.energy_j.unwrap_or_else(|| panic!("{:?}", total.reason())) / total.seconds - 10.0).abs() < 0.5
    );
}

#[test]
fn a_counter_that_is_dead_leaves_joules_of_the_estimate_and_the_doctor_says_so_too() {
    if !present("python3") {
        return;
    }
    let limits = "idle = \"50ms\"\nmax-foreign-load = \"100%\"\nmax-steal = \"100%\"";
    let changes = [("meters = [\"sim\"]", "meters = [\"auto\"]"), ("idle = \"50ms\"", limits)];
    let trial = Trial::with_echo_engine(&changes, "");
    let machine = FakeMachine::new(spec("intel client"), Interfaces::Powercap);
    let (sysfs, proc) = (machine.sysfs(), machine.proc());
    let library = ["--nvml-library", "libabsent.so.1"];
    let places = ["--sysfs-root", sysfs.to_str().unwrap(), "--proc-root", proc.to_str().unwrap()];
    let places = [&places[..], &library[..]].concat();
    let said = trial.run(&places);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("\nEnergy: cpu, class estimated: good only for differences"), "{}", said.err);
    assert!(said.err.contains("RAPL by powercap (dead: package:0, "), "{}", said.err);
    let run = trial.run_folder();
    for cell in &run.cells {
        let total = run.total(cell);
        assert_eq!((total.energy_j.is_some(), total.class), (true, Class::Estimated), "{:?}", total.reason());
    }
    let doctor = |extra: &[&str]| {
        let mut command = program();
        Said::from(&command.args(["doctor", "--no-calibrate"]).args(&places).args(extra).output().unwrap())
    };
    let json: serde_json::Value = serde_json::from_str(&doctor(&["--json"]).out).unwrap();
    assert_eq!(json["auto"][0]["domains"], run.manifest["counted"]);
    assert_eq!(json["auto"][0]["meters"], run.manifest["meters"]);
    assert_eq!(json["deaths"][0]["domain"], "package:0");
    let page = doctor(&["--require", "rapl"]);
    assert_eq!(page.code, 3, "what is dead is not there: {}", page.out);
    assert!(page.out.lines().any(|line| line.starts_with("RAPL by powercap  dead ")), "{}", page.out);

    let named = Trial::with(&[("meters = [\"sim\"]", "meters = [\"rapl\"]")]);
    let said = named.run(&places);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("meter `rapl` cannot be used here"), "{}", said.err);
    assert!(said.err.contains("dead: package:0") && said.err.contains("\nhelp: "), "{}", said.err);
    named.assert_nothing_written();
}

/// A program that uses one core until it is dropped.
struct Busy(Child);

impl Busy {
    fn start() -> Self {
        Self(Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_busy_machine_costs_an_estimate_its_energy_and_says_so_while_it_runs() {
    if !present("python3") {
        return;
    }
    let limits = "idle = \"50ms\"\nmax-foreign-load = \"1%\"\nmax-steal = \"100%\"";
    let changes = [("meters = [\"sim\"]", "meters = [\"estimate\"]"), ("idle = \"50ms\"", limits)];
    let trial = Trial::with_echo_engine(&changes, "");
    let busy = Busy::start();
    let said = trial.run(&[]);
    drop(busy);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("(disturbed 2 ×, measured again)"), "{}", said.err);
    let note = "note: 3 cells in a row have no energy: cpu: foreign-load: other programs took ";
    assert_eq!(said.err.matches(note).count(), 1, "{}", said.err);
    assert!(
        said.err.contains("help: end the other programs, or raise `run.max-foreign-load`"),
        "{}",
        said.err
    );
    let run = trial.run_folder();
    for cell in &run.cells {
        let own =
            |phase| run.windows.iter().filter(move |row| row.cell == Some(cell.cell) && row.phase == phase);
        assert!(own(Phase::Window).chain(own(Phase::Disturbed)).all(|row| row.energy_j.is_none()));
        // The domain and the total, twice.
        assert_eq!((own(Phase::Window).count(), own(Phase::Disturbed).count()), (2, 4));
    }
    let line = "  12 cells (full, twin on java): no-energy: cpu: foreign-load: other programs took ";
    assert!(said.out.contains("\ncells without energy: 12\n") && said.out.contains(line), "{}", said.out);
    let again = remeasure(&trial, &[run.path.to_str().unwrap()]);
    let all = run.windows.len();
    assert!(again.out.contains(&format!("{all} of {all} windows as before")), "{}", again.out);
}

fn remeasure(trial: &Trial, arguments: &[&str]) -> Said {
    let mut command = program();
    Said::from(&command.arg("remeasure").args(arguments).current_dir(trial.path("")).output().unwrap())
}
