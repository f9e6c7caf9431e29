//! Table `samples`: raw readings, from which every window can be recomputed exactly.

use std::path::Path;

use super::TableError;
use super::frame::{column, read, words, write};
use crate::record::SampleRecord;

/// Writes `samples.parquet`, atomically.
///
/// # Errors
/// [`TableError::Write`].
pub fn write_samples(path: &Path, rows: &[SampleRecord]) -> Result<(), TableError> {
    write(path, columns(rows))
}

pub(super) fn columns(rows: &[SampleRecord]) -> Vec<polars::prelude::Column> {
    vec![
        column("t_ns", rows, |row| row.t_ns),
        column("meter", rows, |row| row.meter.clone()),
        column("domain", rows, |row| row.domain.clone()),
        words("kind", rows, |row| Some(row.kind)),
        column("raw", rows, |row| row.raw),
        column("unit", rows, |row| row.unit.clone()),
        column("scale", rows, |row| row.scale),
        column("fault", rows, |row| row.fault.clone()),
        column("driver_t_us", rows, |row| row.driver_t_us),
        column("took_ns", rows, |row| row.took_ns),
    ]
}

/// Reads `samples.parquet`.
///
/// # Errors
/// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it isn't what it should be.
pub fn read_samples(path: &Path) -> Result<Vec<SampleRecord>, TableError> {
    read(path, |row| {
        Ok(SampleRecord {
            t_ns: row.get("t_ns")?,
            meter: row.get("meter")?,
            domain: row.get("domain")?,
            kind: row.word("kind")?,
            raw: row.get("raw")?,
            unit: row.get("unit")?,
            scale: row.get("scale")?,
            fault: row.get("fault")?,
            driver_t_us: row.get("driver_t_us")?,
            took_ns: row.get_newer("took_ns")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_meter::SampleKind;

    #[test]
    fn samples_keep_their_raw_integers_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.parquet");
        let sample = |raw, fault: Option<&str>| SampleRecord {
            t_ns: i64::MAX - 1,
            meter: "sim".to_string(),
            domain: "sim".to_string(),
            kind: SampleKind::Counter,
            raw,
            unit: "uJ".to_string(),
            scale: 1e-6,
            fault: fault.map(str::to_string),
            driver_t_us: None,
            took_ns: Some(3_000_000),
        };
        let rows = vec![sample(u64::MAX, None), sample((1 << 53) + 1, None), sample(0, Some("read-failed"))];
        write_samples(&path, &rows).unwrap();
        assert_eq!(read_samples(&path).unwrap(), rows);
    }
}
