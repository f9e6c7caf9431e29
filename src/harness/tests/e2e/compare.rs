//! Variants of one run and runs with one another, compared by the built program.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::gates::edit;
use crate::json_schema::fits;
use crate::programs::{present, program};
use crate::trial::{Said, Trial};

/// Turns the good suite into one with three variants and two scores.
const CHANGES: [(&str, &str); 3] = [
    ("blocks = 6", "blocks = 7"),
    ("scorers = [\"edit-similarity\"]", "scorers = [\"edit-similarity\", \"exact-match\"]"),
    ("[profile.brief]\n", "[[variant]]\nname = \"third\"\n\n[profile.brief]\n"),
];

fn harness(arguments: &[&str]) -> Said {
    Said::from(&program().args(arguments).output().unwrap())
}

fn compare(runs: &[&Path], arguments: &[&str]) -> Said {
    let runs: Vec<&str> = runs.iter().map(|run| run.to_str().unwrap()).collect();
    harness(&[&["compare"], &runs[..], arguments].concat())
}

fn report(runs: &[&Path], arguments: &[&str]) -> Json {
    let said = compare(runs, &[arguments, &["--write", "json=-"]].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// A run, made once for all tests; None without Python.
fn measured() -> Option<&'static Path> {
    static MEASURED: OnceLock<Option<(Trial, PathBuf)>> = OnceLock::new();
    let run = MEASURED.get_or_init(|| {
        present("python3").then(|| {
            let trial = Trial::with_echo_engine(&CHANGES, "");
            let said = trial.run(&[]);
            assert_eq!(said.code, 0, "{}{}", said.out, said.err);
            let run = trial.run_folder().path;
            (trial, run)
        })
    });
    run.as_ref().map(|(_, run)| run.as_path())
}

/// Other sessions, made from the run: each as if it had been measured at another time.
struct Sessions {
    folder: tempfile::TempDir,
    run: &'static Path,
}

impl Sessions {
    fn new() -> Option<Self> {
        Some(Self { folder: tempfile::tempdir().unwrap(), run: measured()? })
    }

    /// A session of this name; every amount of every variant is `factor` times the run's, and `twin`'s are `twin` times as
    /// much again, its ratios too.
    fn session(&self, name: &str, factor: f64, twin: f64) -> PathBuf {
        let run = self.copy(name);
        edit(&run, "summary.json", |summary| {
            for row in summary["rows"].as_array_mut().unwrap() {
                let own = if row["variant"] == "twin" { twin } else { 1.0 };
                for amount in row["amounts"].as_object_mut().unwrap().values_mut() {
                    for key in ["value", "lo", "hi"] {
                        scale(&mut amount[key], factor * own);
                    }
                }
                for ratio in row["ratios"].as_object_mut().unwrap().values_mut() {
                    scale(&mut ratio["value"], own);
                }
            }
        });
        edit(&run, "manifest.json", |manifest| manifest["created_utc"] = json!(format!("2026-01-01 {name}")));
        run
    }

    fn copy(&self, name: &str) -> PathBuf {
        let run = self.folder.path().join(name);
        fs::create_dir(&run).unwrap();
        for entry in fs::read_dir(self.run).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), run.join(entry.file_name())).unwrap();
            }
        }
        run
    }
}

fn scale(value: &mut Json, factor: f64) {
    if let Some(number) = value.as_f64() {
        *value = json!(number * factor);
    }
}

fn row<'r>(report: &'r Json, variant: &str, quantity: &str) -> &'r Json {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["variant"] == variant && row["quantity"] == quantity).unwrap()
}

fn number(value: &Json) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn close(found: &Json, expected: f64) {
    let found = number(found);
    assert!((found / expected - 1.0).abs() < 1e-9, "{found}, expected {expected}");
}

#[test]
fn variants_of_a_run_are_compared_with_its_baseline_or_another() {
    let Some(run) = measured() else { return };
    let own = report(&[run], &[]);
    assert_eq!((&own["baseline"], &own["rows"][0]["against"]), (&json!("full"), &json!("full")));
    assert_eq!(own["families"]["amounts"], 8, "four metrics of two variants");
    let other = report(&[run], &["--baseline", "twin"]);
    let there = &row(&own, "twin", "seconds-per-task")["found"];
    let back = &row(&other, "full", "seconds-per-task")["found"];
    close(&back["value"], 1.0 / number(&there["value"]));
    close(&back["lo"], 1.0 / number(&there["hi"]));
    assert_eq!((&back["counted"], &back["n_after"]), (&json!("blocks"), &json!(7)));
    let score = &row(&other, "third", "edit-similarity")["found"];
    assert_eq!((&score["value"], &score["counted"]), (&json!(0.0), &json!("clusters")));
    // The suite's baseline, named, is what is stored.
    assert_eq!(report(&[run], &["--baseline", "full"]), own);
    let chosen = report(&[run], &["--baseline", "twin", "--variant", "third", "--metric", "energy-per-task"]);
    let names: Vec<&Json> = chosen["rows"].as_array().unwrap().iter().map(|row| &row["quantity"]).collect();
    assert_eq!(names, ["energy-per-task"]);
    assert_eq!(
        row(&chosen, "third", "energy-per-task")["found"]["value"],
        row(&other, "third", "energy-per-task")["found"]["value"]
    );
}

