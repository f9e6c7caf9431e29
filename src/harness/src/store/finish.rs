//! The end of a run folder: tables joined, summary, pages and figures, the manifest with every file's hash.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_text::printable::Shown;
use harness_text::regular;

use super::RunFolder;
use super::folder::first_line;
use super::listed::{Listed, PARTS};
use super::manifest::{FileEntry, MANIFEST, Manifest};
use crate::claim::Certification;
use crate::hash;
use crate::limit::Gate;
use crate::progress::say;
use crate::record::{CellRecord, ItemRecord, SampleRecord, ScoreRecord, Status, WindowRecord};
use crate::report::{Drawn, MissingFigure, SUMMARY, write_report, write_summary};
use crate::stop::{MISSING, Stop};
use crate::summary::{Summary, summarise};
use crate::table::{self, Source, Table};
use crate::target::TargetReport;
use crate::target::form::section;

/// A run folder that is whole.
#[derive(Debug)]
pub struct Finished {
    /// Where it is.
    pub folder: PathBuf,
    /// What it says.
    pub summary: Summary,
    /// Limits that its suite sets.
    pub gates: Vec<Gate>,
    /// Claims that its suite makes.
    pub certifications: Vec<Certification>,
    /// What papers say, held against it; None: the suite has no target.
    pub targets: Option<TargetReport>,
    /// How far the run came, where it is not complete.
    pub unfinished: Option<String>,
    /// 0, or 3 where not everything was measured and scored.
    pub code: u8,
}

impl RunFolder {
    /// Joins the parts, with the rows of cells that were never run behind them, and writes everything that is made
    /// from tables. Parts stay where cells were skipped, so that the run can go on.
    ///
    /// # Errors
    /// A table cannot be read, or a file not be written; calling it again repeats all of it.
    pub fn finish(mut self, mut manifest: Manifest, skipped: &[CellRecord]) -> Result<Finished> {
        self.join(skipped)?;
        // What was listed before are other tables.
        (self.joined, self.listed) = (true, Listed::default());
        let (summary, unfinished) = self.summarise(&manifest)?;
        let targets = manifest.targets()?;
        let targets = match targets.is_empty() {
            true => None,
            false => Some(self.judge(&manifest, &summary, &targets)?),
        };
        let behind = targets.as_ref().map(section).unwrap_or_default();
        // What is made from tables comes before figures, which may fill the disk.
        self.write_pages(&summary, &behind)?;
        self.draw(&mut manifest, &summary, &behind, !skipped.is_empty())?;
        let parts = self.path.join(PARTS);
        if skipped.is_empty()
            && parts.is_dir()
            && let Err(error) = fs::remove_dir_all(&parts)
        {
            say(&format!("the run is whole, but `{}` cannot be removed: {error}", parts.shown()));
        }
        let code = if unfinished { MISSING } else { 0 };
        let (gates, certifications) = (manifest.gates()?, manifest.certifications()?);
        let unfinished = self.unfinished(&manifest)?;
        Ok(Finished { folder: self.path.clone(), summary, gates, certifications, targets, unfinished, code })
    }

    /// Draws the figures and writes the manifest. Figures are no reason for a run to fail: those that are missing are
    /// noted, and all of them make room for the manifest where there is none.
    fn draw(&self, manifest: &mut Manifest, summary: &Summary, behind: &str, with_parts: bool) -> Result<()> {
        let mut drawn = write_report(&self.path, summary);
        let mut sealed = self.seal(manifest, summary, behind, &drawn, with_parts);
        if sealed.is_err() && !drawn.paths.is_empty() {
            drawn.withdraw("it left no room for the manifest");
            sealed = self.seal(manifest, summary, behind, &drawn, with_parts);
        }
        sealed?;
        for MissingFigure { figure, why } in &drawn.missing {
            say(&format!("figure `{figure}` is missing: {why}"));
        }
        Ok(())
    }

    /// Notes which figures are missing, and every file, in the manifest.
    fn seal(
        &self,
        manifest: &mut Manifest,
        summary: &Summary,
        behind: &str,
        drawn: &Drawn,
        with_parts: bool,
    ) -> Result<()> {
        if !drawn.missing.is_empty() {
            self.write_pages(summary, &format!("{behind}{}", drawn.section()))?;
        }
        manifest.missing_figures.clone_from(&drawn.missing);
        manifest.files = self.list(with_parts)?;
        self.note(manifest)
    }

