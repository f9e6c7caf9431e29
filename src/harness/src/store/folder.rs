//! The run folder: made once, never overwritten, complete and readable after every cell.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use harness_meter::{Domain, Sample};

use super::manifest::FileEntry;
use crate::hash;
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
    create_numbered(out, &format!("{stamp}-{suite}"))
}

/// Makes `<run>-<what>/` beside a run folder or in `out`; a second one gets a number.
pub fn create_beside(run: &Path, what: &str, out: Option<&Path>) -> Result<PathBuf> {
    let run = run.canonicalize().with_context(|| format!("cannot find `{}`", run.display()))?;
    let name = run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = run.parent().unwrap_or(&run);
    create_numbered(out.unwrap_or(beside), &format!("{name}-{what}"))
}

fn create_numbered(out: &Path, name: &str) -> Result<PathBuf> {
    fs::create_dir_all(out).map_err(|error| refused(out, &error))?;
    for number in 1.. {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let folder = out.join(format!("{name}{suffix}"));
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
            took_ns: Some(sample.took_ns),
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

/// Every file of the run folder but the manifest, with its hash.
pub fn files(folder: &Path, tables: &Tables) -> Result<Vec<FileEntry>> {
    let mut names = Vec::new();
    list(folder, folder, &mut names)?;
    names.sort();
    let rows = |name: &str| match name {
        "cells.parquet" => Some(tables.cells.len()),
        "windows.parquet" => Some(tables.windows.len()),
        "items.parquet" => Some(tables.items.len()),
        _ => None,
    };
    let entry = |name: String| {
        let sha256 = hash::file(&folder.join(&name))?;
        Ok(FileEntry { rows: rows(&name), sha256, name })
    };
    names.into_iter().filter(|name| name != "manifest.json").map(entry).collect()
}

fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, names)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            names.push(name.display().to_string());
        }
    }
    Ok(())
}
