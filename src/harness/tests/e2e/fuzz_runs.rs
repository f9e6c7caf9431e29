//! Run folders damaged by the thousand: nothing may panic or hang, no damaged file may give a number, and whatever is
//! refused is refused with exit code 3 and a `help:` line.
//!
//! `RUNS_FUZZ_INPUTS` sets how many folders are tried, or `RUNS_FUZZ_SECONDS` for how long; `RUNS_FUZZ_SEED` which ones.

mod damage;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use harness::bundle::Trust;
use harness::compare::{Asked, Session, compare_variants};
use harness::gate::{Reference, judge_all};
use harness::price::{Ask, offers};
use harness::remeasure::{Changes, remeasure};
use harness::report::terminal_table;
use harness::rescore::{Wishes, rescore};
use harness::stop::exit_code;
use harness::store::{RunFolder, suite_of};
use harness::table::keep_guarded_panics_quiet;
use harness::verify::{Claim, Outcome, verify};

use crate::damaged_runs::{copy, finished};
use crate::programs::{program, root};

use damage::{Damage, Random, TABLES, damage};

/// Longest that anything may take with one folder.
const LONGEST: Duration = Duration::from_secs(60);

/// How much more memory the process may use while it reads damaged folders of some 100 kB each.
const MOST_MEMORY: u64 = 1 << 30;

/// One folder in so many is also given to the built program.
const PROGRAM: u64 = 16;

/// What a command computed; verification tells how much of it differs.
type Done = Result<usize>;

