//! Run folders that were damaged or that a killed run has left: every command that reads one says so, by its words and
//! its exit code, and computes nothing from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::gates::edit;
use crate::programs::{present, program};
use crate::trial::{Said, Trial};

/// A run with a gate and a target, short and without rest.
const CHANGES: [(&str, &str); 3] = [
    ("min-window = \"150ms\"", "min-window = \"60ms\""),
    ("idle = \"50ms\"", "idle = \"20ms\""),
    (
        "[profile.brief]\n",
        "[[gate]]\nmetric = \"energy-per-task\"\nmax-increase = \"400%\"\n\n[[target]]\nname = \"twins\"\nkind = \"ratio\"\nmetric = \"energy-per-task\"\nvariant = \"twin\"\nvalue = 0\nunit = \"%\"\ntolerance = \"90%\"\nclass = \"simulated\"\nsource = \"Table 1\"\n\n[profile.brief]\n",
    ),
];

/// Cells of that run.
const CELLS: usize = 12;

/// A finished run, made once for all tests; None without Python.
pub(crate) fn finished() -> Option<&'static Path> {
    static FINISHED: OnceLock<Option<(Trial, PathBuf)>> = OnceLock::new();
    let run = FINISHED.get_or_init(|| {
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

/// Copies a run folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn said(words: &[&str], run: &Path, more: &[&str]) -> Said {
    let mut command = program();
    command.args(words).arg(run).args(more).current_dir(run.parent().unwrap());
    Said::from(&command.output().unwrap())
}

/// Commands that read a run folder, and the files that each computes from.
const COMMANDS: &[(&[&str], &[&str], &[&str])] = &[
    (&["show"], &[], &["cells.parquet", "windows.parquet", "items.parquet"]),
    (&["show"], &["--json"], &["cells.parquet", "windows.parquet", "items.parquet"]),
    (&["remeasure"], &[], &["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet"]),
    (&["rescore"], &[], &["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet"]),
    (&["price"], &["--prompt", "9", "--tokens", "9"], &["cells.parquet", "windows.parquet", "items.parquet"]),
    (&["compare"], &[], &["summary.json"]),
    (&["compare"], &["--baseline", "twin"], &["summary.json", "cells.parquet", "windows.parquet"]),
    (&["gate"], &[], &["summary.json"]),
    (&["targets"], &[], &["summary.json"]),
    (&["certify"], &["--quality", "2 points", "--saves", "10%"], &["summary.json"]),
    (&["baseline", "add", "kept"], &[], &["summary.json"]),
    (
        &["bundle"],
        &[],
        &["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet", "summary.json"],
    ),
];

fn flip(run: &Path, file: &str) {
    let mut bytes = fs::read(run.join(file)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(run.join(file), bytes).unwrap();
}

#[test]
fn one_flipped_bit_is_found_by_every_command_that_reads_the_file() {
    let Some(whole) = finished() else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in ["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet", "summary.json"] {
        let run = folder.path().join(file).join("run");
        copy(whole, &run);
        flip(&run, file);
        let damage = format!("run/{file}` ");
        for (words, more, reads) in COMMANDS.iter().filter(|(_, _, reads)| reads.contains(&file)) {
            let said = said(words, &run, more);
            assert_eq!(said.code, 3, "{words:?} {file}: {}{}", said.out, said.err);
            assert!(said.err.contains(&damage) && said.err.contains("\nhelp: "), "{reads:?} {}", said.err);
            let hashed = said.err.contains("is damaged: its SHA-256 differs from manifest.json");
            assert!(hashed || words == &["bundle"], "{words:?} {file}: {}", said.err);
            assert_eq!(said.out, "", "{words:?} {file}");
        }
        let verified = said(&["verify"], &run, &[]);
        assert!([1, 3].contains(&verified.code), "{file}: {}{}", verified.out, verified.err);
        assert_eq!(
            fs::read_dir(run.parent().unwrap()).unwrap().count(),
            1,
            "{file}: something was made of damaged tables"
        );
        let listed = said(&["runs"], run.parent().unwrap(), &[]);
        assert_eq!(listed.out.contains("unreadable: "), file == "cells.parquet", "{}", listed.out);
    }
}

#[test]
fn a_table_that_the_manifest_does_not_list_or_that_is_no_file_is_refused() {
    let Some(whole) = finished() else { return };
    let folder = tempfile::tempdir().unwrap();
    let changed = |name: &str, change: &dyn Fn(&Path)| {
        let run = folder.path().join(name);
        copy(whole, &run);
        change(&run);
        run
    };
    let unlisted = changed("unlisted", &|run| {
        edit(run, "manifest.json", |manifest| {
            manifest["files"].as_array_mut().unwrap().retain(|file| file["name"] != "windows.parquet");
        });
    });
    let gone = changed("gone", &|run| fs::remove_file(run.join("windows.parquet")).unwrap());
    let device = changed("device", &|run| {
        fs::remove_file(run.join("windows.parquet")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", run.join("windows.parquet")).unwrap();
    });
    let no_files =
        changed("no-files", &|run| edit(run, "manifest.json", |manifest| manifest["files"] = json!([])));
    let pipe = changed("pipe", &|run| {
        fs::remove_file(run.join("manifest.json")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(run.join("manifest.json")).status().unwrap();
        assert!(made.success());
    });
    for (run, words) in [
        (unlisted, "is not among the files that manifest.json lists"),
        (gone, "cannot read `"),
        (device, "expected a regular file"),
        (no_files, "`files` is empty, expected every file of a run that is complete"),
        (pipe, "expected a regular file"),
    ] {
        for command in ["show", "remeasure", "rescore"] {
            let said = said(&[command], &run, &[]);
            assert_eq!(said.code, 3, "{command} {words}: {}{}", said.out, said.err);
            assert!(said.err.contains(words) && said.err.contains("\nhelp: "), "{command}: {}", said.err);
        }
    }
}

#[test]
fn a_killed_run_is_named_as_such_with_its_cells_by_every_command() {
    let Some(whole) = finished() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir_all(run.join("parts/000001")).unwrap();
    // As a kill after the first cell leaves it: a part, and a manifest without hashes.
    let mut manifest: Json = serde_json::from_slice(&fs::read(whole.join("manifest.json")).unwrap()).unwrap();
    (manifest["files"], manifest["complete"]) = (json!([]), json!(false));
    fs::write(run.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
    first_cell(whole, &run.join("parts/000001"));
    let words = format!("the run was killed after 1 of {CELLS} cells");
    for (command, more, _) in COMMANDS.iter().filter(|(words, ..)| !matches!(words, ["show" | "price"])) {
        let said = said(command, &run, more);
        assert_eq!(said.code, 3, "{command:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(&words), "{command:?}: {}", said.err);
        assert!(said.err.contains("\nhelp: go on with `harness run --resume "), "{command:?}: {}", said.err);
    }
    let unchecked = "its files have no hashes yet, so nothing tells whether they are whole";
    for more in [&[][..], &["--json"]] {
        let shown = said(&["show"], &run, more);
        assert!(shown.code == 0 && shown.out.contains(&words), "{more:?} {}{}", shown.out, shown.err);
        assert!(shown.out.contains(unchecked) && !shown.out.contains("was planned"), "{}", shown.out);
    }
    let priced = said(&["price"], &run, &["--prompt", "9", "--tokens", "9"]);
    assert!(priced.err.contains(&words) && priced.err.contains(unchecked), "{}", priced.err);
    let verified = said(&["verify"], &run, &[]);
    let line = format!("not checked  complete    {words}");
    assert!(verified.out.contains(&line), "{}{}", verified.out, verified.err);
    let listed = said(&["runs"], folder.path(), &[]);
    assert!(listed.out.contains(&format!("1 of {CELLS}")), "{}", listed.out);
}

/// The rows of a run's first cell, as its part had them.
fn first_cell(run: &Path, part: &Path) {
    use harness::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
    use harness::table::{read, write};
    let (cells, windows): (Vec<CellRecord>, Vec<WindowRecord>) =
        (read(&run.join("cells.parquet")).unwrap(), read(&run.join("windows.parquet")).unwrap());
    let items: Vec<ItemRecord> = read(&run.join("items.parquet")).unwrap();
    let samples: Vec<SampleRecord> = read(&run.join("samples.parquet")).unwrap();
    let first = cells.iter().map(|cell| cell.cell).min();
    let own = |cell: u32| Some(cell) == first;
    let cells: Vec<CellRecord> = cells.into_iter().filter(|cell| own(cell.cell)).collect();
    let windows: Vec<WindowRecord> =
        windows.into_iter().filter(|window| window.cell.is_some_and(own)).collect();
    let items: Vec<ItemRecord> = items.into_iter().filter(|item| own(item.cell)).collect();
    write(&part.join("cells.parquet"), &cells).unwrap();
    write(&part.join("windows.parquet"), &windows).unwrap();
    write(&part.join("items.parquet"), &items).unwrap();
    write(&part.join("samples.parquet"), &samples).unwrap();
}

#[test]
fn a_stopped_run_is_named_as_such_wherever_its_numbers_are_told() {
    let Some(whole) = finished() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    copy(whole, &run);
    edit(&run, "manifest.json", |manifest| manifest["complete"] = json!(false));
    let words = format!("the run was stopped after {CELLS} of {CELLS} cells");
    for (command, more) in [
        ("show", &[][..]),
        ("remeasure", &[]),
        ("rescore", &[]),
        ("price", &["--prompt", "9", "--tokens", "9"]),
    ] {
        let said = said(&[command], &run, more);
        assert!(
            said.out.contains(&words) || said.err.contains(&words),
            "{command}: {}{}",
            said.out,
            said.err
        );
    }
    for (command, more) in [("gate", &[][..]), ("compare", &[]), ("targets", &[])] {
        let said = said(&[command], &run, more);
        assert!(said.code == 3 && said.err.contains(&words), "{command}: {}{}", said.out, said.err);
    }
}

#[test]
fn words_of_a_manifest_that_nobody_knows_are_refused_with_file_and_key() {
    let Some(whole) = finished() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (place, (pointer, value, commands, key)) in [
        (
            "/summary_input/tasks/0/scorers/0",
            json!("edit-distance"),
            &["show"][..],
            "`summary_input.tasks[0].primary_score`",
        ),
        (
            "/summary_input/tasks/0",
            json!({"name": "java", "primary_score": "news", "scorers": ["news"]}),
            &["show", "remeasure", "rescore", "verify", "price"],
            "`summary_input.tasks` of the run's manifest.json names the scorer `news`",
        ),
        ("/summary_input/metric", json!("joy"), &["show", "gate", "compare"], "`summary_input.metric`"),
        (
            "/domain_details/0/class",
            json!("guess"),
            &["show", "gate", "remeasure"],
            "`domain_details[0].class`",
        ),
        ("/suite_resolved/gate/0/metric", json!("joy"), &["gate"], "`suite_resolved.gate`"),
        ("/suite_resolved/gate/0", json!({"metric": "energy-per-task"}), &["gate"], "`suite_resolved.gate`"),
        ("/suite_resolved/gate", json!("none"), &["gate", "remeasure"], "`suite_resolved.gate`"),
        ("/suite_resolved/target/0/kind", json!("guess"), &["targets"], "`suite_resolved.target`"),
        (
            "/suite_resolved/target/0/hi",
            json!("much"),
            &["targets", "rescore"],
            "`suite_resolved.target[0].hi`",
        ),
        ("/suite_resolved/task/0/kind", json!("guess"), &["baseline"], "`suite_resolved`"),
        ("/summary_input/alpha", json!(-1e308), &["show", "gate", "remeasure"], "`summary_input.alpha`"),
        ("/summary_input/practical", json!(4e9), &["show", "compare"], "`summary_input.practical`"),
    ]
    .into_iter()
    .enumerate()
    {
        let run = folder.path().join(place.to_string()).join("run");
        copy(whole, &run);
        edit(&run, "manifest.json", |manifest| {
            if manifest.pointer(pointer).is_some() {
                *manifest.pointer_mut(pointer).unwrap() = value;
            } else {
                let (parent, last) = pointer.rsplit_once('/').unwrap();
                manifest.pointer_mut(parent).unwrap()[last] = value;
            }
            manifest["qualification"] = json!({"qualified": true, "why": []});
        });
        for command in commands {
            let words = if *command == "baseline" { vec!["baseline", "add", "kept"] } else { vec![*command] };
            let more: &[&str] = if *command == "price" { &["--prompt", "9", "--tokens", "9"] } else { &[] };
            let said = said(&words, &run, more);
            assert_eq!(said.code, 3, "{pointer} {command}: {}{}", said.out, said.err);
            assert!(said.err.contains("manifest.json"), "{pointer} {command}: {}", said.err);
            assert!(said.err.contains(key) && said.err.contains("\nhelp: "), "{command} {key}: {}", said.err);
        }
        assert_eq!(fs::read_dir(run.parent().unwrap()).unwrap().count(), 1, "{pointer}: something was made");
    }
}
