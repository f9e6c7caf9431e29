//! Runs held against limits: by their own suite when they end, and again from the folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::programs::{present, program};
use crate::trial::{Said, Trial};

/// Allows every limit that this run is asked for to be shown: more room than two equal variants need.
const GATE: &str = "[[gate]]\nmetric = \"seconds-per-task\"\nmax-increase = \"400%\"\n\n[profile.brief]\n";

pub(crate) fn harness(folder: &Path, arguments: &[&str]) -> Said {
    Said::from(&program().args(arguments).current_dir(folder).output().unwrap())
}

/// A run with a gate, made once for all tests; None without Python.
fn gated() -> Option<&'static (Trial, Said)> {
    static GATED: OnceLock<Option<(Trial, Said)>> = OnceLock::new();
    GATED
        .get_or_init(|| {
            present("python3").then(|| {
                let trial = Trial::with_echo_engine(&[("[profile.brief]\n", GATE)], "");
                let said = trial.run(&["--write", "junit=gate.xml", "--write", "json=gate.json"]);
                (trial, said)
            })
        })
        .as_ref()
}

/// A copy of the run, changed.
fn copy(change: impl FnOnce(&Path)) -> Option<(tempfile::TempDir, PathBuf)> {
    let (trial, _) = gated()?;
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    for entry in fs::read_dir(trial.run_folder().path).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), run.join(entry.file_name())).unwrap();
        }
    }
    change(&run);
    Some((folder, run))
}

