//! The folder of figures: what was drawn into it, and what could not be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use harness_text::file_name::fitting;
use harness_text::guard::guarded;
use serde::{Deserialize, Serialize};

use super::draw::{Picture, save};

/// A figure that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingFigure {
    /// Its file's name without ending.
    pub figure: String,
    /// Why, in a phrase.
    pub why: String,
}

/// Figures of one folder.
#[derive(Debug)]
pub struct Drawn {
    folder: PathBuf,
    /// Files that were written.
    pub paths: Vec<PathBuf>,
    /// Figures that were not.
    pub missing: Vec<MissingFigure>,
}

impl Drawn {
    /// Nothing yet.
    pub fn into_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), paths: Vec::new(), missing: Vec::new() }
    }

    /// Writes a picture as `<stem>.svg` and `<stem>.png`, both or none.
    pub fn save(&mut self, stem: &str, picture: &impl Picture) {
        let stem = fitting(stem);
        let written = fs::create_dir_all(&self.folder).context("cannot make the folder `report`");
        match written.and_then(|()| save(&self.folder, &stem, picture)) {
            Ok(paths) => self.paths.extend(paths),
            Err(error) => {
                // One that an earlier call has drawn shows other numbers.
                for ending in ["svg", "png"] {
                    let _ = fs::remove_file(self.folder.join(format!("{stem}.{ending}")));
                }
                self.miss(&stem, &error);
            }
        }
    }

    /// Draws with `work`, which may fail in a library on numbers that nobody has thought of.
    pub(super) fn attempt(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        if guarded(|| work(self)).is_none() {
            self.miss(name, &anyhow::anyhow!("this program failed in drawing it"));
        }
    }

    /// Takes every figure away again, to make room.
    pub fn withdraw(&mut self, why: &str) {
        let mut figures: Vec<String> = Vec::new();
        for path in std::mem::take(&mut self.paths) {
            let _ = fs::remove_file(&path);
            figures.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
        figures.dedup();
        self.missing.extend(figures.into_iter().map(|figure| MissingFigure { figure, why: why.to_owned() }));
    }

    /// The page's section on figures that are missing; empty where none is.
    pub fn section(&self) -> String {
        if self.missing.is_empty() {
            return String::new();
        }
        let line = |missing: &MissingFigure| format!("- `{}`: {}\n", missing.figure, missing.why);
        format!("\n## Missing figures\n\n{}", self.missing.iter().map(line).collect::<String>())
    }

    fn miss(&mut self, figure: &str, error: &anyhow::Error) {
        let why = format!("{error:#}").replace('\n', " ");
        self.missing.push(MissingFigure { figure: figure.to_owned(), why });
    }
}

/// The files that a figure writes into a folder.
#[cfg(test)]
pub(super) fn paths(
    draw: fn(&crate::summary::Summary, &mut Drawn),
    summary: &crate::summary::Summary,
    folder: &Path,
) -> Vec<PathBuf> {
    let mut drawn = Drawn::into_folder(folder);
    draw(summary, &mut drawn);
    assert!(drawn.missing.is_empty(), "{drawn:?}");
    drawn.paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::summary;
    use crate::report::figures::write_report;

    #[test]
    fn a_figure_that_cannot_be_written_is_told_and_leaves_no_half() {
        let folder = tempfile::tempdir().unwrap();
        // The PNG's place is taken by a folder: only the SVG could be written.
        let report = folder.path().join("report");
        fs::create_dir_all(report.join("pareto-java.png/inside")).unwrap();
        let drawn = write_report(folder.path(), &summary());
        assert!(drawn.paths.is_empty(), "{drawn:?}");
        let [missing] = &drawn.missing[..] else { panic!("{drawn:?}") };
        assert_eq!(missing.figure, "pareto-java");
        assert!(missing.why.starts_with("cannot write `pareto-java.png`: "), "{}", missing.why);
        assert!(!report.join("pareto-java.svg").exists());
        assert!(drawn.section().contains("- `pareto-java`: cannot write"), "{}", drawn.section());
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_loses_figures_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("report"), "").unwrap();
        let drawn = write_report(folder.path(), &summary());
        assert!(drawn.paths.is_empty() && drawn.missing.len() == 1, "{drawn:?}");
    }

    #[test]
    fn names_that_are_too_long_for_files_are_cut_and_stay_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut summary = summary();
        let mut drawn = Drawn::into_folder(folder.path());
        for end in ["a", "b"] {
            let task = format!("{}{end}", "x".repeat(245));
            summary.rows.iter_mut().for_each(|row| row.task.clone_from(&task));
            crate::report::pareto::draw(&summary, &mut drawn);
        }
        assert!(drawn.missing.is_empty(), "{drawn:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn what_was_drawn_can_be_taken_back_and_a_failing_library_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut drawn = write_report(folder.path(), &summary());
        assert_eq!(drawn.paths.len(), 2);
        drawn.withdraw("no room");
        drawn.attempt("strange", |_| panic!("a library"));
        let told: Vec<(&str, &str)> =
            drawn.missing.iter().map(|missing| (missing.figure.as_str(), missing.why.as_str())).collect();
        assert_eq!(told, [("pareto-java", "no room"), ("strange", "this program failed in drawing it")]);
        assert_eq!(fs::read_dir(folder.path().join("report")).unwrap().count(), 0);
    }
}
