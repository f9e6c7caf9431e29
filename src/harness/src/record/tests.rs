//! Tables come back as they were written, and those of version 1 as today's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harness_meter::{Class, FaultKind, SampleKind};
use harness_protocol::Finish;

use super::*;
use crate::table::{Source, TableError, columns, filtered, join, read, write};

fn cell(number: u32, status: Status) -> CellRecord {
    CellRecord {
        cell: number,
        block: 2,
        session: 1,
        task: "java".to_owned(),
        variant: "int8".to_owned(),
        status,
        reason: (status != Status::Ok).then(|| "the engine was killed by signal 9".to_owned()),
        t_start_ns: 5_000_000_001,
        load_s: Some(0.25),
        passes: Some(3),
        deterministic: Some(true),
        dtype: "f32".to_owned(),
        cache: Some("propagate".to_owned()),
        head: Some("last".to_owned()),
        context_fraction: Some(vec![0.2, 0.5]),
        ..CellRecord::default()
    }
}

fn window(cell: Option<u32>, energy_j: Option<f64>) -> WindowRecord {
    WindowRecord {
        cell,
        session: 0,
        phase: if cell.is_some() { Phase::Window } else { Phase::IdleMachine },
        domain: "total".to_owned(),
        meter: "estimate".to_owned(),
        class: Class::Estimated,
        t_start_ns: 1_000_000_000,
        t_end_ns: 3_000_000_000,
        seconds: 2.0,
        energy_j,
        energy_net_j: energy_j.map(|joules| joules - 4.0),
        u_indep_j: energy_j.map(|_| 0.01),
        u_scale_rel: Some(0.3),
        u_model_rel: Some(0.1),
        updates: 100,
        update_period_s: None,
        resolution_j: Some(1e-6),
        max_gap_s: Some(0.021),
        idle_w: Some(2.0),
        disagreement_rel: None,
        valid: energy_j.is_some(),
        why: energy_j
            .is_none()
            .then(|| Why { word: "gap".to_owned(), detail: "nobody read: 3 s".to_owned() }),
        spoiled_by: energy_j.is_none().then(|| "cpu:0".to_owned()),
        conditions: WindowConditions {
            steal_rel: Some(0.0),
            turbo: Some(true),
            ..WindowConditions::default()
        },
        formula: Some("cpu:0".to_owned()),
    }
}

fn item(number: u32, measured: bool) -> ItemRecord {
    let unscored = Unscored { word: "not-run".to_owned(), detail: "the verdict is killed".to_owned() };
    ItemRecord {
        cell: 1,
        task: "java".to_owned(),
        variant: if number.is_multiple_of(2) { "full" } else { "exit-0.6" }.to_owned(),
        item: number,
        version: measured.then(|| VersionRecord {
            family: "format".to_owned(),
            recipe: String::new(),
            seed: 2,
        }),
        completion: "return <NUM_LIT:0> ;\n\u{e9}".to_owned(),
        energy_total_j: measured.then_some(0.125),
        energy_class: measured.then_some(Class::Simulated),
        why: (!measured).then(|| Why { word: "too-few-updates".to_owned(), detail: "3".to_owned() }),
        context_fraction: measured.then_some(0.2),
        token_ids: measured.then(|| vec![70_000, 2, 3]),
        exit_layers: measured.then(|| vec![6, 12, 6]),
        finish: Finish::Length,
        logprobs: measured.then(|| vec![-0.5, -1.25]),
        program: measured.then_some(ProgramRecord { seconds: 0.5, cpu_seconds: 0.25, peak_bytes: 9 }),
        score: BTreeMap::from([("edit-similarity".to_owned(), 0.75)]),
        stats: match measured {
            true => BTreeMap::from([("edit-similarity".to_owned(), vec![0.75]), ("bleu".to_owned(), vec![])]),
            false => BTreeMap::new(),
        },
        unscored: match measured {
            true => BTreeMap::new(),
            false => BTreeMap::from([("bleu".to_owned(), unscored)]),
        },
        ..ItemRecord::default()
    }
}

fn sample(raw: u64, fault: Option<FaultKind>) -> SampleRecord {
    SampleRecord {
        session: 0,
        t_ns: i64::MAX - 1,
        meter: "sim".to_owned(),
        domain: "sim".to_owned(),
        kind: SampleKind::Counter,
        raw,
        unit: "uJ".to_owned(),
        scale: 1e-6,
        fault,
        driver_t_us: None,
        took_ns: Some(3),
    }
}