/// Changes a JSON file of a run, and with it the hash that the manifest lists.
pub(crate) fn edit(run: &Path, file: &str, change: impl FnOnce(&mut Json)) {
    let read = |name: &str| -> Json { serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap() };
    let mut json = read(file);
    change(&mut json);
    fs::write(run.join(file), serde_json::to_vec(&json).unwrap()).unwrap();
    if file != "manifest.json" {
        let mut manifest = read("manifest.json");
        let sha256 = harness_text::hash::file(&run.join(file)).unwrap();
        for entry in manifest["files"].as_array_mut().unwrap() {
            if entry["name"] == file {
                entry["sha256"] = json!(sha256);
            }
        }
        fs::write(run.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
    }
}

#[test]
fn a_run_ends_with_the_answer_of_its_gates_and_leaves_it_in_files() {
    let Some((trial, said)) = gated() else { return };
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("\ngate: pass: 1 pass\n"), "{}", said.out);
    let page = fs::read_to_string(trial.path("gate.xml")).unwrap();
    assert!(page.contains("tests=\"1\"") && page.contains("failures=\"0\""), "{page}");
    let report: Json = serde_json::from_slice(&fs::read(trial.path("gate.json")).unwrap()).unwrap();
    assert_eq!((&report["verdict"], &report["judged"][0]["kind"]), (&json!("pass"), &json!("ratio")));
    let schema: Json =
        serde_json::from_str(&harness(Path::new("."), &["schema", "--of", "gate"]).out).unwrap();
    for key in report.as_object().unwrap().keys() {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

#[test]
fn a_broken_limit_ends_a_run_with_one() {
    if !present("python3") {
        return;
    }
    let gate = GATE.replace("max-increase = \"400%\"", "max = 0.000001");
    let trial = Trial::with_echo_engine(&[("[profile.brief]\n", &gate)], "");
    let said = trial.run(&[]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("\ngate: regression: 2 regression\n"), "{}", said.out);
}

#[test]
fn limits_are_answered_again_from_the_folder() {
    let Some((trial, _)) = gated() else { return };
    let run = trial.run_folder().path;
    let run = run.to_str().unwrap();
    for (limits, code) in [
        (&[][..], 0),
        (&["seconds-per-task max 0.000001"], 1),
        (&["seconds-per-task max 1000", "peak-memory max 0.5"], 1),
        (&["seconds-per-task max 1000"], 0),
        (&["seconds-per-task min-decrease 99%"], 1),
        (&["energy-per-task max 1000000"], 0),
        (&["energy-per-correct max-increase 5%"], 3),
        (&["quality max-decrease 100 points"], 0),
        (&["beauty max 3"], 2),
        (&["energy-per-task"], 2),
        (&["energy-per-task max-increase 3"], 2),
        (&["energy-per-task max-increase 3 points"], 2),
        (&["energy-per-task most 3%"], 2),
    ] {
        let mut arguments = vec!["gate", run];
        arguments.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
        let said = harness(Path::new("."), &arguments);
        assert_eq!(said.code, code, "{limits:?}\n{}{}", said.out, said.err);
        assert!(code != 2 || said.err.contains("help: "), "{}", said.err);
    }
}

#[test]
fn every_form_is_written_and_unknown_ones_are_refused() {
    let Some((trial, _)) = gated() else { return };
    let run = trial.run_folder().path;
    let run = run.to_str().unwrap();
    for (form, part) in [
        ("text", "gate: pass"),
        ("markdown", "| pass | java | twin | seconds-per-task |"),
        ("junit", "<testsuites"),
        ("json", "\"verdict\": \"pass\""),
        ("bencher", "\"trial/java/twin\""),
        ("github-action-benchmark", "\"unit\": \"s/task\""),
    ] {
        let said = harness(Path::new("."), &["gate", run, "--write", &format!("{form}=-")]);
        assert_eq!((said.code, said.out.contains(part)), (0, true), "{form}\n{}{}", said.out, said.err);
    }
    for (given, part) in
        [("pdf=a", "unknown form `pdf`"), ("junit", "names no file"), ("junit=", "names no file")]
    {
        let said = harness(Path::new("."), &["gate", run, "--write", given]);
        assert_eq!((said.code, said.err.contains(part)), (2, true), "{given}\n{}", said.err);
    }
    let said = harness(Path::new("."), &["gate", run, "--write", "junit=/no/such/folder/a.xml"]);
    assert_eq!(said.code, 3, "{}", said.err);
}

#[test]
fn what_is_no_whole_run_is_not_measurable() {
    let file =
        |name: &'static str, text: &'static str| move |run: &Path| fs::write(run.join(name), text).unwrap();
    type Change = Box<dyn FnOnce(&Path)>;
    let changes: Vec<(&str, Change)> = vec![
        ("no manifest", Box::new(|run| fs::remove_file(run.join("manifest.json")).unwrap())),
        ("empty manifest", Box::new(file("manifest.json", ""))),
        (
            "manifest of a newer version",
            Box::new(|run| edit(run, "manifest.json", |m| m["schema"] = json!(99))),
        ),
        ("not complete", Box::new(|run| edit(run, "manifest.json", |m| m["complete"] = json!(false)))),
        ("no summary", Box::new(|run| fs::remove_file(run.join("summary.json")).unwrap())),
        ("empty summary", Box::new(file("summary.json", ""))),
        ("another summary", Box::new(file("summary.json", "{}"))),
        ("listed, and no summary", Box::new(|run| edit(run, "summary.json", |s| *s = json!({"schema": 2})))),
        (
            "a summary of a newer version",
            Box::new(|run| edit(run, "summary.json", |s| s["schema"] = json!(99))),
        ),
        ("no rows", Box::new(|run| edit(run, "summary.json", |s| s["rows"] = json!([])))),
        (
            "a ratio that is no number",
            Box::new(|run| {
                edit(run, "summary.json", |s| {
                    s["rows"][1]["ratios"]["seconds-per-task"]["value"] = json!("NaN")
                });
            }),
        ),
        (
            "a negative error",
            Box::new(|run| {
                edit(run, "summary.json", |s| {
                    s["rows"][1]["ratios"]["seconds-per-task"]["error"] = json!(-1.0)
                });
            }),
        ),
    ];
    for (what, change) in changes {
        let Some((_folder, run)) = copy(change) else { return };
        let said = harness(Path::new("."), &["gate", run.to_str().unwrap()]);
        assert!([3, 4].contains(&said.code), "{what}: {} {}{}", said.code, said.out, said.err);
        assert!(!said.out.contains("gate: pass") && !said.err.contains("panicked"), "{what}: {}", said.out);
    }
    let said = harness(Path::new("."), &["gate", "/no/such/run"]);
    assert_eq!(said.code, 3, "{}", said.err);
}

#[test]
fn a_summary_of_an_earlier_version_is_computed_again() {
    let Some((_folder, run)) = copy(|run| edit(run, "summary.json", |summary| summary["schema"] = json!(1)))
    else {
        return;
    };
    let said = harness(Path::new("."), &["gate", run.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn gates_that_fit_no_quantity_are_refused_with_the_suite() {
    for (gate, part) in [
        ("metric = \"beauty\"\nmax = 1", "unknown quantity `beauty`"),
        ("metric = \"seconds-per-task\"", "no limit"),
        ("metric = \"seconds-per-task\"\nmax-increase = \"3\"", "neither a percentage"),
        ("metric = \"seconds-per-task\"\nmax-increase = \"3 points\"", "points are for scores"),
        ("metric = \"seconds-per-task\"\nmin-decrease = \"100%\"", "100 % lower"),
        ("metric = \"seconds-per-task\"\nmax = 1\ntasks = [\"python\"]", "unknown task `python`"),
        ("metric = \"seconds-per-task\"\nmax = 1\nvariants = [\"half\"]", "unknown variant `half`"),
        ("metric = \"seconds-per-task\"\nmost = 1", "unknown key `most`"),
    ] {
        let trial = Trial::with(&[("[profile.brief]\n", &format!("[[gate]]\n{gate}\n\n[profile.brief]\n"))]);
        let said = trial.run(&[]);
        assert_eq!((said.code, said.err.contains(part)), (2, true), "{gate}\n{}", said.err);
        trial.assert_nothing_written();
    }
}

#[test]
fn a_claim_is_certified_from_the_folder() {
    let Some((trial, _)) = gated() else { return };
    let run = trial.run_folder().path;
    let run = run.to_str().unwrap();
    for (arguments, code, part) in [
        (&["--quality", "2 points", "--saves", "99%"][..], 1, "twin on java: no"),
        (&["--quality", "2 points", "--saves", "100%"], 2, "no share below 100 %"),
        (&["--quality", "2", "--saves", "10%"], 2, "neither a percentage"),
        (&["--quality", "2 points", "--saves", "3 points"], 2, "no share below 100 %"),
        (&["--quality", "2 points", "--saves", "10%", "--variant", "half"], 2, "no variant `half`"),
        (&["--quality", "2 points", "--saves", "10%", "--task", "python"], 2, "no task `python`"),
        (&["--quality", "2 points", "--saves", "10%", "--metric", "beauty"], 3, "no `beauty`"),
        (&["--quality", "2 points", "--saves", "10%", "--variant", "full"], 3, "claim: "),
    ] {
        let said = harness(Path::new("."), &[&["certify", run], arguments].concat());
        assert_eq!(said.code, code, "{arguments:?}\n{}{}", said.out, said.err);
        assert!(said.out.contains(part) || said.err.contains(part), "{part}\n{}{}", said.out, said.err);
    }
}

#[test]
fn reports_of_no_gate_are_refused_before_anything_runs() {
    let trial = Trial::good();
    let said = trial.run(&["--write", "junit=gate.xml"]);
    assert_eq!((said.code, said.err.contains("the suite has no gate")), (2, true), "{}", said.err);
    trial.assert_nothing_written();
}
