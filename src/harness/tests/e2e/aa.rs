//! A variant against itself, what a machine's history makes of gates, and whether the machine was fit.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use harness::record::Phase;
use serde_json::{Value as Json, json};

use crate::programs::{present, program};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial};

/// Room for a limit to be judged.
const GATE: &str = "[[gate]]\nmetric = \"seconds-per-task\"\nmax-increase = \"400%\"\nvariants = [\"twin\"]\n\n[profile.brief]\n";

/// `harness` beside the suite, with the history in a folder there.
fn beside(trial: &Trial, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).current_dir(trial.path("")).env("HARNESS_STATE", trial.path("state"));
    command
}

fn aa(trial: &Trial, arguments: &[&str]) -> Said {
    let words = ["aa", "s.toml", "--no-exclusive", "--out", "runs"];
    Said::from(&beside(trial, &[&words, arguments].concat()).output().unwrap())
}

fn runs(trial: &Trial) -> Vec<RunFolder> {
    let folders = fs::read_dir(trial.path("runs")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.collect();
    folders.sort();
    folders.iter().map(|folder| RunFolder::read(folder)).collect()
}

/// The lines of a history of the only machine.
fn history(trial: &Trial, name: &str) -> Vec<Json> {
    let machines = trial.path("state/machines");
    let Ok(mut machines) = fs::read_dir(machines) else { return Vec::new() };
    let file = machines.next().unwrap().unwrap().path().join(name);
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_variant_runs_against_itself_and_the_machine_remembers() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[("[profile.brief]\n", GATE)], "");
    let said = aa(&trial, &["--sessions", "2", "--blocks", "12"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let head = "`full` of trial-aa against itself: 2 sessions, comparisons over 6 blocks, alpha 0.05\n";
    assert!(said.out.starts_with(head), "{}", said.out);
    assert!(
        said.out.contains("seconds-per-task: ") && said.out.contains(" in 4 comparisons: "),
        "{}",
        said.out
    );
    let (runs, kept) = (runs(&trial), history(&trial, "aa.jsonl"));
    assert_eq!((runs.len(), kept.len()), (2, 2));
    for (run, kept) in runs.iter().zip(&kept) {
        assert_eq!((run.of_variant("full").len(), run.of_variant("full-again").len()), (12, 12));
        assert_eq!(run.manifest["suite_sha256"], kept["suite_sha256"]);
        assert_eq!(kept["compared"][0]["p"].as_array().unwrap().len(), 2);
        assert_eq!(kept["limits"]["judged"], 2);
    }
    let said = aa(&trial, &["--json"]);
    let report: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (said.code, &report["history"], &report["rates"][0]["comparisons"]),
        (0, &json!(3), &json!(5))
    );
}

#[test]
fn a_gate_is_not_believed_on_a_machine_that_tells_equals_apart() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[("[profile.brief]\n", GATE)], "");
    let said = aa(&trial, &[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let gated = runs(&trial).into_iter().find(|run| !run.of_variant("twin").is_empty()).unwrap().path;
    let gated = gated.to_str().unwrap();
    let gate = || {
        let said =
            Said::from(&beside(&trial, &["gate", gated, "--write", "json=gate.json"]).output().unwrap());
        let report: Json = serde_json::from_slice(&fs::read(trial.path("gate.json")).unwrap()).unwrap();
        (said, report)
    };
    let (said, report) = gate();
    assert_eq!((said.code, &report["false_alarms"][0]["comparisons"]), (0, &json!(1)), "{}", said.out);

    let machine = fs::read_dir(trial.path("state/machines")).unwrap().next().unwrap().unwrap().path();
    let file = machine.join("aa.jsonl");
    let mut line: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let p: Vec<f64> = (0..39).map(|at| if at < 8 { 0.001 } else { 0.6 }).collect();
    line["compared"][0]["p"] = json!(p);
    fs::write(&file, format!("{line}\n{{\"torn\": \n\n{}\n", line.to_string().replace("0.001", "0.6")))
        .unwrap();
    let (said, _) = gate();
    assert_eq!(said.code, 0, "8 of 78 may be chance\n{}", said.out);
    fs::write(&file, format!("{line}\n{{\"torn\": \n")).unwrap();
    let (said, report) = gate();
    assert_eq!((said.code, &report["verdict"]), (3, &json!("not-measurable")), "{}", said.out);
    assert!(said.out.contains("told from itself in 8 of 39 comparisons: 20.5 % ["), "{}", said.out);

    fs::remove_file(&file).unwrap();
    let (said, report) = gate();
    assert_eq!((said.code, &report["false_alarms"]), (0, &Json::Null), "{}", said.out);
    assert!(report["false_alarms_why"].as_str().unwrap().contains("`harness aa`"), "{report}");
}

#[test]
fn one_block_and_cells_that_all_fail_are_no_comparison() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let said = aa(&trial, &["--blocks", "1"]);
    assert_eq!(
        (said.code, said.out.contains("No comparison could be made")),
        (3, true),
        "{}{}",
        said.out,
        said.err
    );
    let trial = Trial::with(&[("[engine]\n", "[engine]\ncommand = [\"false\"]\n")]);
    let said = aa(&trial, &[]);
    assert_eq!(
        (said.code, said.out.contains("No comparison could be made")),
        (3, true),
        "{}{}",
        said.out,
        said.err
    );
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let trial = Trial::good();
    for arguments in
        [&["--blocks", "0"][..], &["--sessions", "0"], &["--sessions", "many"], &["--profile", "no"]]
    {
        let said = aa(&trial, arguments);
        assert_eq!(said.code, 2, "{arguments:?}\n{}{}", said.out, said.err);
    }
    trial.assert_nothing_written();
}

