//! A run that ends in the middle, wherever that is, goes on to the tables that it would have had.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use harness::record::{CellRecord, Phase, Status};

use crate::programs::{HARNESS, present, program};
use crate::run_folder::RunFolder;
use crate::trial::{Said, Trial};

/// Short enough for dozens of runs, long enough for a window of a meter that is updated every millisecond.
const SHORT: &[(&str, &str)] =
    &[("min-window = \"150ms\"", "min-window = \"80ms\""), ("idle = \"50ms\"", "idle = \"20ms\"")];

/// Two blocks' worth of idle, twelve cells, and the idle at the end.
const STEPS: usize = 14;

/// A run that nobody disturbed, with the parts that its steps left on the way.
struct Whole {
    trial: Trial,
    run: RunFolder,
    parts: PathBuf,
    manifest: Vec<u8>,
}

/// Made once for all tests; None without Python.
fn whole() -> Option<&'static Whole> {
    static WHOLE: OnceLock<Option<Whole>> = OnceLock::new();
    WHOLE.get_or_init(|| present("python3").then(record)).as_ref()
}

/// Copies each part while the run goes on: at its end they are joined and gone.
fn record() -> Whole {
    let trial = Trial::with_echo_engine(SHORT, "");
    let kept = trial.path("kept");
    fs::create_dir_all(&kept).unwrap();
    let mut child = trial.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut manifest = Vec::new();
    while child.try_wait().unwrap().is_none() {
        for folder in fs::read_dir(trial.path("runs")).into_iter().flatten().flatten() {
            for part in fs::read_dir(folder.path().join("parts")).into_iter().flatten().flatten() {
                let to = kept.join(part.file_name());
                if !part.file_name().to_string_lossy().starts_with('.') && !to.exists() {
                    // A part that is removed now was copied before.
                    let _ = copy(&part.path(), &to);
                }
            }
            let now = fs::read(folder.path().join("manifest.json")).unwrap_or_default();
            if String::from_utf8_lossy(&now).contains("\"files\": []") {
                manifest = now;
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    let run = trial.run_folder();
    assert_eq!(fs::read_dir(&kept).unwrap().count(), STEPS, "a step left no part, or none was seen");
    Whole { run, parts: kept, manifest, trial }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// A run folder as a kill after so many steps leaves it.
fn killed_after(whole: &Whole, steps: usize, name: &str) -> PathBuf {
    let folder = whole.trial.path("runs").join(name);
    fs::create_dir_all(folder.join("parts")).unwrap();
    fs::write(folder.join("manifest.json"), &whole.manifest).unwrap();
    for step in 0..steps {
        let part = format!("{step:06}");
        copy(&whole.parts.join(&part), &folder.join("parts").join(&part)).unwrap();
    }
    folder
}

fn resume(trial: &Trial, folder: &Path) -> Said {
    let mut command = program();
    command.args(["run", "--no-exclusive", "--resume"]).arg(folder).current_dir(trial.path(""));
    Said::from(&command.output().unwrap())
}

/// Everything in the tables but times and what follows from them.
fn timeless(run: &RunFolder) -> Vec<String> {
    let cell = |cell: &CellRecord| {
        format!(
            "{} {} {} {} {} {:?} {}",
            cell.cell, cell.block, cell.position, cell.task, cell.variant, cell.status, cell.items
        )
    };
    let mut rows: Vec<String> = run.cells.iter().map(cell).collect();
    rows.extend(run.windows.iter().filter(|window| window.phase != Phase::Disturbed).map(|window| {
        format!(
            "{:?} {:?} {} {} {:?} {:?}",
            window.cell,
            window.phase,
            window.domain,
            window.class,
            window.formula,
            window.idle_w.is_some()
        )
    }));
    rows.extend(run.items.iter().map(|item| {
        format!(
            "{} {} {} {:?} {:?} {:?}",
            item.cell, item.item, item.completion, item.score, item.stats, item.finish
        )
    }));
    rows
}

/// Resumes a folder and checks that nothing tells that the run was killed, but for its sessions.
fn assert_resumes(whole: &Whole, folder: &Path) {
    let name = folder.display();
    let said = resume(&whole.trial, folder);
    assert_eq!(said.code, 0, "{name}: {}{}", said.out, said.err);
    let run = RunFolder::read(folder);
    assert_eq!(timeless(&run), timeless(&whole.run), "{name}");
    assert_eq!(run.manifest["complete"], true, "{name}");
    assert!(!folder.join("parts").exists(), "{name}");
    let mut times: Vec<i64> = run.cells.iter().map(|cell| cell.t_start_ns).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), run.cells.len(), "a cell ran twice");
    let again = resume(&whole.trial, folder);
    assert!(again.code == 0 && again.err.contains("nothing is left to run"), "{}", again.err);
}

#[test]
fn a_kill_between_any_two_steps_or_inside_any_part_costs_at_most_that_step() {
    let Some(whole) = whole() else { return };
    for steps in 0..=STEPS {
        let folder = killed_after(whole, steps, &format!("torn-{steps}"));
        // The part that was being written, and a file beside it.
        let torn = folder.join("parts/.new-torn");
        fs::create_dir_all(&torn).unwrap();
        fs::write(torn.join("samples.parquet"), b"PAR1 and no more").unwrap();
        fs::write(folder.join(".new-file"), b"{").unwrap();
        assert_resumes(whole, &folder);
        if steps % 3 == 0 {
            assert_resumes(whole, &killed_after(whole, steps, &format!("clean-{steps}")));
        }
    }
}

#[test]
fn a_kill_while_the_folder_is_finished_costs_nothing() {
    let Some(whole) = whole() else { return };
    let files = [
        "cells.parquet",
        "windows.parquet",
        "items.parquet",
        "samples.parquet",
        "summary.json",
        "summary.md",
        "report/pareto-java.svg",
    ];
    for written in 0..=files.len() {
        let folder = killed_after(whole, STEPS, &format!("finishing-{written}"));
        fs::create_dir_all(folder.join("report")).unwrap();
        for (index, file) in files.iter().enumerate().take(written) {
            fs::copy(whole.run.path.join(file), folder.join(file)).unwrap();
            // The last one was cut off in the middle: it has no name of its own yet.
            if index + 1 == written {
                let half = fs::read(folder.join(file)).unwrap();
                fs::write(folder.join(".new-half"), &half[..half.len() / 2]).unwrap();
            }
        }
        assert_resumes(whole, &folder);
    }
    // The manifest was written, some of the parts were already removed.
    let folder = killed_after(whole, STEPS, "removing");
    copy(&whole.run.path, &folder).unwrap();
    fs::remove_dir_all(folder.join("parts/000003")).unwrap();
    assert_resumes(whole, &folder);
}

/// `ulimit -f`: the process dies inside the write that goes beyond so many KiB, or the write fails.
fn limited(trial: &Trial, kib: u32, dies: bool) -> Command {
    let mut command = Command::new("bash");
    let trap = if dies { "" } else { "trap '' XFSZ; " };
    let line =
        format!("ulimit -f {kib}; {trap}exec \"$0\" run s.toml --no-exclusive --out limited-{kib}-{dies}");
    command.args(["-c", &line, HARNESS]).current_dir(trial.path(""));
    command
}

#[test]
fn a_process_that_dies_inside_a_write_or_finds_no_room_leaves_a_folder_that_goes_on() {
    let Some(whole) = whole() else { return };
    let mut went_on = 0;
    for kib in [1, 5, 7, 9, 11, 14] {
        for dies in [true, false] {
            let said = Said::from(&limited(&whole.trial, kib, dies).output().unwrap());
            assert_ne!(said.code, 0, "{kib} KiB were enough: {}", said.err);
            assert!(!said.err.contains("panicked"), "{}", said.err);
            let runs = whole.trial.path(&format!("limited-{kib}-{dies}"));
            let Some(folder) = fs::read_dir(&runs).into_iter().flatten().flatten().next() else { continue };
            if !dies {
                assert!(said.err.contains("\nhelp: "), "{}", said.err);
            }
            if folder.path().join("manifest.json").exists() {
                went_on += 1;
                assert_resumes(whole, &folder.path());
            } else {
                let said = resume(&whole.trial, &folder.path());
                assert!(said.code == 3 && said.err.contains("cannot read `"), "{}", said.err);
            }
        }
    }
    assert!(went_on >= 4, "{went_on}");
}

/// Starts a run and waits until so many cells are done.
fn started(trial: &Trial, cells: usize) -> (std::process::Child, PathBuf) {
    let mut child = trial.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(&format!("[{cells:>2}/12]")) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the run ended too early");
    }
    // Nobody reads on: the pipe must stay open.
    thread::spawn(move || lines.lines().count());
    let folder = fs::read_dir(trial.path("runs")).unwrap().next().unwrap().unwrap().path();
    (child, folder)
}

#[test]
fn a_killed_run_can_be_looked_at_and_goes_on_and_a_running_one_is_left_alone() {
    let Some(whole) = whole() else { return };
    let trial = Trial::with_echo_engine(SHORT, "");
    let (mut child, folder) = started(&trial, 3);
    let said = resume(&trial, &folder);
    assert!(said.code == 2 && said.err.contains("another process is writing into `"), "{}", said.err);
    let runs =
        |trial: &Trial| Said::from(&program().arg("runs").current_dir(trial.path("")).output().unwrap());
    assert!(runs(&trial).out.contains("running"), "{}", runs(&trial).out);
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = runs(&trial);
    assert!(listed.out.contains("--resume") && listed.out.contains(" of 12"), "{}", listed.out);
    let shown = Said::from(&program().arg("show").arg(&folder).output().unwrap());
    assert!(
        shown.code == 0
            && shown.out.contains("not complete: the run was killed after 3 of 12 cells; ")
            && shown.out.contains("; `harness run --resume "),
        "{}{}",
        shown.out,
        shown.err
    );
    assert_eq!(resume(&trial, &folder).code, 0);
    let run = RunFolder::read(&folder);
    assert_eq!(timeless(&run), timeless(&whole.run));
    let sessions: Vec<u16> = run.cells.iter().map(|cell| cell.session).collect();
    assert!(sessions.starts_with(&[0, 0, 0]) && sessions.ends_with(&[1]), "{sessions:?}");
    assert!(run.windows.iter().filter(|w| w.phase == Phase::Window).all(|w| w.valid), "{:?}", run.windows);
    assert!(runs(&trial).out.contains("complete"));
    let out = tempfile::tempdir().unwrap();
    let again = program().arg("remeasure").arg(&folder).arg("--out").arg(out.path()).output().unwrap();
    let (again, all) = (Said::from(&again), run.windows.len());
    assert!(again.out.contains(&format!("{all} of {all} windows as before")), "{}{}", again.out, again.err);
}

#[test]
fn an_interrupted_run_is_whole_for_readers_and_goes_on() {
    let Some(whole) = whole() else { return };
    let trial = Trial::with_echo_engine(SHORT, "");
    let (mut child, folder) = started(&trial, 2);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let run = RunFolder::read(&folder);
    assert!(run.cells.iter().any(|cell| cell.status == Status::Skipped));
    // Its parts have hashes, and a cell of a damaged one is not joined with others.
    let part = folder.join("parts/000001/cells.parquet");
    let bytes = fs::read(&part).unwrap();
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    fs::write(&part, damaged).unwrap();
    let said = resume(&trial, &folder);
    let named = said.err.contains("parts/000001/cells.parquet` is damaged: its SHA-256 differs");
    assert!(said.code == 3 && named, "{}", said.err);
    fs::write(&part, bytes).unwrap();
    assert_eq!(resume(&trial, &folder).code, 0);
    assert_eq!(timeless(&RunFolder::read(&folder)), timeless(&whole.run));
}

#[test]
fn a_folder_that_goes_away_or_cannot_be_written_ends_the_run_with_a_sentence() {
    if whole().is_none() {
        return;
    }
    let trial = Trial::with_echo_engine(SHORT, "");
    let (child, folder) = started(&trial, 2);
    fs::rename(&folder, trial.path("gone")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));

    let trial = Trial::with_echo_engine(SHORT, "");
    let (child, folder) = started(&trial, 2);
    // A file in the place of the folder of parts: as root, a folder without rights to write would be written.
    fs::rename(folder.join("parts"), folder.join("moved")).unwrap();
    fs::write(folder.join("parts"), b"").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    fs::remove_file(folder.join("parts")).unwrap();
    fs::rename(folder.join("moved"), folder.join("parts")).unwrap();
    assert_eq!(resume(&trial, &folder).code, 0);
}

