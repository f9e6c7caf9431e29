//! A run folder as it was stored: tables, raw readings and what the manifest says of the meters.

use std::path::Path;

use anyhow::Result;
use harness_meter::{Domain, FaultKind, Sample};
use serde::Deserialize;
use serde_json::Value as Json;

use super::folder::Tables;
use crate::record::SampleRecord;
use crate::stop::Stop;
use crate::summary::SummaryInput;
use crate::table::{read_cells, read_items, read_samples, read_windows};
use crate::windows::Limits;

/// Everything that measuring again needs.
pub(crate) struct Stored {
    /// The manifest as it stands.
    pub(crate) manifest: Json,
    /// The part of it that is used here.
    pub(crate) meters: Meters,
    /// The tables.
    pub(crate) tables: Tables,
    /// Raw readings; `domain` is an index into the meters' domains.
    pub(crate) samples: Vec<Sample>,
}

/// What the manifest says of the meters.
#[derive(Debug, Deserialize)]
pub(crate) struct Meters {
    pub(crate) domain_details: Vec<Domain>,
    pub(crate) counted: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) summary_input: SummaryInput,
}

impl Stored {
    /// Reads a run folder.
    ///
    /// # Errors
    /// A [`Stop`] that names what is missing or damaged.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Stop::missing(format!(
                "cannot read `{}`: {error}\nhelp: name a run folder, as `harness run` prints it at its end",
                path.display()
            ))
        })?;
        let damaged = |error: serde_json::Error| {
            Stop::missing(format!(
                "`{}` does not tell how the run was measured: {error}\nhelp: runs of versions before 0.2 kept too little; run the suite again",
                path.display()
            ))
        };
        let manifest: Json = serde_json::from_str(&text).map_err(damaged)?;
        let meters: Meters = serde_json::from_value(manifest.clone()).map_err(damaged)?;
        if let Some(domain) = meters.domain_details.iter().find(|domain| !domain.is_sound()) {
            let message = format!(
                "`{}` holds impossible numbers of the domain `{}`\nhelp: the run folder is damaged; run the suite again",
                path.display(),
                domain.name
            );
            return Err(Stop::missing(message).into());
        }
        let tables = Tables {
            cells: read_cells(&folder.join("cells.parquet")).map_err(lost)?,
            windows: read_windows(&folder.join("windows.parquet")).map_err(lost)?,
            items: read_items(&folder.join("items.parquet")).map_err(lost)?,
        };
        let rows = read_samples(&folder.join("samples.parquet")).map_err(lost)?;
        let samples = rows.iter().map(|row| sample(row, &meters.domain_details)).collect::<Result<_>>()?;
        Ok(Self { manifest, meters, tables, samples })
    }
}

fn lost(error: crate::table::TableError) -> Stop {
    Stop::missing(format!("{error}\nhelp: a run that was killed has no raw readings; run the suite again"))
}

fn sample(row: &SampleRecord, domains: &[Domain]) -> Result<Sample> {
    let wrong = |what: String| {
        Stop::missing(format!(
            "`samples.parquet` {what}\nhelp: the run folder is damaged; run the suite again"
        ))
    };
    let known = domains.iter().position(|domain| domain.name == row.domain && domain.meter == row.meter);
    let index =
        known.ok_or_else(|| wrong(format!("names the domain `{}`, the manifest does not", row.domain)))?;
    let fault = match &row.fault {
        None => None,
        Some(word) => Some(
            serde_json::from_value::<FaultKind>(Json::from(word.as_str()))
                .map_err(|_| wrong(format!("holds the fault `{word}`, which is none")))?,
        ),
    };
    Ok(Sample {
        t_ns: row.t_ns,
        domain: index as u16,
        raw: row.raw,
        fault,
        took_ns: row.took_ns.unwrap_or(0).max(0),
        driver_t_us: row.driver_t_us,
    })
}
