//! Writes `summary.json` and `summary.md`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_text::printable::Shown;

use super::markdown::markdown;
use crate::stop::Stop;
use crate::summary::Summary;
use crate::table::write_atomically;

/// The name of the file that holds a run's summary.
pub const SUMMARY: &str = "summary.json";

/// Writes both files into a run folder and returns their paths; `behind` are further sections of the page.
///
/// # Errors
/// A [`Stop`] if the folder can't be written.
pub fn write_summary(run_folder: &Path, summary: &Summary, behind: &str) -> Result<Vec<PathBuf>> {
    let mut json = serde_json::to_string_pretty(summary)?;
    json.push('\n');
    let files = [(SUMMARY, json), ("summary.md", markdown(summary) + behind)];
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = run_folder.join(name);
        write_atomically(&path, |file| file.write_all(text.as_bytes())).map_err(|error| {
            let help = "check that the folder is writable and has space left";
            Stop::missing(format!("cannot write `{}`: {error}\nhelp: {help}", path.shown()))
        })?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary_through_tables;

    #[test]
    fn a_summary_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let summary = summary_through_tables(folder.path());
        let paths = write_summary(folder.path(), &summary, "").unwrap();
        assert_eq!(paths.len(), 2);
        let read: Summary = serde_json::from_slice(&std::fs::read(&paths[0]).unwrap()).unwrap();
        assert_eq!(read, summary);
    }
}