#[test]
fn one_run_a_side_has_no_interval_but_what_is_known_within_them() {
    let Some(sessions) = Sessions::new() else { return };
    let (old, new) = (sessions.session("old", 1.0, 1.0), sessions.session("new", 1.2, 1.1));
    let said = compare(&[&old, &new], &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in [
        "before: old\nafter:  new\nunpaired, 1 and 1 sessions\n",
        "1 and 1 sessions are too few for an interval of 95 %: 4 before and 4 after would be enough",
        "without the spread between sessions",
        "against each run's `full`",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    let found = report(&[&old, &new], &[]);
    let full = row(&found, "full", "energy-per-task");
    close(&full["found"]["value"], 1.2);
    assert_eq!((&full["found"]["lo"], &full["found"]["p"]), (&Json::Null, &Json::Null));
    let within = &full["without_sessions"];
    assert!(number(&within["lo"]) <= 1.2 && number(&within["hi"]) >= 1.2, "{within}");
    assert_eq!(full["against_baselines"], Json::Null, "the baseline itself");
    // What the session did to both cancels: the twin alone became dearer.
    let twin = row(&found, "twin", "energy-per-task");
    close(&twin["found"]["value"], 1.2 * 1.1);
    close(&twin["against_baselines"]["value"], 1.1);
    assert_eq!(twin["baseline"], "full");
    // The same questions are paired by item.
    let score = &row(&found, "twin", "exact-match")["found"];
    assert_eq!((&score["value"], &score["counted"]), (&json!(0.0), &json!("clusters")));
    // Scores of other items are not.
    edit(&new, "manifest.json", |manifest| manifest["seed"] = json!(99));
    let found = report(&[&old, &new], &[]);
    let score = row(&found, "twin", "exact-match");
    assert_eq!((&score["found"]["counted"], &score["found"]["lo"]), (&json!("sessions"), &Json::Null));
    assert!(score["why"].as_str().unwrap().contains("do not ask the same items: other seed"), "{score}");
    // Nor is anything held against a baseline that is another.
    edit(&new, "manifest.json", |manifest| manifest["engines"][0]["sha256"] = json!("other"));
    let found = report(&[&old, &new], &[]);
    assert_eq!(row(&found, "twin", "energy-per-task")["against_baselines"], Json::Null);
    let notes = found["notes"].to_string();
    assert!(notes.contains("baselines have other engines") && notes.contains("engine differs:"), "{notes}");
}

#[test]
fn four_runs_a_side_have_an_interval_and_are_never_paired_block_by_block() {
    let Some(sessions) = Sessions::new() else { return };
    let made = |names: [&str; 4], factors: [f64; 4]| -> Vec<PathBuf> {
        names.into_iter().zip(factors).map(|(name, factor)| sessions.session(name, factor, 1.0)).collect()
    };
    let before = made(["a", "b", "c", "d"], [1.0, 1.01, 0.995, 1.02]);
    let after = made(["e", "f", "g", "h"], [1.1, 1.125, 1.085, 1.105]);
    let mut arguments: Vec<&str> =
        before.iter().flat_map(|run| ["--before", run.to_str().unwrap()]).collect();
    arguments.extend(["--metric", "energy-per-task", "--variant", "full"]);
    let after: Vec<&Path> = after.iter().map(PathBuf::as_path).collect();
    let report = report(&after, &arguments);
    let found = &row(&report, "full", "energy-per-task")["found"];
    close(&found["value"], (1.1_f64 / 1.0 * 1.105 / 1.01).sqrt());
    close(&found["lo"], 1.085 / 1.02);
    close(&found["hi"], 1.125 / 0.995);
    close(&found["p"], 2.0 / 70.0);
    assert_eq!(
        (&found["counted"], &found["n_before"], &found["n_after"]),
        (&json!("sessions"), &json!(4), &json!(4))
    );
    assert_eq!(found["verdict"], "higher");
}

#[test]
fn other_names_and_missing_variants_are_told() {
    let Some(sessions) = Sessions::new() else { return };
    let (old, new) = (sessions.session("old", 1.0, 1.0), sessions.session("new", 1.2, 1.1));
    let found = report(&[&old, &new], &["--variant", "third=twin", "--metric", "energy-per-task"]);
    assert_eq!(
        (&found["rows"][0]["against"], &found["rows"][0]["variant"]),
        (&json!("third"), &json!("twin"))
    );
    edit(&new, "summary.json", |summary| {
        for row in summary["rows"].as_array_mut().unwrap() {
            if row["variant"] == "third" {
                row["variant"] = json!("fourth");
            }
        }
    });
    let said = compare(&[&old, &new], &[]);
    assert!(said.out.contains("java: only before: `third`; only after: `fourth`"), "{}", said.out);
}

#[test]
fn what_must_not_be_compared_is_refused_unless_told_and_then_labelled() {
    let Some(sessions) = Sessions::new() else { return };
    let (old, new) = (sessions.session("old", 1.0, 1.0), sessions.session("new", 1.0, 1.0));
    edit(&new, "manifest.json", |manifest| {
        manifest["hardware"]["key"] = json!("0123456789");
        manifest["suite_sha256"] = json!("feed");
    });
    edit(&new, "summary.json", |summary| {
        for row in summary["rows"].as_array_mut().unwrap() {
            row["class"] = json!("counter");
        }
    });
    let mut allowed: Vec<&str> = Vec::new();
    for (what, word) in [("energy class", "class"), ("hardware", "hardware"), ("suite", "suite")] {
        let said = compare(&[&old, &new], &allowed);
        assert_eq!(said.code, 2, "{}", said.out);
        assert!(said.err.contains(&format!("of other {what}: ")), "{}", said.err);
        assert!(said.err.contains(&format!("`--allow {word}`")), "{}", said.err);
        allowed.extend(["--allow", word]);
    }
    for form in ["text", "markdown", "json", "svg"] {
        let written = format!("{form}=-");
        let said = compare(&[&old, &new], &[&allowed[..], &["--write", &written]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        for label in ["other energy class: ", "other hardware: ", "other suite: "] {
            assert!(said.out.contains(label), "{form} lacks {label}\n{}", said.out);
        }
    }
    // A run, and its copy, are one session.
    for twice in [&old, &sessions.copy("copy")] {
        let said = match twice == &old {
            true => compare(&[&old, twice], &[]),
            false => compare(&[sessions.run, twice], &[]),
        };
        assert_eq!((said.code, said.err.contains("are one session")), (2, true), "{}", said.err);
    }
}

#[test]
fn wrong_words_are_refused_with_help() {
    let Some(sessions) = Sessions::new() else { return };
    let (old, new) = (sessions.session("old", 1.0, 1.0), sessions.session("new", 1.0, 1.0));
    for (runs, arguments, part) in [
        (&[old.as_path()][..], &["--baseline", "twins"][..], "did you mean `twin`?"),
        (&[&old], &["--variant", "thrid"], "did you mean `third`?"),
        (&[&old], &["--variant", "third=twin"], "maps names between runs"),
        (&[&old], &["--variant", "full"], "nothing is left to compare"),
        (&[&old], &["--task", "jav"], "did you mean `java`?"),
        (&[&old], &["--metric", "energy"], "unknown metric `energy`"),
        (&[&old], &["--score", "exact"], "unknown score `exact`"),
        (&[&old], &["--allow", "suite"], "`--allow` is for several runs"),
        (&[&old], &["--write", "pdf=a"], "unknown form `pdf`"),
        (&[&old], &["--write", "svg"], "names no file"),
        (&[&old, &new], &["--baseline", "twin"], "`--baseline` is for the variants of one run"),
        (&[&old, &new], &["--allow", "hardwear"], "did you mean `hardware`?"),
        (&[&old, &new], &["--variant", "full=twins"], "unknown variant `twins`"),
        (&[&old, &new], &["--variant", "full="], "OLD=NEW"),
    ] {
        let said = compare(runs, arguments);
        assert_eq!(
            (said.code, said.err.contains(part)),
            (2, true),
            "{arguments:?}\n{}{}",
            said.out,
            said.err
        );
    }
    edit(&new, "summary.json", |summary| {
        for row in summary["rows"].as_array_mut().unwrap() {
            row["task"] = json!("rust");
        }
    });
    let said = compare(&[&old, &new], &[]);
    assert_eq!((said.code, said.err.contains("no task in common")), (2, true), "{}", said.err);
    assert_eq!(harness(&["compare"]).code, 2);
}

#[test]
fn what_is_no_whole_run_is_a_sentence_and_ends_with_three() {
    let Some(sessions) = Sessions::new() else { return };
    let old = sessions.session("old", 1.0, 1.0);
    type Change = Box<dyn Fn(&Path)>;
    let remove =
        |name: &'static str| -> Change { Box::new(move |run| fs::remove_file(run.join(name)).unwrap()) };
    let damage =
        |name: &'static str| -> Change { Box::new(move |run| fs::write(run.join(name), "PAR1 no").unwrap()) };
    let set = |file: &'static str, key: &'static str, value: Json| -> Change {
        Box::new(move |run| edit(run, file, |json| json[key] = value.clone()))
    };
    let changes: Vec<(&str, Change)> = vec![
        ("no manifest", remove("manifest.json")),
        ("damaged manifest", damage("manifest.json")),
        ("newer manifest", set("manifest.json", "schema", json!(99))),
        ("not complete", set("manifest.json", "complete", json!(false))),
        ("no summary", remove("summary.json")),
        ("damaged summary", damage("summary.json")),
        ("newer summary", set("summary.json", "schema", json!(99))),
        ("no windows", remove("windows.parquet")),
        ("damaged windows", damage("windows.parquet")),
        ("no items", remove("items.parquet")),
        ("damaged items", damage("items.parquet")),
    ];
    for (place, (what, change)) in changes.iter().enumerate() {
        let new = sessions.session(&format!("new-{place}"), 1.0, 1.0);
        change(&new);
        for said in [compare(&[&old, &new], &[]), compare(&[&new], &["--baseline", "twin"])] {
            assert_eq!(said.code, 3, "{what}: {}{}", said.out, said.err);
            assert!(said.err.contains("\nhelp: ") && !said.err.contains("panicked"), "{what}: {}", said.err);
        }
    }
    assert_eq!(compare(&[Path::new("/no/such/run")], &[]).code, 3);
    // Samples are never read.
    let new = sessions.session("without-samples", 1.0, 1.0);
    fs::remove_file(new.join("samples.parquet")).unwrap();
    assert_eq!(compare(&[&old, &new], &[]).code, 0);
}

#[test]
fn numbers_that_allow_no_ratio_are_missing_with_their_reason() {
    let Some(sessions) = Sessions::new() else { return };
    let old = sessions.session("old", 1.0, 1.0);
    for (value, why) in [(json!(0.0), "not above zero"), (json!(-2.0), "not above zero")] {
        let new = sessions.session(&format!("new{value}"), 1.0, 1.0);
        edit(&new, "summary.json", |summary| {
            for row in summary["rows"].as_array_mut().unwrap() {
                row["amounts"]["energy-per-task"]["value"] = value.clone();
            }
        });
        let found = report(&[&old, &new], &["--metric", "energy-per-task"]);
        let row = row(&found, "full", "energy-per-task");
        assert_eq!((&row["found"], &row["after"]), (&Json::Null, &Json::Null));
        assert!(row["why"].as_str().unwrap().contains(why), "{row}");
    }
    let new = sessions.session("empty", 1.0, 1.0);
    edit(&new, "summary.json", |summary| summary["rows"] = json!([]));
    let said = compare(&[&old, &new], &[]);
    assert_eq!((said.code, said.err.contains("nothing after")), (2, true), "{}", said.err);
}

#[test]
fn the_json_form_is_as_its_schema_says_and_pictures_are_pictures() {
    let Some(sessions) = Sessions::new() else { return };
    let (old, new) = (sessions.session("old", 1.0, 1.0), sessions.session("new", 1.2, 1.1));
    let schema: Json = serde_json::from_str(&harness(&["schema", "--of", "compare"]).out).unwrap();
    for found in [report(&[&old], &[]), report(&[&old, &new], &[])] {
        fits(&found, &schema, &schema, "report");
    }
    for (form, beginning) in [("svg", &b"<svg"[..]), ("png", b"\x89PNG\r\n"), ("markdown", b"### ")] {
        let file = sessions.folder.path().join(form);
        let written = format!("{form}={}", file.display());
        let said = compare(&[&old, &new], &["--write", &written]);
        assert_eq!((said.code, said.out.is_empty()), (0, false), "{}", said.err);
        assert!(fs::read(file).unwrap().starts_with(beginning), "{form}");
    }
    let said = compare(&[&old, &new], &["--write", "svg=/no/such/folder/a.svg"]);
    assert_eq!(said.code, 3, "{}", said.err);
}
