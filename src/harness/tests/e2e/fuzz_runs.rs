//! Run folders damaged by the thousand: nothing may panic or hang, no damaged file may give a number, and whatever is
//! refused is refused with exit code 3 and a `help:` line.
//!
//! `RUNS_FUZZ_INPUTS` sets how many folders are tried, or `RUNS_FUZZ_SECONDS` for how long; `RUNS_FUZZ_SEED` which ones.

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
use harness::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use harness::remeasure::{Changes, remeasure};
use harness::report::terminal_table;
use harness::rescore::{Wishes, rescore};
use harness::stop::exit_code;
use harness::store::{RunFolder, suite_of};
use harness::table::{Table, keep_guarded_panics_quiet, read, write};
use harness::verify::{Claim, Outcome, verify};
use serde_json::{Map, Value as Json, json};

use crate::damaged_runs::{copy, finished};
use crate::programs::{program, root};

/// Longest that anything may take with one folder.
const LONGEST: Duration = Duration::from_secs(60);

/// How much more memory the process may use while it reads damaged folders of some 100 kB each.
const MOST_MEMORY: u64 = 1 << 30;

/// One folder in so many is also given to the built program.
const PROGRAM: u64 = 16;

const TABLES: [&str; 4] = ["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet"];

/// SplitMix64: small, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What was done to a folder.
#[derive(Debug, Clone, PartialEq)]
enum Damage {
    /// This file is not what the run wrote, and the manifest lists what it wrote.
    Bytes(&'static str),
    /// This file is another, and the manifest lists its hash.
    Listed(&'static str),
    /// The manifest says something else.
    Manifest(String),
}

/// Damages one file of the folder in a few places; what remains may not be what it was.
fn bytes(run: &Path, random: &mut Random, name: &'static str) -> bool {
    let before = fs::read(run.join(name)).unwrap();
    let mut file = before.clone();
    for _ in 0..=random.below(3) {
        // The footer of a table says where everything is.
        let footer = file.len().saturating_sub(1 + random.below(600));
        let at = if random.below(2) == 0 { random.below(file.len()) } else { footer };
        match random.below(8) {
            0 => file.truncate(at),
            1 | 2 if !file.is_empty() => file[at] ^= 1 << random.below(8),
            3 if !file.is_empty() => file[at] = random.next() as u8,
            4 => {
                let end = (at + 1 + random.below(256)).min(file.len());
                file[at.min(end)..end].fill(0);
            }
            5 => {
                let number = *random.one_of(&[0, 1, u64::MAX, 1 << 31, 1 << 40, u64::MAX / 8, 4096]);
                for (old, new) in file.iter_mut().skip(at).zip(number.to_le_bytes()) {
                    *old = new;
                }
            }
            6 => {
                let other = fs::read(run.join(random.one_of(&TABLES))).unwrap();
                let from = random.below(other.len());
                let until = (from + random.below(512)).min(other.len());
                let end = (at + random.below(512)).min(file.len());
                file.splice(at.min(end)..end, other[from..until].iter().copied());
            }
            _ => file.extend((0..random.below(64)).map(|_| random.next() as u8)),
        }
    }
    match random.below(24) {
        0 => file.clear(),
        1 => file = fs::read(run.join(random.one_of(&TABLES))).unwrap(),
        _ => {}
    }
    fs::write(run.join(name), &file).unwrap();
    file != before
}

/// Lists the hash that a file has now.
fn list_again(run: &Path, name: &str) {
    let mut manifest: Json = serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap();
    let sha256 = harness_text::hash::file(&run.join(name)).unwrap();
    for file in manifest["files"].as_array_mut().unwrap() {
        if file["name"] == name {
            file["sha256"] = json!(sha256);
        }
    }
    fs::write(run.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
}

const REALS: [f64; 12] =
    [0.0, -0.0, -1.0, 1e-308, 1e308, -1e308, 1e18, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, 5e-324];
const WHOLES: [i64; 8] = [0, 1, -1, i64::MAX, i64::MIN, 1 << 40, -(1 << 62), 1_000_000_007];

fn real(random: &mut Random) -> f64 {
    *random.one_of(&REALS)
}

fn whole(random: &mut Random) -> i64 {
    *random.one_of(&WHOLES)
}

/// A few rows of a table with other values, or fewer or more rows; false: the writer refused them.
fn rows<R: Table + Clone>(run: &Path, random: &mut Random, change: impl Fn(&mut R, &mut Random)) -> bool {
    let path = run.join(R::NAME).with_extension("parquet");
    let mut rows: Vec<R> = read(&path).unwrap();
    match random.below(8) {
        0 => rows.clear(),
        1 => rows.truncate(random.below(rows.len())),
        2 => rows.extend(rows.clone()),
        3 => rows.reverse(),
        _ => {}
    }
    for _ in 0..=random.below(3) {
        if !rows.is_empty() {
            let place = random.below(rows.len());
            change(&mut rows[place], random);
        }
    }
    write(&path, &rows).is_ok()
}

fn cell(row: &mut CellRecord, random: &mut Random) {
    match random.below(9) {
        0 => row.cell = whole(random) as u32,
        1 => row.block = whole(random) as u16,
        2 => row.position = whole(random) as u16,
        3 => row.variant = "other".to_owned(),
        4 => row.passes = Some(whole(random) as u32),
        5 => (row.t_start_ns, row.t_end_ns) = (whole(random), whole(random)),
        6 => row.items = whole(random) as u32,
        7 => (row.decode_s, row.prefill_s) = (Some(real(random)), Some(real(random))),
        _ => (row.mean_exit_layer, row.ttft_ms_p50) = (Some(real(random)), Some(real(random))),
    }
}

fn window(row: &mut WindowRecord, random: &mut Random) {
    match random.below(9) {
        0 => row.cell = Some(whole(random) as u32),
        1 => row.session = whole(random) as u16,
        2 => row.t_start_ns = whole(random),
        3 => row.t_end_ns = whole(random),
        4 => row.seconds = real(random),
        5 => row.energy_j = row.energy_j.map(|_| real(random)),
        6 => (row.u_indep_j, row.u_scale_rel) = (Some(real(random)), Some(real(random))),
        7 => (row.energy_net_j, row.idle_w) = (Some(real(random)), Some(real(random))),
        _ => row.domain = "total".to_owned(),
    }
}

fn item(row: &mut ItemRecord, random: &mut Random) {
    match random.below(9) {
        0 => row.cell = whole(random) as u32,
        1 => row.block = whole(random) as u16,
        2 => row.item = whole(random) as u32,
        3 => row.pass_count = whole(random) as u32,
        4 => row.seconds = real(random),
        5 => (row.tokens_in, row.tokens_out) = (whole(random) as u32, whole(random) as u32),
        6 => row.completion = "\u{202e}\u{1b}[2J".repeat(random.below(200)),
        7 => row.exit_layers = Some(vec![whole(random) as u16; random.below(20)]),
        _ => {
            for stats in row.stats.values_mut() {
                *stats = vec![real(random); random.below(4)];
            }
        }
    }
}

fn sample(row: &mut SampleRecord, random: &mut Random) {
    match random.below(5) {
        0 => row.session = whole(random) as u16,
        1 => row.t_ns = whole(random),
        2 => row.raw = whole(random) as u64,
        3 => row.took_ns = Some(whole(random)),
        _ => row.domain = "other".to_owned(),
    }
}

/// Every place of a document.
fn places(json: &Json, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match json {
        Json::Object(map) => map.iter().for_each(|(key, value)| {
            places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all)
        }),
        Json::Array(list) => {
            list.iter().enumerate().for_each(|(place, value)| places(value, &format!("{at}/{place}"), all));
        }
        _ => {}
    }
}

/// One value in another's place.
fn other_value(old: &Json, random: &mut Random) -> Json {
    let nested = (0..random.below(300)).fold(json!(1), |inner, _| json!([inner]));
    let number = match old.as_f64() {
        Some(old) if random.below(2) == 0 => json!(-old),
        _ => json!(0),
    };
    let pool = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(4_000_000_000_u64),
        json!(65_536),
        json!(""),
        json!("other"),
        json!("../../../etc/passwd"),
        json!("\u{202e}\u{1b}[2J`|<script>"),
        json!("x".repeat(1 << random.below(16))),
        json!([]),
        json!({}),
        json!([1e308, null, "a"]),
        json!({"a": 1}),
        number,
        nested,
        old.clone(),
    ];
    random.one_of(&pool).clone()
}

/// Changes a few values of the manifest, or a few bytes.
fn manifest(run: &Path, random: &mut Random) -> String {
    let path = run.join("manifest.json");
    let text = fs::read(&path).unwrap();
    if random.below(8) == 0 {
        let mut text = text;
        for _ in 0..=random.below(3) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => text.truncate(at),
                1 if !text.is_empty() => text[at] = *random.one_of(b"{}[]\",:09-e.\\\x00\xff"),
                2 if !text.is_empty() => text[at] ^= 1 << random.below(8),
                _ => {
                    text.splice(at..at, b"[".repeat(random.below(100_000)));
                }
            }
        }
        fs::write(&path, text).unwrap();
        return "bytes".to_owned();
    }
    let mut json: Json = serde_json::from_slice(&text).unwrap();
    let mut told = Vec::new();
    for _ in 0..=random.below(3) {
        let mut all = Vec::new();
        places(&json, "", &mut all);
        // What summaries and measuring are made from, more often than the rest.
        let wanted = random.one_of(&[
            "",
            "/summary_input",
            "/domain_details",
            "/limits",
            "/suite_resolved/gate",
            "/suite_resolved/target",
        ]);
        all.retain(|place| place.starts_with(wanted));
        if all.is_empty() {
            continue;
        }
        let place = random.one_of(&all).clone();
        let old = json.pointer(&place).cloned().unwrap_or_default();
        let new = other_value(&old, random);
        told.push(format!("{place} = {:.80}", new.to_string()));
        match (random.below(5), place.rsplit_once('/')) {
            (0, Some((parent, last))) => match json.pointer_mut(parent) {
                Some(Json::Object(map)) => drop(map.remove(last)),
                Some(Json::Array(list)) => drop(list.remove(last.parse().unwrap())),
                _ => {}
            },
            (1, _) => match json.pointer_mut(&place) {
                Some(Json::Array(list)) => list.extend(list.clone()),
                Some(Json::Object(map)) => drop(map.insert("other".to_owned(), new)),
                _ => {}
            },
            _ => *json.pointer_mut(&place).unwrap() = new,
        }
    }
    fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
    told.join("; ")
}

/// Damages a copy of a run.
fn damage(run: &Path, random: &mut Random) -> Option<Damage> {
    let table = *random.one_of(&TABLES);
    let file = if random.below(6) == 0 { "summary.json" } else { table };
    let changed = match random.below(8) {
        0 | 1 => return bytes(run, random, file).then_some(Damage::Bytes(file)),
        2 => bytes(run, random, file),
        3 | 4 => match table {
            "cells.parquet" => rows(run, random, cell),
            "windows.parquet" => rows(run, random, window),
            "items.parquet" => rows(run, random, item),
            _ => rows(run, random, sample),
        },
        _ => return Some(Damage::Manifest(manifest(run, random))),
    };
    let file = if changed && fs::read(run.join(table)).is_ok() { file } else { return None };
    list_again(run, file);
    list_again(run, table);
    Some(Damage::Listed(file))
}

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

#[test]
fn a_map_of_places_reaches_every_value() {
    let mut map = Map::new();
    map.insert("a/b".to_owned(), json!([1, {"c": 2}]));
    let (json, mut all) = (Json::Object(map), Vec::new());
    places(&json, "", &mut all);
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|place| json.pointer(place).is_some()), "{all:?}");
}
