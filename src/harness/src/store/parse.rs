//! From the text of `manifest.json` to a manifest that a run could have.

use std::path::Path;

use harness_text::printable::{self, Shown};
use harness_text::regular;
use serde_json::Value as Json;

use super::manifest::{MANIFEST, Manifest, SCHEMA};
use super::{older, sound};
use crate::stop::Stop;

impl Manifest {
    /// Reads the manifest of a run folder; one of the version before is turned into today's.
    ///
    /// # Errors
    /// A [`Stop`] where it is missing, damaged, of a newer version, holds values that no run has, or lacks what later
    /// versions keep.
    pub fn read(folder: &Path) -> Result<Self, Stop> {
        let path = folder.join(MANIFEST);
        let bytes = regular::read(&path, regular::DATA).map_err(|error| {
            Stop::missing(format!(
                "cannot read `{}`: {error}\nhelp: name a run folder, as `harness run` prints it at its end; `harness runs` lists them",
                path.shown()
            ))
        })?;
        Self::parse(&bytes, &path)
    }

    /// Reads a manifest's text; `path` is named in messages.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, Stop> {
        let shown = path.shown();
        let json: Json = serde_json::from_slice(text).map_err(|error| {
            let error = printable::short(&error.to_string());
            Stop::missing(format!(
                "`{shown}` is damaged: {error}\nhelp: restore the file, or run the suite again"
            ))
        })?;
        let manifest: Self = serde_path_to_error::deserialize(of_today(json, path)?).map_err(|error| {
            let (key, why) = (error.path().to_string(), error.inner());
            let (key, why) = (printable::short(&key), printable::short(&why.to_string()));
            let at = if key == "." { String::new() } else { format!("`{key}`: ") };
            Stop::missing(format!(
                "`{shown}` does not tell how the run was measured: {at}{why}\nhelp: the earliest runs kept too little, or the file is damaged; run the suite again"
            ))
        })?;
        sound::check(&manifest).map_err(|fault| {
            let fault = printable::short(&fault.to_string());
            Stop::missing(format!(
                "`{shown}` is damaged: {fault}\nhelp: copy the run folder again, or run the suite again"
            ))
        })?;
        Ok(manifest)
    }
}

/// A manifest of this version, or of the one before as this one's.
fn of_today(json: Json, path: &Path) -> Result<Json, Stop> {
    let path = path.shown();
    match json.get("schema").and_then(Json::as_u64) {
        Some(1) => Ok(older::manifest(json)),
        Some(schema) if schema == u64::from(SCHEMA) => Ok(json),
        Some(schema) if schema > u64::from(SCHEMA) => Err(Stop::missing(format!(
            "`{path}` is of schema {schema}, this version reads up to {SCHEMA}\nhelp: use the version of harness that wrote it, or a newer one"
        ))),
        _ => Err(Stop::missing(format!(
            "`{path}` is no manifest of a run: it names no schema\nhelp: name a run folder, as `harness run` prints it at its end"
        ))),
    }
}
