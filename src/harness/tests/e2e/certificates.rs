//! Joint claims that a suite makes: answered when its run ends, and again from the folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::gates::{edit, harness};
use crate::programs::present;
use crate::trial::{Said, Trial};

/// No suite of two equal variants saves that much.
const CLAIM: &str = "[[certify]]\nmetric = \"energy-per-task\"\nsaves = \"99%\"\nquality = \"2 points\"\n";

fn with_claim(claim: &str) -> Vec<(&'static str, String)> {
    vec![("[profile.brief]\n", format!("{claim}\n[profile.brief]\n"))]
}

fn trial(claim: &str) -> Trial {
    let changes = with_claim(claim);
    let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
    Trial::with_echo_engine(&changes, "")
}

/// A run with a claim and no gate, made once for all tests; None without Python.
fn claimed() -> Option<&'static (Trial, Said)> {
    static CLAIMED: OnceLock<Option<(Trial, Said)>> = OnceLock::new();
    CLAIMED
        .get_or_init(|| {
            present("python3").then(|| {
                let trial = trial(CLAIM);
                let said = trial.run(&["--write", "junit=gate.xml", "--write", "json=gate.json"]);
                (trial, said)
            })
        })
        .as_ref()
}

/// A copy of the run in which the suite claims that a tenth is saved, and its summary is changed.
fn copy(change: impl FnOnce(&mut Json)) -> Option<(tempfile::TempDir, PathBuf)> {
    let (trial, _) = claimed()?;
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    for entry in fs::read_dir(trial.run_folder().path).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), run.join(entry.file_name())).unwrap();
        }
    }
    edit(&run, "manifest.json", |m| m["suite_resolved"]["certify"][0]["saves"] = json!("10%"));
    edit(&run, "summary.json", change);
    Some((folder, run))
}

/// The variant's energy over the baseline's, with the error of its logarithm; the score is the same, give or take a point.
fn costs(summary: &mut Json, ratio: f64, error: f64) {
    let row = &mut summary["rows"][1];
    for (key, value) in [("value", ratio), ("error", error), ("freedom", 9.0)] {
        row["ratios"]["energy-per-task"][key] = json!(value);
    }
    let score = row["primary_score"].as_str().unwrap().to_owned();
    for (key, value) in [("value", 0.0), ("error", 0.005), ("freedom", 99.0)] {
        row["score_differences"][&score][key] = json!(value);
    }
}

#[test]
fn a_suite_with_claims_alone_never_ends_without_having_answered_them() {
    let Some((trial, said)) = claimed() else { return };
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    let claim = "\nclaim: quality not worse by more than 2 points and energy-per-task at least 99 % lower\n";
    assert!(said.out.contains(claim), "{}", said.out);
    assert!(said.out.contains("\n  regression: twin on java: no ("), "{}", said.out);
    assert!(said.out.contains("\ngate: regression: 1 regression\n"), "{}", said.out);
    let page = fs::read_to_string(trial.path("gate.xml")).unwrap();
    assert!(page.contains("tests=\"1\"") && page.contains("failures=\"1\""), "{page}");
    let report: Json = serde_json::from_slice(&fs::read(trial.path("gate.json")).unwrap()).unwrap();
    assert_eq!((&report["verdict"], &report["judged"]), (&json!("regression"), &json!([])));
    assert_eq!(report["certificates"][0]["answer"], "no");
    let schema: Json =
        serde_json::from_str(&harness(Path::new("."), &["schema", "--of", "gate"]).out).unwrap();
    assert!(schema["properties"]["certificates"].is_object());
}

#[test]
fn every_answer_has_its_exit_code() {
    type Change = fn(&mut Json);
    let changes: [(&str, i32, &str, Change); 6] = [
        ("half", 0, "pass: twin on java: yes (", |summary| costs(summary, 0.5, 0.01)),
        ("half as much again", 1, "regression: twin on java: no (", |summary| costs(summary, 1.5, 0.01)),
        ("perhaps", 4, "inconclusive: twin on java: cannot tell: about", |summary| costs(summary, 0.85, 0.1)),
        ("too near", 4, "more would not tell: energy-per-task", |summary| costs(summary, 0.95, 0.1)),
        ("no energy", 3, "not-measurable: twin on java: not measurable: ", |summary| {
            summary["rows"][1]["ratios"].as_object_mut().unwrap().remove("energy-per-task");
        }),
        ("no rows", 3, "not-measurable: –: ", |summary| summary["rows"] = json!([])),
    ];
    for (what, code, part, change) in changes {
        let Some((_folder, run)) = copy(change) else { return };
        let run = run.to_str().unwrap();
        let said = harness(Path::new("."), &["gate", run]);
        assert_eq!(said.code, code, "{what}\n{}{}", said.out, said.err);
        assert!(said.out.contains(part) || what == "no rows", "{what}: {part}\n{}", said.out);
        for form in ["markdown", "junit", "json"] {
            let said = harness(Path::new("."), &["gate", run, "--write", &format!("{form}=-")]);
            assert_eq!(
                (said.code, said.out.contains("at least 10 % lower")),
                (code, true),
                "{form}\n{}",
                said.out
            );
        }
    }
}

#[test]
fn a_limit_on_the_command_line_stands_in_place_of_the_claims() {
    let Some((trial, _)) = claimed() else { return };
    let run = trial.run_folder().path;
    let said =
        harness(Path::new("."), &["gate", run.to_str().unwrap(), "--limit", "energy-per-task max 1000000"]);
    assert_eq!((said.code, said.out.contains("claim: ")), (0, false), "{}{}", said.out, said.err);
}

#[test]
fn a_claim_that_a_run_cannot_understand_is_not_measurable() {
    let Some((_folder, run)) = copy(|_| ()) else { return };
    edit(&run, "manifest.json", |m| m["suite_resolved"]["certify"][0]["quality"] = json!("much"));
    let said = harness(Path::new("."), &["gate", run.to_str().unwrap()]);
    assert_eq!((said.code, said.err.contains("help: ")), (3, true), "{}{}", said.out, said.err);
}

#[test]
fn claims_that_fit_nothing_are_refused_with_the_suite() {
    let good = "metric = \"energy-per-task\"\nsaves = \"10%\"\nquality = \"2 points\"";
    for (claim, part) in [
        (good.replace("energy-per-task", "beauty"), "unknown metric `beauty`"),
        (good.replace("energy-per-task", "quality"), "unknown metric `quality`"),
        (format!("{good}\nscore = \"beauty\""), "unknown score `beauty`"),
        (format!("{good}\ntasks = [\"python\"]"), "unknown task `python`"),
        (format!("{good}\nvariants = [\"half\"]"), "unknown variant `half`"),
        (format!("{good}\nmost = 1"), "unknown key `most`"),
        (good.replace("10%", "100%"), "no share below 100 %"),
        (good.replace("10%", "2 points"), "no share below 100 %"),
        (good.replace("2 points", "2"), "neither a percentage"),
        (good.replace("quality = \"2 points\"", ""), "missing key `quality`"),
        (good.replace("metric = \"energy-per-task\"\n", ""), "missing key `metric`"),
    ] {
        let changes = with_claim(&format!("[[certify]]\n{claim}\n"));
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
        let trial = Trial::with(&changes);
        let said = trial.run(&[]);
        assert_eq!((said.code, said.err.contains(part)), (2, true), "{claim}\n{}", said.err);
        assert!(said.err.contains("help: "), "{}", said.err);
        trial.assert_nothing_written();
    }
}
