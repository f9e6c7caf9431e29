//! Stored baselines: added from runs, run beside today's variants, and gates held against their sessions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::programs::{HARNESS, present};
use crate::trial::{Said, Trial};

/// No fault of time: two equal variants are told apart by nothing that this allows.
const GATE: &str = "[[gate]]\nmetric = \"energy-per-task\"\nmax-increase = \"900%\"\n\n[profile.brief]\n";

fn trial() -> Option<Trial> {
    present("python3").then(|| Trial::with_echo_engine(&[("[profile.brief]\n", GATE)], ""))
}

fn harness(trial: &Trial, arguments: &[&str]) -> Said {
    let mut command = Command::new(HARNESS);
    command.args(arguments).current_dir(trial.path("")).env("HARNESS_STATE", trial.path("state"));
    Said::from(&command.output().unwrap())
}

fn edit(path: &Path, change: impl FnOnce(&mut Json)) {
    let mut json: Json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
}

/// Whatever this machine was like.
fn qualify(run: &Path) {
    edit(&run.join("manifest.json"), |manifest| {
        manifest["qualification"] = json!({ "qualified": true, "why": [] });
    });
}

/// A finished, qualified run.
fn run(trial: &Trial) -> PathBuf {
    let said = trial.run(&[]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let run = trial.run_folder().path;
    qualify(&run);
    run
}

/// Another session of the run: a copy that began at another time, its amounts multiplied.
fn session(trial: &Trial, run: &Path, name: &str, factor: f64) -> String {
    let copy = trial.path(name);
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(run).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
    }
    edit(&copy.join("summary.json"), |summary| {
        for row in summary["rows"].as_array_mut().unwrap() {
            for amount in row["amounts"].as_object_mut().unwrap().values_mut() {
                amount["value"] = json!(amount["value"].as_f64().unwrap() * factor);
            }
        }
    });
    let sha256 = harness_text::hash::file(&copy.join("summary.json")).unwrap();
    edit(&copy.join("manifest.json"), |manifest| {
        manifest["created_utc"] = json!(format!("2026-01-01T00:00:00Z {name}"));
        for file in manifest["files"].as_array_mut().unwrap() {
            if file["name"] == "summary.json" {
                file["sha256"] = json!(sha256);
            }
        }
    });
    copy.to_str().unwrap().to_owned()
}

#[test]
fn a_stored_variant_runs_beside_todays_though_its_run_is_gone() {
    let Some(trial) = trial() else { return };
    let folder = run(&trial);
    let said = harness(&trial, &["baseline", "add", "main", folder.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("stored `main`: full of suite trial, echo"), "{}", said.out);
    fs::remove_dir_all(&folder).unwrap();

    let said = trial.run(&["--against", "main", "--set", "run.blocks=7"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("gate: pass: 2 pass"), "{}", said.out);
    let run = trial.run_folder();
    assert_eq!(run.summary["baseline"], "main");
    let variants: Vec<&str> =
        run.summary["rows"].as_array().unwrap().iter().map(|row| row["variant"].as_str().unwrap()).collect();
    assert_eq!(variants, ["main", "full", "twin"]);
    // Each block has the baseline among its cells.
    assert!(run.manifest["order"].as_array().unwrap().iter().all(|block| block.to_string().contains("main")));
    let command = &run.manifest["suite_resolved"]["variant"][0]["engine"]["command"];
    assert!(command[1].as_str().unwrap().ends_with("state/baselines/main/engine/1-echo.py"), "{command}");

    let listed = harness(&trial, &["baseline", "list"]).out;
    assert!(listed.contains("main") && listed.contains("echo"), "{listed}");
    let listed: Json = serde_json::from_str(&harness(&trial, &["baseline", "list", "--json"]).out).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["baseline"]["variant"]), (&json!("main"), &json!("full")));
}

