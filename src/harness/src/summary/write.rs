//! Writes `summary.json` and `summary.md`, and reads the former back.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Summary;
use super::markdown::markdown;
use crate::table::write_atomically;

/// Writes both files into a run folder and returns their paths.
///
/// # Errors
/// If the folder can't be written.
pub fn write_summary(run_folder: &Path, summary: &Summary) -> Result<Vec<PathBuf>> {
    let mut json = serde_json::to_string_pretty(summary)?;
    json.push('\n');
    let files = [("summary.json", json), ("summary.md", markdown(summary))];
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = run_folder.join(name);
        write_atomically(&path, |file| file.write_all(text.as_bytes())).with_context(|| {
            format!(
                "cannot write `{}`\nhelp: check that the folder is writable and has space left",
                path.display()
            )
        })?;
        paths.push(path);
    }
    Ok(paths)
}

/// Reads a stored `summary.json`.
///
/// # Errors
/// If it isn't there or isn't a summary of this version.
pub fn read_summary(run_folder: &Path) -> Result<Summary> {
    let path = run_folder.join("summary.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`\nhelp: is this a finished run folder?", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "`{}` is no summary of this version\nhelp: make it anew with `harness report`",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary_through_tables;

    #[test]
    fn a_summary_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let summary = summary_through_tables(folder.path());
        let paths = write_summary(folder.path(), &summary).unwrap();
        assert_eq!(paths.len(), 2);
        let read = read_summary(folder.path()).unwrap();
        // Numbers may have lost their last bit on the way through text.
        assert_eq!(markdown(&read), markdown(&summary));
        assert_eq!(read.failed, summary.failed);
    }

    #[test]
    fn a_missing_or_damaged_summary_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let missing = read_summary(folder.path()).unwrap_err().to_string();
        assert!(missing.contains("help: is this a finished run folder?"), "{missing}");
        std::fs::write(folder.path().join("summary.json"), "{\"schema\": 1").unwrap();
        let damaged = read_summary(folder.path()).unwrap_err().to_string();
        assert!(damaged.contains("help: make it anew"), "{damaged}");
    }
}
