//! The board of figures, and the folder that they are written to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::pareto;
use crate::summary::Summary;

/// One kind of figure.
pub struct Figure {
    /// Its name, with which its files begin.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub summary: &'static str,
    /// Writes its files (SVG and PNG) into a folder and returns their paths; none where the summary has
    /// nothing to show.
    pub draw: fn(&Summary, &Path) -> Result<Vec<PathBuf>>,
}

/// Every figure.
pub const FIGURES: &[Figure] = &[Figure {
    name: "pareto",
    summary: "score against joules per task, with intervals and the front of the best trade-offs",
    draw: pareto::draw,
}];

/// Draws every figure into `report/` of a run folder and returns the paths of the files.
///
/// # Errors
/// If the folder can't be written.
pub fn write_report(run_folder: &Path, summary: &Summary) -> Result<Vec<PathBuf>> {
    let folder = run_folder.join("report");
    std::fs::create_dir_all(&folder).with_context(|| {
        format!("cannot make `{}`\nhelp: check that the run folder is writable", folder.display())
    })?;
    let mut paths = Vec::new();
    for figure in FIGURES {
        let drawn = (figure.draw)(summary, &folder);
        paths.extend(drawn.with_context(|| format!("cannot draw figure `{}`", figure.name))?);
    }
    Ok(paths)
}
