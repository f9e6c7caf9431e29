//! What papers say, held against a run: when it ends, from its folder, and from a file of targets.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::gates::{edit, harness};
use crate::json_schema::fits;
use crate::programs::{present, root};
use crate::trial::{Said, Trial};

const TARGETS: &str = r#"[[target]]
name = "twins-cost-the-same"
kind = "ratio"
metric = "energy-per-task"
variant = "twin"
value = 0
unit = "%"
tolerance = "90%"
class = "simulated"
source = "Table 1"

[[target]]
name = "twins-save"
kind = "ratio"
metric = "energy-per-task"
variant = "twin"
hi = 0.01
class = "simulated"
source = "Table 1"

[[target]]
name = "joules"
kind = "value"
metric = "energy-per-task"
values = { full = 5.0, twin = 5.0 }
tolerance = "5%"
source = "Table 2"

[[target]]
name = "twin-is-better"
kind = "ordering"
metric = "quality"
order = ["full", "twin"]
source = "Figure 3"

"#;

/// A run of a suite with targets, made once for all tests; None without Python.
fn judged() -> Option<&'static (Trial, Said)> {
    static JUDGED: OnceLock<Option<(Trial, Said)>> = OnceLock::new();
    JUDGED
        .get_or_init(|| {
            present("python3").then(|| {
                let targets = format!("{TARGETS}[profile.brief]\n");
                let trial = Trial::with_echo_engine(&[("[profile.brief]\n", &targets)], "");
                let said = trial.run(&[]);
                (trial, said)
            })
        })
        .as_ref()
}

#[test]
fn a_run_ends_with_its_verdicts_and_they_can_be_asked_again() {
    let Some((trial, said)) = judged() else { return };
    assert_eq!(said.code, 0, "{}", said.err);
    let run = trial.run_folder().path;
    let again = harness(&run, &["targets", "."]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(said.out.contains(&again.out), "{}\n\n{}", said.out, again.out);
    for words in [
        "agrees            twins-cost-the-same · twin",
        "differs           twins-save · twin",
        "joules · full on java, joules · twin on java: the joules are simulated.",
        "cannot be judged  twin-is-better",
        "targets: 1 agrees, 1 differs, 3 cannot be judged\n",
    ] {
        assert!(again.out.contains(words), "{words}\n{}", again.out);
    }
    let page = fs::read_to_string(run.join("summary.md")).unwrap();
    assert!(page.contains("\n## Targets\n") && page.contains("- joules: Table 2."), "{page}");
}

#[test]
fn verdicts_are_written_as_the_schema_says() {
    let Some((trial, _)) = judged() else { return };
    let run = trial.run_folder().path;
    let json = trial.path("targets.json");
    let to = format!("json={}", json.display());
    let markdown = harness(&run, &["targets", ".", "--write", &to, "--write", "markdown=-"]);
    assert!(markdown.out.starts_with("# Targets of `trial`"), "{}", markdown.out);
    let report: Json = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let schema: Json = serde_json::from_str(&harness(&run, &["schema", "--of", "targets"]).out).unwrap();
    fits(&report, &schema, &schema, "report");
    assert_eq!(report["found"].as_array().unwrap().len(), 5);
}

#[test]
fn targets_of_a_file_are_judged_in_place_of_the_suites_and_wrong_ones_named() {
    let Some((trial, _)) = judged() else { return };
    let run = trial.run_folder().path;
    let ask = |text: &str| {
        trial.write("own.toml", text.as_bytes());
        let file = trial.path("own.toml");
        harness(&run, &["targets", ".", "--targets", file.to_str().unwrap()])
    };
    let own = format!("schema = 1\n{}", TARGETS.split("\n\n").next().unwrap());
    assert!(ask(&own).out.contains("targets: 1 agrees"));
    for (from, to, why) in [
        ("\"twin\"", "\"twni\"", "unknown variant `twni`"),
        ("energy-per-task", "joules", "unknown metric `joules`"),
        ("\"%\"", "\"J\"", "unknown unit `J`"),
        ("schema = 1", "schema = 9", "is of schema 9"),
        ("90%", "much", "`much` is no tolerance"),
        ("metric = \"energy-per-task\"", "formula = \"1 +\"", "is no formula"),
    ] {
        let said = ask(&own.replacen(from, to, 1));
        assert!(
            said.code == 2 && said.err.contains(why) && said.err.contains("help: "),
            "{why}: {}",
            said.err
        );
    }
    let formula = own.replacen("metric = \"energy-per-task\"", "formula = \"1 / 0\"", 1).replacen(
        "\"ratio\"",
        "\"value\"",
        1,
    );
    let zero = ask(&formula);
    assert!(zero.code == 0 && zero.out.contains("division by zero"), "{}{}", zero.out, zero.err);
}

#[test]
fn what_is_no_run_and_what_is_no_paper_ends_in_a_sentence() {
    let Some((trial, _)) = judged() else { return };
    let run = trial.run_folder().path;
    let folder = trial.path("register");
    let said = harness(&run, &["targets", ".", "--register", folder.to_str().unwrap()]);
    assert!(
        said.code == 2 && said.err.contains("no paper is reproduced by the suite `trial`"),
        "{}",
        said.err
    );
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&run).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    edit(copy.path(), "manifest.json", |manifest| manifest["suite_resolved"]["target"] = Json::Null);
    let none = harness(copy.path(), &["targets", "."]);
    assert!(none.code == 3 && none.err.contains("help: "), "{}", none.err);
    fs::write(copy.path().join("summary.json"), "{").unwrap();
    let damaged = harness(copy.path(), &["targets", "."]);
    assert!(
        damaged.code == 3
            && damaged.err.contains("summary.json` is damaged: its SHA-256 differs from manifest.json"),
        "{}",
        damaged.err
    );
    assert_eq!(harness(&run, &["targets", "/nowhere"]).code, 3);
    let unknown = harness(root(), &["reproduce", "greencode"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `green-code`?"), "{}", unknown.err);
    let list = harness(root(), &["reproduce"]);
    assert!(list.code == 0 && list.out.contains("energy-aware-llms"), "{}", list.out);
}
