//! The run folder: made once, never overwritten, complete and readable after every cell.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use harness_meter::{Domain, Sample};

use crate::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use crate::stop::Stop;
use crate::table::{write_atomically, write_cells, write_items, write_samples, write_windows};

/// All rows of a run so far.
#[derive(Debug, Default)]
pub struct Tables {
    /// One a planned cell that was reached.
    pub cells: Vec<CellRecord>,
    /// One a phase and domain.
    pub windows: Vec<WindowRecord>,
    /// One an item and cell.
    pub items: Vec<ItemRecord>,
}

/// Makes `<out>/<utc>-<suite>/`; a second run within the same second gets a number.
pub fn create(out: &Path, suite: &str) -> Result<PathBuf> {
    let stamp = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(['-', ':'], "");
    fs::create_dir_all(out).map_err(|error| refused(out, &error))?;
    for number in 1.. {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let folder = out.join(format!("{stamp}-{suite}{suffix}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(&folder, &error).into()),
        }
    }
    unreachable!("numbers do not end")
}

fn refused(folder: &Path, error: &std::io::Error) -> Stop {
    let folder = folder.display();
    Stop::usage(format!(
        "cannot create the run folder `{folder}`: {error}\nhelp: name a folder that you may write to with `--out FOLDER`"
    ))
}

/// Writes the tables under their final names, each whole or not at all.
pub fn write_tables(folder: &Path, tables: &Tables) -> Result<()> {
    write_cells(&folder.join("cells.parquet"), &tables.cells)?;
    write_windows(&folder.join("windows.parquet"), &tables.windows)?;
    write_items(&folder.join("items.parquet"), &tables.items)?;
    Ok(())
}

/// Writes the raw readings.
pub fn write_readings(folder: &Path, domains: &[Domain], samples: &[Sample]) -> Result<()> {
    let row = |sample: &Sample| {
        let domain = domains.get(usize::from(sample.domain))?;
        Some(SampleRecord {
            t_ns: sample.t_ns,
            meter: domain.meter.clone(),
            domain: domain.name.clone(),
            kind: domain.kind,
            raw: sample.raw,
            unit: domain.unit.clone(),
            scale: domain.scale,
            fault: sample.fault.map(|fault| fault.as_str().to_owned()),
            driver_t_us: sample.driver_t_us,
        })
    };
    let rows: Vec<SampleRecord> = samples.iter().filter_map(row).collect();
    Ok(write_samples(&folder.join("samples.parquet"), &rows)?)
}

/// Writes a JSON document, whole or not at all.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    write_atomically(path, |file| std::io::Write::write_all(file, text.as_bytes()))
        .with_context(|| format!("cannot write `{}`", path.display()))
}