    fn write_pages(&self, summary: &Summary, behind: &str) -> Result<()> {
        let written = write_summary(&self.path, summary, behind);
        written.map(drop).map_err(|error| self.unwritable(&first_line(&error)).into())
    }

    /// What the tables say, and whether something is missing in them.
    ///
    /// # Errors
    /// A table cannot be read.
    pub fn summarise(&self, manifest: &Manifest) -> Result<(Summary, bool)> {
        let cells = self.read::<CellRecord>()?;
        let windows = self.read::<WindowRecord>()?;
        let items = |task: &str, variant: &str| self.of_variant::<ScoreRecord>(task, variant);
        let mut summary = summarise(&manifest.summary_input, &cells, &windows, &items)?;
        summary.machine.clone_from(&manifest.qualification);
        let unfinished = cells.iter().any(|cell| cell.status != Status::Ok)
            || summary.rows.iter().any(|row| row.unscored > 0)
            || !summary.failed.is_empty();
        Ok((summary, unfinished))
    }

    /// What a finished run says, as its file `summary.json` keeps it; computed again where an earlier version wrote it.
    ///
    /// # Errors
    /// A [`Stop`] where the run is not complete, or the file is missing or not the one that the manifest lists.
    pub fn stored_summary(&self, manifest: &Manifest) -> Result<Summary> {
        self.expect_complete(manifest)?;
        let path = self.path.join(SUMMARY);
        let damaged = |why: String| {
            Stop::missing(format!(
                "`{}` {why}\nhelp: restore the run folder, or run the suite again",
                path.shown()
            ))
        };
        self.listed.check(&self.path, SUMMARY)?;
        let text = regular::read(&path, regular::DATA)
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        let summary: Summary =
            serde_json::from_slice(&text).map_err(|error| damaged(format!("is damaged: {error}")))?;
        if summary.schema > crate::summary::SCHEMA {
            return Err(
                damaged(format!("is of schema {}, newer than this version reads", summary.schema)).into()
            );
        }
        match summary.schema < crate::summary::SCHEMA {
            true => Ok(self.summarise(manifest)?.0),
            false => Ok(summary),
        }
    }

    fn join(&self, skipped: &[CellRecord]) -> Result<()> {
        self.join_table::<CellRecord>(skipped)?;
        self.join_table::<WindowRecord>(&[])?;
        self.join_table::<ItemRecord>(&[])?;
        self.join_table::<SampleRecord>(&[])
    }

    /// A table that was taken over whole has no parts.
    fn join_table<R: Table>(&self, behind: &[R]) -> Result<()> {
        let (files, to) = (self.files::<R>()?, self.table_path::<R>());
        if !files.is_empty() || !behind.is_empty() || !to.exists() {
            table::join(&files, behind, &to).map_err(|error| self.trouble(error))?;
        }
        Ok(())
    }

    /// Every file of the folder but the manifest, with its hash.
    fn list(&self, with_parts: bool) -> Result<Vec<FileEntry>> {
        let mut names = Vec::new();
        list(&self.path, &self.path, &mut names)?;
        names.retain(|name| name != MANIFEST && (with_parts || !name.starts_with(&format!("{PARTS}/"))));
        names.sort();
        let entry = |name: String| {
            let path = self.path.join(&name);
            Ok(FileEntry { rows: self.rows(&name)?, sha256: hash::file(&path)?, name })
        };
        names.into_iter().map(entry).collect()
    }

    fn rows(&self, name: &str) -> Result<Option<usize>> {
        fn rows<R: Table>(folder: &RunFolder, name: &str) -> Result<Option<usize>> {
            let path = folder.table_path::<R>();
            let is_it = path.file_name().is_some_and(|file| file == name);
            Ok(if is_it { Some(Source::<R>::open(&path)?.rows()) } else { None })
        }
        let found = [
            rows::<CellRecord>(self, name)?,
            rows::<WindowRecord>(self, name)?,
            rows::<ItemRecord>(self, name)?,
            rows::<SampleRecord>(self, name)?,
        ];
        Ok(found.into_iter().flatten().next())
    }
}

fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, names)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            names.push(name.display().to_string());
        }
    }
    Ok(())
}
