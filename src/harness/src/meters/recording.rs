//! Reads a run's table `samples` for the `replay` meter, which itself reads CSV only.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use harness_meter::{Recording, ReplaySettings, Row};
use harness_text::printable::Shown;

use crate::record::SampleRecord;
use crate::stop::Stop;
use crate::table;

/// Reads the recording if it is a Parquet table.
pub fn fill(settings: &mut ReplaySettings) -> Result<()> {
    if let Some(path) = settings.path.as_ref().filter(|path| path.extension().is_some_and(|e| e == "parquet"))
    {
        settings.recording = Some(Arc::new(read(path)?));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Recording, Stop> {
    let records = table::read::<SampleRecord>(path).map_err(|error| Stop::missing(error.to_string()))?;
    let rows = records
        .into_iter()
        .enumerate()
        .map(|(index, record)| row(record).map_err(|problem| format!("row {index}: {problem}")));
    let rows = rows.collect::<Result<Vec<Row>, String>>();
    rows.and_then(|rows| Recording::from_rows(rows).map_err(|error| error.to_string())).map_err(|problem| {
        Stop::missing(format!(
            "cannot replay `{}`: {problem}\nhelp: name `samples.parquet` of a finished run in `meter.replay.path`",
            path.shown()
        ))
    })
}

fn row(record: SampleRecord) -> Result<Row, String> {
    Ok(Row {
        t_ns: record.t_ns,
        meter: record.meter,
        domain: record.domain,
        kind: record.kind,
        raw: record.raw,
        unit: record.unit,
        scale: record.scale,
        fault: record.fault,
        took_ns: record.took_ns.unwrap_or(0).max(0),
        driver_t_us: record.driver_t_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::write;
    use harness_meter::{FaultKind, Sample, SampleKind};

    fn record(t_ns: i64, fault: Option<FaultKind>) -> SampleRecord {
        SampleRecord {
            session: 0,
            t_ns,
            meter: "nvml".to_owned(),
            domain: "gpu:0".to_owned(),
            kind: SampleKind::Counter,
            raw: u64::MAX,
            unit: "mJ".to_owned(),
            scale: 1e-3,
            fault,
            driver_t_us: None,
            took_ns: None,
        }
    }

    #[test]
    fn the_table_of_a_run_is_replayed_with_its_faults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.parquet");
        write(&path, &[record(5, None), record(6, Some(FaultKind::Gone))]).unwrap();
        let mut settings = ReplaySettings { path: Some(path), recording: None };
        fill(&mut settings).unwrap();
        let samples = &settings.recording.unwrap().samples;
        assert_eq!(samples[0], Sample::good(5, 0, u64::MAX));
        assert_eq!(samples[1].fault, Some(FaultKind::Gone));
    }

    #[test]
    fn a_table_that_cannot_be_replayed_ends_the_run_before_it_starts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.parquet");
        let refused = || {
            let error = fill(&mut ReplaySettings { path: Some(path.clone()), recording: None }).unwrap_err();
            assert_eq!(crate::stop::exit_code(&error), crate::stop::MISSING);
            let text = error.to_string();
            assert!(text.contains("\nhelp: "), "{text}");
            text
        };
        assert!(refused().starts_with("cannot read `"));
        write::<SampleRecord>(&path, &[]).unwrap();
        assert!(refused().contains("no readings"));
    }

    #[test]
    fn csv_is_left_to_the_meter() {
        let mut settings = ReplaySettings { path: Some("absent.csv".into()), recording: None };
        fill(&mut settings).unwrap();
        assert_eq!(settings.recording, None);
    }
}