#[test]
fn rows_come_back_as_they_were_written() {
    fn check<R: crate::table::Table + PartialEq + std::fmt::Debug>(rows: Vec<R>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        write(&path, &rows).unwrap();
        assert_eq!(read::<R>(&path).unwrap(), rows);
        write::<R>(&path, &[]).unwrap();
        assert_eq!(read::<R>(&path).unwrap(), vec![]);
    }
    check(vec![cell(0, Status::Ok), cell(1, Status::Failed), cell(2, Status::Timeout)]);
    check(vec![window(None, Some(8.0)), window(Some(0), Some(9.5)), window(Some(1), None)]);
    check(vec![item(0, true), item(1, false)]);
    // Integers beyond what a float holds stay what they are.
    check(vec![sample(u64::MAX, None), sample((1 << 53) + 1, None), sample(0, Some(FaultKind::Gone))]);
}

#[test]
fn a_row_that_breaks_a_rule_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let error =
        write(&path, &[CellRecord { reason: None, ..cell(0, Status::Failed) }]).unwrap_err().to_string();
    assert!(error.starts_with("row 0 of table `cells` has neither a value nor a reason\nhelp: "), "{error}");
    for row in [
        WindowRecord { why: None, ..window(Some(1), None) },
        WindowRecord { why: window(None, None).why, ..window(Some(1), Some(1.0)) },
        WindowRecord { valid: false, ..window(Some(1), Some(1.0)) },
    ] {
        assert!(matches!(write(&path, &[row]).unwrap_err(), TableError::Rule { .. }));
    }
    let row = ItemRecord { why: None, ..item(0, false) };
    assert!(matches!(write(&path, &[row]).unwrap_err(), TableError::Rule { .. }));
    assert!(!path.exists());
}

#[test]
fn a_damaged_or_foreign_file_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, &[cell(0, Status::Ok), cell(1, Status::Failed)]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = read::<CellRecord>(&path).unwrap_err();
        assert!(matches!(error, TableError::Damaged { .. }), "{length} bytes: {error}");
    }
    for place in (0..whole.len()).step_by(31) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        // Some bytes mean nothing; none may panic.
        let _ = read::<CellRecord>(&path);
        let _ = filtered::<CellRecord>(std::slice::from_ref(&path), &[("task", "java")]);
    }
    assert!(matches!(read::<CellRecord>(&folder.path().join("b")).unwrap_err(), TableError::Read { .. }));
    write(&path, &[sample(0, None)]).unwrap();
    assert!(matches!(read::<CellRecord>(&path).unwrap_err(), TableError::Damaged { .. }));
}

#[test]
fn parts_with_other_scorers_are_joined_in_order_and_found_by_variant() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let parts: Vec<PathBuf> = ["0", "1"].map(path).to_vec();
    let (first, second) = (vec![item(0, false)], vec![item(1, true), item(2, true)]);
    write(&parts[0], &first).unwrap();
    write(&parts[1], &second).unwrap();
    assert_eq!(join(&parts, &[item(3, true)], &path("all")).unwrap(), 4);
    let all = read::<ItemRecord>(&path("all")).unwrap();
    assert_eq!(all, [first, second, vec![item(3, true)]].concat());
    let wanted = [("task", "java"), ("variant", "exit-0.6")];
    let found = filtered::<ScoreRecord>(&[path("all")], &wanted).unwrap();
    assert_eq!(found, [ScoreRecord::from(&item(1, true)), ScoreRecord::from(&item(3, true))]);
}

#[test]
fn many_rows_are_read_row_group_by_row_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows: Vec<SampleRecord> = (0..100_000).map(|raw| sample(raw, None)).collect();
    write(&path, &rows).unwrap();
    let source = Source::<SampleRecord>::open(&path).unwrap();
    assert_eq!((source.rows(), source.groups()), (100_000, 4));
    let last = source.group(3).unwrap();
    assert_eq!((last.len(), last[0].raw), (100_000 - 3 * (1 << 15), 3 << 15));
}

#[test]
fn every_column_has_a_name_of_its_own_and_says_what_it_means() {
    for table in tables() {
        let mut names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{}", table.name);
        assert!(table.columns.iter().all(|column| !column.meaning.is_empty()), "{}", table.name);
    }
    let stored = columns::<ScoreRecord>();
    assert!(stored.iter().all(|column| columns::<ItemRecord>().contains(column)), "a view has other columns");
}

