//! Table `windows`: the energy of one domain during one phase.

use std::path::Path;

use super::frame::{column, read, words, write};
use super::{TableError, check_null_reason};
use crate::record::{WindowConditions, WindowRecord};

/// Writes `windows.parquet`, atomically.
///
/// # Errors
/// [`TableError::Rule`] where energy and reason are both there or both missing, or where `valid` says
/// otherwise than they do; else [`TableError::Write`].
pub fn write_windows(path: &Path, rows: &[WindowRecord]) -> Result<(), TableError> {
    for (index, row) in rows.iter().enumerate() {
        check_null_reason("windows", index, row.energy_j, row.reason.as_deref())?;
        if row.valid != row.energy_j.is_some() {
            let problem = format!("is marked valid = {} against its energy", row.valid);
            return Err(TableError::Rule { table: "windows", row: index, problem });
        }
    }
    write(path, columns(rows))
}

pub(super) fn columns(rows: &[WindowRecord]) -> Vec<polars::prelude::Column> {
    vec![
        column("cell", rows, |row| row.cell),
        words("phase", rows, |row| Some(row.phase)),
        column("domain", rows, |row| row.domain.clone()),
        column("meter", rows, |row| row.meter.clone()),
        words("class", rows, |row| Some(row.class)),
        column("t_start_ns", rows, |row| row.t_start_ns),
        column("t_end_ns", rows, |row| row.t_end_ns),
        column("seconds", rows, |row| row.seconds),
        column("energy_j", rows, |row| row.energy_j),
        column("energy_net_j", rows, |row| row.energy_net_j),
        column("u_indep_j", rows, |row| row.u_indep_j),
        column("u_scale_rel", rows, |row| row.u_scale_rel),
        column("u_model_rel", rows, |row| row.u_model_rel),
        column("updates", rows, |row| row.updates),
        column("update_period_s", rows, |row| row.update_period_s),
        column("resolution_j", rows, |row| row.resolution_j),
        column("max_gap_s", rows, |row| row.max_gap_s),
        column("idle_w", rows, |row| row.idle_w),
        column("disagreement_rel", rows, |row| row.disagreement_rel),
        column("valid", rows, |row| row.valid),
        column("reason", rows, |row| row.reason.clone()),
        column("throttled", rows, |row| row.conditions.throttled),
        column("throttle", rows, |row| row.conditions.throttle.clone()),
        column("temp_start_c", rows, |row| row.conditions.temp_start_c),
        column("temp_end_c", rows, |row| row.conditions.temp_end_c),
        column("clock_mhz", rows, |row| row.conditions.clock_mhz),
        column("power_limit_w", rows, |row| row.conditions.power_limit_w),
        column("foreign_processes", rows, |row| row.conditions.foreign_processes),
        column("steal_rel", rows, |row| row.conditions.steal_rel),
        column("foreign_load_rel", rows, |row| row.conditions.foreign_load_rel),
        column("quota_throttled_rel", rows, |row| row.conditions.quota_throttled_rel),
        column("on_battery", rows, |row| row.conditions.on_battery),
        column("governor", rows, |row| row.conditions.governor.clone()),
        column("turbo", rows, |row| row.conditions.turbo),
        column("formula", rows, |row| row.formula.clone()),
    ]
}

/// Reads `windows.parquet`.
///
/// # Errors
/// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it isn't what it should be.
pub fn read_windows(path: &Path) -> Result<Vec<WindowRecord>, TableError> {
    read(path, |row| {
        Ok(WindowRecord {
            cell: row.get("cell")?,
            phase: row.word("phase")?,
            domain: row.get("domain")?,
            meter: row.get("meter")?,
            class: row.word("class")?,
            t_start_ns: row.get("t_start_ns")?,
            t_end_ns: row.get("t_end_ns")?,
            seconds: row.get("seconds")?,
            energy_j: row.get("energy_j")?,
            energy_net_j: row.get("energy_net_j")?,
            u_indep_j: row.get("u_indep_j")?,
            u_scale_rel: row.get("u_scale_rel")?,
            u_model_rel: row.get("u_model_rel")?,
            updates: row.get("updates")?,
            update_period_s: row.get("update_period_s")?,
            resolution_j: row.get("resolution_j")?,
            max_gap_s: row.get("max_gap_s")?,
            idle_w: row.get("idle_w")?,
            disagreement_rel: row.get_newer("disagreement_rel")?,
            valid: row.get("valid")?,
            reason: row.get("reason")?,
            conditions: WindowConditions {
                throttled: row.get("throttled")?,
                throttle: row.get_newer("throttle")?,
                temp_start_c: row.get("temp_start_c")?,
                temp_end_c: row.get("temp_end_c")?,
                clock_mhz: row.get_newer("clock_mhz")?,
                power_limit_w: row.get_newer("power_limit_w")?,
                foreign_processes: row.get_newer("foreign_processes")?,
                steal_rel: row.get("steal_rel")?,
                foreign_load_rel: row.get("foreign_load_rel")?,
                quota_throttled_rel: row.get_newer("quota_throttled_rel")?,
                on_battery: row.get_newer("on_battery")?,
                governor: row.get_newer("governor")?,
                turbo: row.get_newer("turbo")?,
            },
            formula: row.get("formula")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Phase;
    use harness_meter::Class;

    fn window(cell: Option<u32>, energy_j: Option<f64>) -> WindowRecord {
        WindowRecord {
            cell,
            phase: if cell.is_some() { Phase::Window } else { Phase::IdleMachine },
            domain: "cpu".to_string(),
            meter: "estimate".to_string(),
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
            disagreement_rel: energy_j.map(|_| -0.01),
            valid: energy_j.is_some(),
            reason: energy_j.is_none().then(|| "gap".to_string()),
            conditions: WindowConditions {
                steal_rel: Some(0.0),
                governor: Some("performance".to_string()),
                foreign_processes: Some(1),
                ..WindowConditions::default()
            },
            formula: None,
        }
    }

    #[test]
    fn windows_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("windows.parquet");
        let rows = vec![window(None, Some(8.0)), window(Some(0), Some(9.5)), window(Some(1), None)];
        write_windows(&path, &rows).unwrap();
        assert_eq!(read_windows(&path).unwrap(), rows);
    }

    #[test]
    fn energy_without_reason_or_against_its_validity_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("windows.parquet");
        for row in [
            WindowRecord { reason: None, ..window(Some(1), None) },
            WindowRecord { reason: Some("gap".to_string()), ..window(Some(1), Some(1.0)) },
            WindowRecord { valid: false, ..window(Some(1), Some(1.0)) },
        ] {
            assert!(matches!(write_windows(&path, &[row]).unwrap_err(), TableError::Rule { .. }));
        }
    }
}
