//! The board of figures, and the folder that they are written to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use harness_text::printable::Shown;

use super::{depth, energy_depth, learning, pareto, score_depth};
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
pub const FIGURES: &[Figure] = &[
    Figure {
        name: "pareto",
        summary: "score against joules per task, with intervals and the front of the best trade-offs",
        draw: pareto::draw,
    },
    Figure {
        name: "depth",
        summary: "after how many blocks the tokens of each variant left",
        draw: depth::draw,
    },
    Figure {
        name: "energy-depth",
        summary: "joules per token against depth, with the line of the depth law and what policies cost beside it",
        draw: energy_depth::draw,
    },
    Figure { name: "score-depth", summary: "score against depth, exit by exit", draw: score_depth::draw },
    Figure {
        name: "learning",
        summary: "how exit agents learned: reward, depth and agreement against training steps",
        draw: learning::draw,
    },
];

/// Draws every figure into `report/` of a run folder and returns the paths of the files.
///
/// # Errors
/// If the folder can't be written.
pub fn write_report(run_folder: &Path, summary: &Summary) -> Result<Vec<PathBuf>> {
    let folder = run_folder.join("report");
    std::fs::create_dir_all(&folder).with_context(|| {
        format!("cannot make `{}`\nhelp: check that the run folder is writable", folder.shown())
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
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn every_figure_of_the_board_is_drawn_with_its_name_as_svg_and_png() {
        let folder = tempfile::tempdir().unwrap();
        let summary = exits_summary(&exits_example());
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
