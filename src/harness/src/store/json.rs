//! JSON documents of a run folder.

use std::io;
use std::path::Path;

use anyhow::Result;
use harness_text::printable::Shown;

use crate::stop::Stop;
use crate::table::write_atomically;

/// Writes a JSON document, whole or not at all.
///
/// # Errors
/// The folder is gone, full, or may not be written.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    write_atomically(path, |file| io::Write::write_all(file, text.as_bytes())).map_err(|error| {
        let help = "check that its folder exists, is writable and has space left";
        Stop::missing(format!("cannot write `{}`: {error}\nhelp: {help}", path.shown())).into()
    })
}