#[test]
fn a_history_that_cannot_be_kept_is_a_note_and_the_run_is_whole() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    let mut command = beside(&trial, &["aa", "s.toml", "--no-exclusive", "--out", "runs"]);
    let said = Said::from(&command.env("HARNESS_STATE", "/dev/null/state").output().unwrap());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("note: the history of this machine was not kept: cannot write"),
        "{}",
        said.out
    );
    assert!(said.out.contains(" in 1 comparison: "), "{}", said.out);
    for name in ["HARNESS_STATE", "XDG_STATE_HOME", "HOME"] {
        command.env_remove(name);
    }
    let said = Said::from(&command.output().unwrap());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("nothing says where to keep what outlives a run"), "{}", said.out);
}

/// Says what stands for the machine's files.
fn processor_at(trial: &Trial, millidegrees: &str) {
    trial.write("sys/class/hwmon/hwmon0/name", b"coretemp\n");
    trial.write("sys/class/hwmon/hwmon0/temp1_input", millidegrees.as_bytes());
}

fn reasons(run: &RunFolder) -> Vec<&str> {
    let why = run.manifest["qualification"]["why"].as_array().unwrap();
    why.iter().map(|why| why.as_str().unwrap()).collect()
}

#[test]
fn the_control_workload_is_measured_stored_and_shown() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[("idle = \"50ms\"", "idle = \"50ms\"\ncontrol = \"always\"")], "");
    processor_at(&trial, "51000\n");
    let said = trial.run(&["--sysfs-root", "sys"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder();
    let control: Vec<_> = run.windows.iter().filter(|row| row.phase == Phase::Control).collect();
    assert_eq!(control.len(), 4, "sim and total, before and after");
    assert!(control.iter().all(|row| row.cell.is_none() && row.energy_j.is_some_and(|energy| energy > 0.0)));
    let facts = &run.manifest["qualification"]["facts"];
    assert_eq!(facts["control"]["first"]["joules"], json!(control[1].energy_j));
    assert_eq!(facts["control"]["last"]["seconds"], json!(control[3].seconds));
    assert_eq!((&facts["warmth"]["reference_c"], &facts["warmth"]["waited_s"]), (&json!(51.0), &json!(0.0)));
    // Tests run beside each other: the lock is not taken, and the control workload may drift.
    assert!(reasons(&run)[0].starts_with("the machine's lock was not held"), "{:?}", reasons(&run));
    assert!(said.out.contains("Machine not qualified, so this run can be no baseline: the machine's lock"));
    let page = fs::read_to_string(run.path.join("summary.md")).unwrap();
    assert!(
        page.contains("## Machine") && page.contains("- Control workload (version 1, simulated): "),
        "{page}"
    );
    let path = run.path.to_str().unwrap();
    for verb in ["show", "verify"] {
        let said = Said::from(&program().args([verb, path]).output().unwrap());
        assert_eq!(said.code, 0, "{verb}\n{}{}", said.out, said.err);
    }
    assert_eq!(history(&trial, "control.jsonl"), Vec::<Json>::new(), "only fit runs enter the history");
}

#[test]
fn without_sensors_and_control_the_reasons_are_told() {
    if !present("python3") {
        return;
    }
    let trial = Trial::with_echo_engine(&[], "");
    trial.write("sys/empty", b"");
    let said = trial.run(&["--sysfs-root", "sys"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let facts = &trial.run_folder().manifest["qualification"]["facts"];
    assert_eq!((&facts["warmth"], &facts["control"]), (&Json::Null, &Json::Null));
    assert!(facts["warmth_why"].as_str().unwrap().contains("does not show how warm"), "{facts}");
    assert!(facts["control_why"].as_str().unwrap().contains("simulated joules"), "{facts}");
}

#[test]
fn words_for_control_and_temperatures_that_make_no_sense_are_refused() {
    for (line, part) in [
        ("control = \"often\"", "unknown rule for the control workload `often`"),
        ("temperature-band = \"0C\"", "no difference of temperatures: `0C`"),
        ("temperature-band = \"5\"", "no difference of temperatures: `5`"),
        ("temperature-band = \"5K\"", "no difference of temperatures"),
        ("temperature-band = \"infC\"", "no difference of temperatures"),
        ("max-wait = \"-1s\"", "is negative"),
    ] {
        let trial = Trial::with(&[("idle = \"50ms\"", &format!("idle = \"50ms\"\n{line}"))]);
        let said = trial.run(&[]);
        assert_eq!((said.code, said.err.contains(part)), (2, true), "{line}\n{}", said.err);
        assert!(said.err.contains("help: "), "{}", said.err);
        trial.assert_nothing_written();
    }
}