/// Everything that reads a run folder, by name, with the files that it computes from.
type Reader = (&'static str, fn(&Path) -> Done, &'static [&'static str]);

const READERS: &[Reader] = &[
    ("show", show, &["cells.parquet", "windows.parquet", "items.parquet"]),
    ("remeasure", again, &TABLES),
    ("rescore", scored, &TABLES),
    ("verify", verified, &[]),
    ("compare", compared, &["summary.json", "cells.parquet", "windows.parquet", "items.parquet"]),
    ("gate", gated, &["summary.json"]),
    ("targets", targeted, &["summary.json"]),
    ("price", priced, &["cells.parquet", "windows.parquet", "items.parquet"]),
    ("suite", resolved, &[]),
];

fn show(run: &Path) -> Done {
    let (folder, manifest) = RunFolder::open(run)?;
    let (mut summary, _) = folder.summarise(&manifest)?;
    summary.notes.extend(folder.caveat(&manifest)?);
    serde_json::to_string(&summary)?;
    Ok(terminal_table(&summary).len())
}

fn again(run: &Path) -> Done {
    let out = tempfile::tempdir()?;
    Ok(remeasure(run, Some(out.path()), &Changes::default())?.windows)
}

fn scored(run: &Path) -> Done {
    let out = tempfile::tempdir()?;
    Ok(rescore(run, Some(out.path()), &Wishes::default())?.summary.rows.len())
}

fn verified(run: &Path) -> Done {
    let trust = Trust { allowed_signers: None, signer: None, minisign_key: None };
    let findings = verify(&Claim::Folder(run), &trust)?;
    findings.iter().map(ToString::to_string).for_each(drop);
    Ok(findings.iter().filter(|finding| finding.outcome == Outcome::Differs).count())
}

fn compared(run: &Path) -> Done {
    let asked = Asked { tasks: Vec::new(), variants: Vec::new(), metrics: Vec::new(), scores: Vec::new() };
    let report = compare_variants(Session::open(run)?, Some("twin"), &asked)?;
    Ok(harness::compare::form::text(&report).len())
}

fn gated(run: &Path) -> Done {
    let (folder, manifest) = RunFolder::open(run)?;
    let (gates, claims) = (manifest.gates()?, manifest.certifications()?);
    let summary = folder.stored_summary(&manifest)?;
    let report = judge_all(&summary, &gates, &claims, Reference::Blocks);
    Ok(harness::gate::form::text(&report).len())
}

fn targeted(run: &Path) -> Done {
    let (folder, manifest) = RunFolder::open(run)?;
    let summary = folder.stored_summary(&manifest)?;
    let targets = manifest.targets()?;
    let report = folder.judge(&manifest, &summary, &targets)?;
    Ok(harness::target::form::text(&report).len())
}

fn priced(run: &Path) -> Done {
    let (folder, manifest) = RunFolder::open(run)?;
    let (summary, _) = folder.summarise(&manifest)?;
    let ask = Ask { prompt: 100, tokens: 20, depth: None, model: None };
    Ok(offers(&summary, &ask)?.len())
}

fn resolved(run: &Path) -> Done {
    let (_, manifest) = RunFolder::open(run)?;
    Ok(suite_of(&manifest, run)?.tasks.len())
}

/// What came of a folder, by reader and outcome.
type Tally = BTreeMap<String, usize>;

/// Gives the folder to a reader, and says what is wrong with the outcome.
fn judge(run: &Path, damage: &Damage, reader: &Reader, tally: &mut Tally) -> Result<(), String> {
    let (name, read, reads) = *reader;
    let outcome = catch_unwind(AssertUnwindSafe(|| read(run))).map_err(|_| format!("{name} panicked"))?;
    let kind = match damage {
        Damage::Bytes(_) => "damaged",
        Damage::Listed(_) => "damaged and listed",
        Damage::Manifest(_) => "manifest",
    };
    let word = if outcome.is_ok() { "read" } else { "refused" };
    *tally.entry(format!("{kind}, {name}: {word}")).or_default() += 1;
    match (outcome, damage) {
        (Err(error), _) => {
            let (code, text) = (exit_code(&error), format!("{error:#}"));
            // What a run's names and words lead to is the manifest's fault, and nobody typed them.
            let is_asked = name == "compare" && code == 2;
            match (code == 3 || is_asked) && text.contains("\nhelp: ") {
                true => Ok(()),
                false => Err(format!("{name} ends with {code}: {text}")),
            }
        }
        (Ok(differ), Damage::Bytes(file)) if name == "verify" && differ == 0 => {
            Err(format!("verify says that everything agrees, though {file} is damaged"))
        }
        (Ok(_), Damage::Bytes(file)) if reads.contains(file) => {
            Err(format!("{name} computed from {file}, which is damaged"))
        }
        _ => Ok(()),
    }
}

/// Gives the folder to the built program.
fn judge_program(run: &Path, damage: &Damage, word: &str) -> Result<(), String> {
    let mut command = program();
    command.arg(word).arg(run).stdout(Stdio::null()).stderr(Stdio::piped());
    if matches!(word, "remeasure" | "rescore") {
        command.arg("--out").arg(run.parent().unwrap().join("made"));
    }
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > LONGEST {
            child.kill().unwrap();
            return Err(format!("`harness {word}` hangs"));
        }
        thread::sleep(Duration::from_millis(2));
    }
    let said = child.wait_with_output().unwrap();
    let (code, err) = (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned());
    let allowed = match word {
        "verify" | "gate" => [Some(0), Some(1), Some(3), Some(4)].contains(&code),
        _ => [Some(0), Some(3)].contains(&code),
    };
    let silent = code == Some(0) && word == "verify" && matches!(damage, Damage::Bytes(_));
    match allowed && !silent && !err.contains("panicked") {
        true => Ok(()),
        // A gate that the changed suite does not have is asked for in vain.
        false if word == "gate" && code == Some(2) && err.contains("has no gate") => Ok(()),
        false => Err(format!("`harness {word}` ends with {code:?}: {err}")),
    }
}

/// The most memory that this process ever used, in bytes; `None` where the system does not say.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// Tries folders one after the other and hands back what came of each.
fn work(
    seed: u64,
    bases: &[PathBuf],
    inputs: u64,
    until: Option<Instant>,
    done: &mpsc::Sender<Result<Tally, String>>,
) {
    for input in 0..inputs {
        if until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        let own = seed.wrapping_mul(1_000_003).wrapping_add(input);
        let mut random = Random(own);
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        copy(random.one_of::<PathBuf>(bases), &run);
        let mut tally = Tally::new();
        let Some(damage) = damage(&run, &mut random) else {
            let _ = done.send(Ok(tally));
            continue;
        };
        let mut all: Vec<&Reader> = READERS.iter().collect();
        // Those that write are slow: two at a time are enough.
        while all.len() > 4 {
            all.swap_remove(random.below(all.len()));
        }
        let mut found = all.iter().try_for_each(|reader| judge(&run, &damage, reader, &mut tally));
        if found.is_ok() && input % PROGRAM == 0 {
            let word = random.one_of(&["show", "remeasure", "rescore", "verify", "compare", "gate"]);
            found = judge_program(&run, &damage, word);
        }
        let found =
            found.map(|()| tally).map_err(|why| format!("input {input} of seed {seed}, {damage:?}: {why}"));
        if done.send(found).is_err() {
            return;
        }
    }
}

/// Panics that the program would have told.
static TOLD: AtomicUsize = AtomicUsize::new(0);

#[test]
fn damaged_run_folders_neither_panic_nor_hang_nor_give_numbers() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("RUNS_FUZZ_SECONDS");
    let inputs = number("RUNS_FUZZ_INPUTS").unwrap_or(if seconds.is_some() { u64::MAX } else { 40 });
    let seed = number("RUNS_FUZZ_SEED").unwrap_or(1);
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let bases: Vec<PathBuf> =
        finished().map(Path::to_owned).into_iter().chain([root().join("reports/h100")]).collect();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let name = thread::current().name().unwrap_or_default().to_owned();
        if name == "fuzz" || name.starts_with("polars") || name.starts_with("async-executor") {
            TOLD.fetch_add(1, Ordering::Relaxed);
        }
        usual(info);
    }));
    keep_guarded_panics_quiet();
    let before = most_memory();
    let (sender, receiver) = mpsc::channel();
    let worker = thread::Builder::new().name("fuzz".to_owned());
    let worker = worker.spawn(move || work(seed, &bases, inputs, until, &sender)).unwrap();
    let (mut folders, mut all, mut wrong) = (0_u64, Tally::new(), Vec::new());
    loop {
        match receiver.recv_timeout(9 * LONGEST) {
            Ok(Ok(tally)) => {
                folders += 1;
                tally.into_iter().for_each(|(key, count)| *all.entry(key).or_default() += count);
            }
            Ok(Err(why)) => {
                eprintln!("{why}");
                wrong.push(why);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs after {folders} folders of seed {seed}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    worker.join().unwrap();
    eprintln!("{folders} folders of seed {seed}: {all:#?}");
    assert!(wrong.is_empty(), "{} of {folders}: {}", wrong.len(), wrong[0]);
    assert_eq!(TOLD.load(Ordering::Relaxed), 0, "a panic was told");
    match before.zip(most_memory()) {
        Some((before, after)) => assert!(after - before < MOST_MEMORY, "{} bytes more", after - before),
        None => eprintln!("skipped: the system does not say how much memory was used"),
    }
}
