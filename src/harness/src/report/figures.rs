//! The board of figures, and the folder that they are written to.

use std::path::Path;

use super::drawn::Drawn;
use super::{depth, energy_depth, learning, pareto, score_depth};
use crate::summary::Summary;

/// One kind of figure.
pub struct Figure {
    /// Its name, with which its files begin.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub summary: &'static str,
    /// Writes its files (SVG and PNG); none where the summary has nothing to show.
    pub draw: fn(&Summary, &mut Drawn),
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

/// Draws every figure into `report/` of a run folder. A figure that cannot be drawn or written is told, and the others
/// are drawn.
pub fn write_report(run_folder: &Path, summary: &Summary) -> Drawn {
    let mut drawn = Drawn::into_folder(&run_folder.join("report"));
    for figure in FIGURES {
        drawn.attempt(figure.name, |drawn| (figure.draw)(summary, drawn));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::exits_example::{exits_example, exits_summary};

    #[test]
    fn every_figure_of_the_board_is_drawn_with_its_name_as_svg_and_png() {
        let folder = tempfile::tempdir().unwrap();
        let summary = exits_summary(&exits_example());
        let paths = write_report(folder.path(), &summary).paths;
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
