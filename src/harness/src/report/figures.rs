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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary_through_tables;

    #[test]
    fn every_figure_of_the_board_is_drawn_with_its_name_as_svg_and_png() {
        let folder = tempfile::tempdir().unwrap();
        let summary = summary_through_tables(folder.path());
        let paths = write_report(folder.path(), &summary).unwrap();
        for figure in FIGURES {
            let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
            let of_figure: Vec<&str> = names.filter(|name| name.starts_with(figure.name)).collect();
            for ending in [".svg", ".png"] {
                assert!(of_figure.iter().any(|name| name.ends_with(ending)), "{of_figure:?}");
            }
        }
        assert!(paths.iter().all(|path| path.exists()));
    }
}
