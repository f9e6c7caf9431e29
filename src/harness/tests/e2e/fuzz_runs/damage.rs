//! What the run folders of the neighbour are damaged by: bytes of files, rows of tables, values of the manifest.

use std::fs;
use std::path::Path;

use harness::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use harness::table::{Table, read, write};
use serde_json::{Map, Value as Json, json};

/// The tables of a run folder.
pub const TABLES: [&str; 4] = ["cells.parquet", "windows.parquet", "items.parquet", "samples.parquet"];

/// SplitMix64: small, and the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What was done to a folder.
#[derive(Debug, Clone, PartialEq)]
pub enum Damage {
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
pub fn damage(run: &Path, random: &mut Random) -> Option<Damage> {
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

#[test]
fn a_map_of_places_reaches_every_value() {
    let mut map = Map::new();
    map.insert("a/b".to_owned(), json!([1, {"c": 2}]));
    let (json, mut all) = (Json::Object(map), Vec::new());
    places(&json, "", &mut all);
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|place| json.pointer(place).is_some()), "{all:?}");
}
