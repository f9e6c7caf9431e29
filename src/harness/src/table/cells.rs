//! Table `cells`: one row per planned cell.

use std::path::Path;

use super::frame::{column, read, words, write};
use super::{TableError, check_null_reason};
use crate::record::{CellRecord, Status};

/// Writes `cells.parquet`, atomically.
///
/// # Errors
/// [`TableError::Rule`] where a cell is not `ok` without a reason (or the reverse), else
/// [`TableError::Write`].
pub fn write_cells(path: &Path, rows: &[CellRecord]) -> Result<(), TableError> {
    for (index, row) in rows.iter().enumerate() {
        let value = (row.status == Status::Ok).then_some(1.0);
        check_null_reason("cells", index, value, row.reason.as_deref())?;
    }
    write(path, columns(rows))
}

pub(super) fn columns(rows: &[CellRecord]) -> Vec<polars::prelude::Column> {
    vec![
        column("cell", rows, |row| row.cell),
        column("block", rows, |row| row.block),
        column("position", rows, |row| row.position),
        column("task", rows, |row| row.task.clone()),
        column("variant", rows, |row| row.variant.clone()),
        words("status", rows, |row| Some(row.status)),
        column("reason", rows, |row| row.reason.clone()),
        column("t_start_ns", rows, |row| row.t_start_ns),
        column("t_end_ns", rows, |row| row.t_end_ns),
        column("load_s", rows, |row| row.load_s),
        column("passes", rows, |row| row.passes),
        column("items", rows, |row| row.items),
        column("tokens_in", rows, |row| row.tokens_in),
        column("tokens_out", rows, |row| row.tokens_out),
        column("prefill_s", rows, |row| row.prefill_s),
        column("decode_s", rows, |row| row.decode_s),
        column("ttft_ms_p50", rows, |row| row.ttft_ms_p50),
        column("tpot_ms_p50", rows, |row| row.tpot_ms_p50),
        column("peak_rss_bytes", rows, |row| row.peak_rss_bytes),
        column("peak_device_bytes", rows, |row| row.peak_device_bytes),
        column("weights_bytes", rows, |row| row.weights_bytes),
        column("weights_sha256", rows, |row| row.weights_sha256.clone()),
        column("kernel_prefill", rows, |row| row.kernel_prefill.clone()),
        column("kernel_decode", rows, |row| row.kernel_decode.clone()),
        column("dtype", rows, |row| row.dtype.clone()),
        column("deterministic", rows, |row| row.deterministic),
        column("mean_exit_layer", rows, |row| row.mean_exit_layer),
    ]
}

/// Reads `cells.parquet`.
///
/// # Errors
/// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it isn't what it should be.
pub fn read_cells(path: &Path) -> Result<Vec<CellRecord>, TableError> {
    read(path, |row| {
        Ok(CellRecord {
            cell: row.get("cell")?,
            block: row.get("block")?,
            position: row.get("position")?,
            task: row.get("task")?,
            variant: row.get("variant")?,
            status: row.word("status")?,
            reason: row.get("reason")?,
            t_start_ns: row.get("t_start_ns")?,
            t_end_ns: row.get("t_end_ns")?,
            load_s: row.get("load_s")?,
            passes: row.get("passes")?,
            items: row.get("items")?,
            tokens_in: row.get("tokens_in")?,
            tokens_out: row.get("tokens_out")?,
            prefill_s: row.get("prefill_s")?,
            decode_s: row.get("decode_s")?,
            ttft_ms_p50: row.get("ttft_ms_p50")?,
            tpot_ms_p50: row.get("tpot_ms_p50")?,
            peak_rss_bytes: row.get("peak_rss_bytes")?,
            peak_device_bytes: row.get("peak_device_bytes")?,
            weights_bytes: row.get("weights_bytes")?,
            weights_sha256: row.get("weights_sha256")?,
            kernel_prefill: row.get("kernel_prefill")?,
            kernel_decode: row.get("kernel_decode")?,
            dtype: row.get("dtype")?,
            deterministic: row.get("deterministic")?,
            mean_exit_layer: row.get("mean_exit_layer")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(number: u32, status: Status) -> CellRecord {
        let measured = status == Status::Ok;
        CellRecord {
            cell: number,
            block: 2,
            position: 1,
            task: "java".to_string(),
            variant: "int8".to_string(),
            status,
            reason: (!measured).then(|| "the engine was killed by signal 9".to_string()),
            t_start_ns: 5_000_000_001,
            t_end_ns: 9_000_000_000,
            load_s: measured.then_some(0.25),
            passes: measured.then_some(3),
            items: 60,
            tokens_in: measured.then_some(18_000),
            tokens_out: measured.then_some(2_700),
            prefill_s: measured.then_some(1.5),
            decode_s: measured.then_some(2.5),
            ttft_ms_p50: measured.then_some(8.0),
            tpot_ms_p50: measured.then_some(1.1),
            peak_rss_bytes: measured.then_some(300 << 20),
            peak_device_bytes: None,
            weights_bytes: measured.then_some(6 << 20),
            weights_sha256: measured.then(|| "ab12".to_string()),
            kernel_prefill: measured.then(|| "dense-f32".to_string()),
            kernel_decode: measured.then(|| "int8pack".to_string()),
            dtype: "f32".to_string(),
            deterministic: measured.then_some(true),
            mean_exit_layer: None,
        }
    }

    #[test]
    fn cells_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.parquet");
        let rows = vec![
            cell(0, Status::Ok),
            cell(1, Status::Failed),
            cell(2, Status::Timeout),
            cell(3, Status::Skipped),
        ];
        write_cells(&path, &rows).unwrap();
        assert_eq!(read_cells(&path).unwrap(), rows);
    }

    #[test]
    fn a_failed_cell_without_a_reason_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.parquet");
        let row = CellRecord { reason: None, ..cell(0, Status::Failed) };
        let error = write_cells(&path, &[row]).unwrap_err().to_string();
        assert!(
            error.starts_with("row 0 of table `cells` has neither a value nor a reason\nhelp: "),
            "{error}"
        );
        assert!(!path.exists());
    }

    #[test]
    fn a_damaged_or_foreign_file_is_an_error_and_never_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.parquet");
        write_cells(&path, &[cell(0, Status::Ok), cell(1, Status::Failed)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for length in (0..whole.len()).step_by(97) {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = read_cells(&path).unwrap_err();
            assert!(matches!(error, TableError::Damaged { .. }), "{length} bytes: {error}");
        }
        assert!(matches!(read_cells(&folder.path().join("none")).unwrap_err(), TableError::Read { .. }));
    }

    #[test]
    fn no_cells_make_an_empty_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.parquet");
        write_cells(&path, &[]).unwrap();
        assert_eq!(read_cells(&path).unwrap(), vec![]);
    }
}
