//! What cannot be run is refused before anything is written: exit code, place, what to do.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use crate::programs::{HARNESS, present, program};
use crate::trial::{Said, Trial, harness};

/// That the message says this and ends with what to do, and that nothing was begun.
pub(crate) fn assert_refused(trial: &Trial, said: &Said, code: i32, words: &[&str], what: &str) {
    assert_eq!(said.code, code, "{what}: {}", said.err);
    for word in words {
        assert!(said.err.contains(word), "{what}: no `{word}` in\n{}", said.err);
    }
    assert!(said.err.contains("error: "), "{what}: {}", said.err);
    assert!(said.err.trim_end().lines().last().unwrap().starts_with("help: "), "{what}: {}", said.err);
    assert!(!said.err.contains("panicked"), "{what}: {}", said.err);
    trial.assert_nothing_written();
}

#[test]
fn a_suite_that_says_something_wrong_is_refused_with_its_line() {
    for (from, to, words) in [
        ("seed = 7", "sede = 7", &["unknown key `sede`", "s.toml:3:1", "did you mean `seed`?"][..]),
        ("blocks = 6", "blocks = \"six\"", &["wrong type for `blocks`", "s.toml:8:10", "a whole number"]),
        ("\"150ms\"", "\"-5s\"", &["`run.min-window` is negative", "s.toml:10:14"]),
        ("\"sim\"", "\"smi\"", &["unknown meter `smi`", "s.toml:4:11", "did you mean `sim`?"]),
        ("baseline = \"full\"", "baseline = \"ful\"", &["unknown variant `ful`", "s.toml:5:12"]),
        ("code-completion", "code-complete", &["unknown task kind `code-complete`", "`code-completion`"]),
        ("edit-similarity", "edit-distance", &["unknown scorer `edit-distance`", "`edit-similarity`"]),
        ("name = \"twin\"", "name = \"x-{t}\"", &["placeholder `{t}` has no sweep"]),
        ("\"twin\"", "\"x\"\nsweep = { t = [1] }", &["placeholder `{t}` of the sweep is not in"]),
        ("blocks = 6", "blocks = 2", &["2 blocks are too few", "s.toml:8:10"]),
        ("schema = 1", "schema = 2", &["does not read suites of that schema"]),
        ("schema = 1", "schema =", &["not TOML", "s.toml:1:"]),
    ] {
        let trial = Trial::with(&[(from, to)]);
        assert_refused(&trial, &trial.run(&[]), 2, words, to);
    }
}

#[test]
fn a_plan_of_millions_of_cells_is_refused() {
    let values: Vec<String> = (1..=20).map(|value| value.to_string()).collect();
    let variant = format!(
        "name = \"twin-{{t}}\"\nexit = {{ policy = \"fixed\", layer = \"{{t}}\" }}\nsweep = {{ t = [{}] }}",
        values.join(", ")
    );
    let trial = Trial::with(&[("name = \"twin\"", &variant), ("blocks = 6", "blocks = 65535")]);
    let words =
        ["21 variants on 1 tasks in 65535 blocks are 1376235 cells", "s.toml:8:10", "at most 1000000"];
    assert_refused(&trial, &trial.plan(), 2, &words, "cells");
}

#[test]
fn arguments_that_name_nothing_are_refused() {
    for (arguments, words) in [
        (&["--set", "run.blokcs=7"][..], &["unknown key `blokcs`", "in --set run.blokcs=7"][..]),
        (&["--set", "run.blocks"], &["`--set` without `=`"]),
        (&["--set", "variant.none.batch-size=2"], &["does not name a variant", "`full`, `twin`"]),
        (&["--profile", "breif"], &["unknown profile `breif`", "did you mean `brief`?"]),
    ] {
        let trial = Trial::good();
        assert_refused(&trial, &trial.run(arguments), 2, words, &format!("{arguments:?}"));
    }
    let trial = Trial::good();
    let said = harness(&["run", trial.path("t.toml").to_str().unwrap()]);
    assert_refused(&trial, &said, 2, &["cannot read suite", "no such file", "did you mean"], "missing suite");
}

#[test]
fn what_a_suite_needs_and_is_not_here_is_named_before_anything_is_loaded() {
    for (from, to, words) in [
        (
            "DATA",
            "absent.jsonl",
            &["data of task `java`", "absent.jsonl", "no such file", "`task.java.path`"][..],
        ),
        ("builtin = \"tiny-random\"", "path = \"absent\"", &["no such folder", "used by `full`, `twin`"]),
        ("threads = 1", "device = \"cuda:97\"", &["device `cuda:97`", "engine.device=cpu"]),
    ] {
        let trial = Trial::with(&[(from, to)]);
        assert_refused(&trial, &trial.run(&[]), 3, words, to);
    }
}

#[test]
fn data_that_cannot_be_read_as_documents_is_refused_with_its_line() {
    for (name, bytes, words) in [
        ("empty.jsonl", &b""[..], &["empty.jsonl` is empty"][..]),
        ("latin.txt", b"<s> a </s>\n<s> caf\xe9 </s>\n", &["line 2", "is not UTF-8", "iconv"]),
        ("cut.jsonl", b"{\"id\": \"a\", \"code\": [\"<s>\", ", &["line 1"]),
        ("table.csv", b"a,b\n", &["no known form of task set", "`.jsonl`"]),
    ] {
        let trial = Trial::with(&[("DATA", name)]);
        trial.write(name, bytes);
        assert_refused(&trial, &trial.run(&[]), 2, words, name);
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_refused() {
    let trial = Trial::good();
    trial.write("file", b"");
    let into = |folder| ["run", "s.toml", "--no-exclusive", "--out", folder];
    let said = program().args(into("file")).current_dir(trial.path("")).output().unwrap();
    let said = Said::from(&said);
    assert_refused(&trial, &said, 2, &["cannot create the run folder `file`", "`--out FOLDER`"], "a file");

    fs::create_dir(trial.path("locked")).unwrap();
    fs::set_permissions(trial.path("locked"), Permissions::from_mode(0o555)).unwrap();
    let root = fs::metadata(trial.path("s.toml")).unwrap().uid() == 0;
    let mut command = if root { Command::new("setpriv") } else { program() };
    if root {
        // Nothing is locked for root: the program must run as somebody else, who may look around here.
        if !present("setpriv") {
            return;
        }
        fs::set_permissions(trial.path(""), Permissions::from_mode(0o755)).unwrap();
        command.args(["--reuid=65534", "--clear-groups", HARNESS]);
    }
    let said = Said::from(&command.args(into("locked")).current_dir(trial.path("")).output().unwrap());
    if root && said.err.starts_with("setpriv: ") {
        eprintln!("skipped: {}", said.err.trim());
        return;
    }
    let words = ["cannot create the run folder `locked", "ermission denied", "`--out FOLDER`"];
    assert_refused(&trial, &said, 2, &words, "read-only");
    assert_eq!(fs::read_dir(trial.path("locked")).unwrap().count(), 0);
}