#[test]
fn what_cannot_be_stored_or_run_says_why() {
    let Some(trial) = trial() else { return };
    let folder = run(&trial);
    let run = folder.to_str().unwrap();
    for (arguments, code, told) in [
        (&["baseline", "add", "Main", run][..], 2, "bad name `Main`"),
        (&["baseline", "add", "..", run], 2, "bad name `..`"),
        (&["baseline", "add", "main", "nowhere"], 3, "cannot read"),
        (&["baseline", "add", "main", run, "--variant", "ful"], 2, "did you mean `full`?"),
        (&["baseline", "prune", "main"], 2, "unknown baseline `main`"),
        (&["baseline", "list"], 0, "no baseline is stored"),
        (&["baseline", "prune"], 0, "removed 0 baselines"),
        (&["run", "s.toml", "--against", "main"], 3, "no baseline `main`, nor any other"),
        (&["baseline", "add", "main", run], 0, "1 of 4 sessions"),
        (&["baseline", "add", "main", run], 2, "has this run already"),
        (&["baseline", "add", "main", run, "--variant", "twin"], 2, "stored with another variant"),
        (&["baseline", "add", "twin", run], 0, "stored `twin`"),
        (&["run", "s.toml", "--against", "twin"], 2, "rename the variant"),
        (&["run", "s.toml", "--against", "mein"], 3, "did you mean `main`?"),
        (&["gate", run, "--baseline", "main"], 2, "is one of the sessions"),
    ] {
        let said = harness(&trial, arguments);
        assert_eq!(said.code, code, "{arguments:?}\n{}{}", said.out, said.err);
        let all = said.out + &said.err;
        assert!(all.contains(told), "{arguments:?}: {all}");
        assert!(code == 0 || all.contains("help: "), "{all}");
    }
    // Unqualified, changed, gone.
    edit(&folder.join("manifest.json"), |manifest| {
        manifest["qualification"] = json!({ "qualified": false, "why": ["the governor changed"] });
    });
    let said = harness(&trial, &["baseline", "add", "other", run]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("was not qualified: the governor changed"), "{}", said.err);
    let engine = trial.path("state/baselines/main/engine/1-echo.py");
    fs::remove_file(&engine).unwrap();
    let gone = trial.run(&["--against", "main"]);
    assert_eq!(gone.code, 3, "{}", gone.err);
    assert!(gone.err.contains("its `engine/1-echo.py` is gone"), "{}", gone.err);
    fs::write(&engine, "print('other')").unwrap();
    let changed = trial.run(&["--against", "main"]);
    assert!(changed.code == 3 && changed.err.contains("has changed"), "{}", changed.err);
    fs::write(trial.path("state/baselines/main/baseline.json"), "{\"schema\": 99}").unwrap();
    let newer = trial.run(&["--against", "main"]);
    assert!(newer.code == 3 && newer.err.contains("of schema 99"), "{}", newer.err);
    let listed = harness(&trial, &["baseline", "list"]);
    assert!(listed.code == 0 && listed.out.contains("schema 99"), "{}", listed.out);
    let pruned = harness(&trial, &["baseline", "prune", "main", "twin"]);
    assert!(pruned.code == 0 && pruned.out.contains("removed 2 baselines"), "{}{}", pruned.out, pruned.err);
    assert_eq!(fs::read_dir(trial.path("state/baselines/.objects")).unwrap().count(), 0);
}

#[test]
fn a_run_is_held_against_the_sessions_of_a_baseline() {
    let Some(trial) = trial() else { return };
    let folder = run(&trial);
    let now = session(&trial, &folder, "now", 1.0);
    let limit = ["--limit", "energy-per-task max-increase 5%"];
    let gate = |run: &str, more: &[&str]| harness(&trial, &[&["gate", run], &limit[..], more].concat());
    let earlier: Vec<String> = [1.001, 0.999, 1.002, 0.998]
        .iter()
        .enumerate()
        .map(|(number, factor)| session(&trial, &folder, &format!("s{number}"), *factor))
        .collect();
    for (number, run) in earlier.iter().enumerate() {
        let said = harness(&trial, &["baseline", "add", "main", run]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        let said = gate(&now, &["--baseline", "main"]);
        let expected = if number < 3 { 3 } else { 0 };
        assert_eq!(said.code, expected, "{number}\n{}{}", said.out, said.err);
    }
    let said = gate(&now, &["--baseline", "main"]);
    assert!(said.out.contains("changes are held against 4 sessions of `main`."), "{}", said.out);
    let dearer = session(&trial, &folder, "dearer", 1.2);
    assert_eq!(gate(&dearer, &["--baseline", "main"]).code, 1);
    // The same from run folders.
    let runs: Vec<&str> = earlier.iter().flat_map(|run| ["--baseline", run.as_str()]).collect();
    assert_eq!(gate(&dearer, &runs).code, 1);
    assert_eq!(gate(&now, &runs).code, 0);
    let twice = [&runs[..], &["--baseline", &earlier[0]]].concat();
    let said = gate(&now, &twice);
    assert!(said.code == 2 && said.err.contains("named twice"), "{}", said.err);
    // Another machine, another suite, an unqualified one.
    let change = |key: fn(&mut Json)| {
        let path = Path::new(&dearer).join("manifest.json");
        edit(&path, key);
        gate(&dearer, &["--baseline", "main"])
    };
    let said = change(|manifest| manifest["hardware"]["key"] = json!("ab"));
    assert!(said.code == 3 && said.err.contains("is of another machine"), "{}", said.err);
    let said = change(|manifest| manifest["suite_sha256"] = json!("cd"));
    assert!(said.code == 3 && said.err.contains("is of another suite"), "{}", said.err);
    edit(&Path::new(&earlier[0]).join("manifest.json"), |manifest| manifest["qualification"] = json!(null));
    let said = gate(&now, &runs);
    assert!(said.code == 3 && said.err.contains("was not qualified"), "{}", said.err);
}

#[test]
fn a_regression_is_confirmed_by_a_second_run() {
    if !present("python3") {
        return;
    }
    let gate = GATE.replace("max-increase = \"900%\"", "max = 0.000001");
    let trial = Trial::with_echo_engine(&[("[profile.brief]\n", &gate)], "");
    let said = trial.run(&["--confirm"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(
        said.err.contains("the suite runs once more") && said.out.contains("both runs found it"),
        "{}",
        said.out
    );
    assert_eq!(fs::read_dir(trial.path("runs")).unwrap().count(), 2);
    let none = Trial::with_echo_engine(&[], "");
    let said = none.run(&["--confirm"]);
    assert!(said.code == 2 && said.err.contains("the suite has none"), "{}", said.err);
}