#[test]
fn tables_of_version_1_are_read_as_todays() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/h100"));
    let table = |name: &str| folder.join(name).with_extension("parquet");
    let cells = read::<CellRecord>(&table("cells")).unwrap();
    assert!(cells.iter().any(|cell| cell.status == Status::Ok) && cells.iter().all(|cell| cell.session == 0));
    let windows = read::<WindowRecord>(&table("windows")).unwrap();
    let refused: Vec<&WindowRecord> = windows.iter().filter(|window| !window.valid).collect();
    assert!(!refused.is_empty());
    for window in refused {
        let why = window.why.as_ref().unwrap();
        assert!(!why.word.contains([':', ' ']) && !why.detail.is_empty(), "{why:?}");
        assert_eq!(window.spoiled_by.is_some(), window.domain == TOTAL, "{window:?}");
    }
    let items = read::<ItemRecord>(&table("items")).unwrap();
    assert!(items.iter().all(|item| !item.stats.is_empty() && item.unscored.is_empty()));
    let samples = Source::<SampleRecord>::open(&table("samples")).unwrap();
    assert_eq!(samples.group(0).unwrap().len(), samples.rows().min(samples.group(0).unwrap().len()));
    assert!(filtered::<ScoreRecord>(&[table("items")], &[("variant", &items[0].variant)]).unwrap().len() > 1);
}

#[test]
fn columns_that_a_table_of_this_version_lacks_are_null() {
    let folder = tempfile::tempdir().unwrap();
    let (now, before) = (folder.path().join("now.parquet"), folder.path().join("before.parquet"));
    write(&now, &[item(1, true)]).unwrap();
    let without = |path: &Path, to: &Path, names: &[&str]| {
        use polars::io::SerReader;
        use polars::io::parquet::read::ParquetReader;
        use polars::io::parquet::write::{KeyValueMetadata, ParquetWriter};
        let frame = ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap();
        let mut frame = frame.drop_many(names.iter().copied());
        let version = KeyValueMetadata::from_static(vec![("harness.schema".to_owned(), "2".to_owned())]);
        let writer = ParquetWriter::new(std::fs::File::create(to).unwrap());
        writer.with_key_value_metadata(Some(version)).finish(&mut frame).unwrap();
    };
    without(&now, &before, &["token_ids", "context_fraction"]);
    let expected = ItemRecord { token_ids: None, context_fraction: None, ..item(1, true) };
    assert_eq!(read::<ItemRecord>(&before).unwrap(), std::slice::from_ref(&expected));
    let found = filtered::<ScoreRecord>(std::slice::from_ref(&before), &[("task", "java")]).unwrap();
    assert_eq!(found, [ScoreRecord::from(&expected)]);
    without(&now, &before, &["tokens_in"]);
    assert!(matches!(read::<ItemRecord>(&before).unwrap_err(), TableError::Damaged { .. }));
}

#[test]
fn the_reasons_of_version_1_are_taken_apart_once() {
    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
    let texts = |name: &str, values: &[Option<&str>]| Series::new(name.into(), values).into_column();
    let frame = DataFrame::new_infer_height(vec![
        texts(
            "reason",
            &[
                None,
                Some("gpu:0: gap: nobody read: 3 s"),
                Some("energies of different classes have no total"),
            ],
        ),
        texts(
            "unscored_reason",
            &[None, Some("`a`: the verdict is killed; `b`: no such file"), Some("the engine failed on it")],
        ),
        texts("stats_a", &[None, None, None]),
        texts("stats_b", &[None, None, None]),
    ]);
    let frame = older::items(frame.unwrap()).unwrap();
    let read = |name: &str| <Option<String> as crate::table::Field>::read(name, &frame).unwrap();
    let told = |name: &str, expected: [Option<&str>; 3]| {
        assert_eq!(read(name), expected.map(|text| text.map(str::to_owned)), "{name}");
    };
    told("reason", [None, Some("gap"), Some("no-total")]);
    told(
        "reason_detail",
        [None, Some("gpu:0: nobody read: 3 s"), Some("energies of different classes have no total")],
    );
    told("unscored_a", [None, Some("not-run"), Some("engine-failed")]);
    told("why_unscored_b", [None, Some("no such file"), Some("the engine failed on it")]);
}