#[test]
fn what_is_no_run_or_another_run_is_refused() {
    let Some(whole) = whole() else { return };
    let trial = &whole.trial;
    let refused = |folder: &Path, code: i32, part: &str| {
        let said = resume(trial, folder);
        assert!(said.code == code && said.err.contains(part), "{}: {}", folder.display(), said.err);
        assert!(said.err.contains("\nhelp: ") && !said.err.contains("panicked"), "{}", said.err);
    };
    let empty = trial.path("empty");
    fs::create_dir_all(&empty).unwrap();
    refused(&empty, 3, "cannot read `");
    for (name, text, part) in [
        ("cut", "{\"schema\": 2,", "is damaged"),
        ("foreign", "{\"name\": \"x\"}", "is no manifest of a run"),
        ("list", "[1]", "is no manifest of a run"),
        ("newer", "{\"schema\": 3}", "is of schema 3, this version reads up to 2"),
        ("poor", "{\"schema\": 2}", "does not tell how the run was measured"),
    ] {
        let folder = trial.path(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("manifest.json"), text).unwrap();
        refused(&folder, 3, part);
    }
    let text = String::from_utf8(whole.manifest.clone()).unwrap();
    for (name, from, to, part) in [
        (
            "data",
            "\"suite_sha256\": \"",
            "\"suite_sha256\": \"0",
            "a model or the data of a task have changed",
        ),
        ("machine", "\"key\": \"", "\"key\": \"0", "the machine has changed"),
        ("program", "\"harness_version\": \"", "\"harness_version\": \"0", "has become another version"),
        ("meter", "\"class\": \"simulated\"", "\"class\": \"estimated\"", "the run began with the domains"),
    ] {
        assert!(text.contains(from), "{from}");
        let folder = killed_after(whole, 2, name);
        fs::write(folder.join("manifest.json"), text.replacen(from, to, 1)).unwrap();
        refused(&folder, 3, part);
        assert_eq!(fs::read_dir(folder.join("parts")).unwrap().count(), 2, "something was written");
    }
}
