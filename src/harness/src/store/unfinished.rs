//! How far a run came that is not complete.

use anyhow::Result;

use super::{Manifest, RunFolder};
use crate::record::{CellRecord, Status};
use crate::stop::Stop;

impl RunFolder {
    /// How far the run came, as a sentence without full stop; None: every planned cell was run.
    ///
    /// # Errors
    /// The folder, or its table of cells, cannot be read.
    pub fn unfinished(&self, manifest: &Manifest) -> Result<Option<String>> {
        if manifest.complete && self.joined {
            return Ok(None);
        }
        let planned = manifest.planned().count();
        let what = match (self.joined, self.is_busy()) {
            (true, _) => "was stopped",
            (false, true) => "goes on",
            (false, false) => "was killed",
        };
        // A training has no cells.
        Ok(Some(match planned {
            0 => format!("the run {what}"),
            _ => format!("the run {what} after {} of {planned} cells", self.cells_run(planned)?),
        }))
    }

    /// The cells that have left their part, or whose rows say that they were begun.
    fn cells_run(&self, planned: usize) -> Result<usize> {
        if self.has_parts() || !self.joined {
            // Step 0 is the machine's rest, and so is the one behind the last cell.
            let is_cell = |step: &u32| (1..=planned).contains(&(*step as usize));
            return Ok(self.steps()?.iter().filter(|step| is_cell(step)).count());
        }
        let cells = self.read::<CellRecord>()?;
        Ok(cells.iter().filter(|cell| cell.status != Status::Skipped).count())
    }

    /// What must be said of numbers that come from a run that is not complete, without full stop; None: nothing.
    ///
    /// # Errors
    /// As [`unfinished`](Self::unfinished).
    pub fn caveat(&self, manifest: &Manifest) -> Result<Option<String>> {
        let checked = match self.joined {
            true => "",
            false => "; its files have no hashes yet, so nothing tells whether they are whole",
        };
        Ok(self.unfinished(manifest)?.map(|how_far| format!("not complete: {how_far}{checked}")))
    }

    /// That the run has come to an end, complete or stopped, so that its tables are whole and have hashes.
    ///
    /// # Errors
    /// A [`Stop`] that says how far the run came.
    pub fn expect_ended(&self, manifest: &Manifest) -> Result<()> {
        match self.joined {
            true => Ok(()),
            false => self.refused(manifest),
        }
    }

    /// That every planned cell was run.
    ///
    /// # Errors
    /// A [`Stop`] that says how far the run came.
    pub fn expect_complete(&self, manifest: &Manifest) -> Result<()> {
        match self.joined && manifest.complete {
            true => Ok(()),
            false => self.refused(manifest),
        }
    }

    fn refused(&self, manifest: &Manifest) -> Result<()> {
        let folder = self.path.display();
        let how_far = self.unfinished(manifest)?.unwrap_or_default();
        let help = match manifest.remeasured_from.as_ref().or(manifest.rescored_from.as_ref()) {
            Some(from) => format!("go on with `harness run --resume {from}`, then make this one again"),
            None if self.has_parts() || !self.joined => format!("go on with `harness run --resume {folder}`"),
            None => "its parts are gone, so it cannot go on: run the suite again".to_owned(),
        };
        Err(Stop::missing(format!("`{folder}` is not complete: {how_far}\nhelp: {help}")).into())
    }
}
