//! The run folder: made once, written part by part, joined at the end, read in between and afterwards.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use harness_text::file_name::fitting;
use harness_text::printable::Shown;

use super::listed::{Listed, PARTS};
use super::lock::FolderLock;
use super::{MANIFEST, Manifest};
use crate::record::{CellRecord, ItemRecord, SampleRecord, WindowRecord};
use crate::stop::Stop;
use crate::table::{self, Source, Table, TableError};
use crate::utc;

/// Names of files and folders that are not whole yet begin so.
const UNFINISHED: &str = ".new-";

/// What one step of a run leaves: rows of every table.
#[derive(Debug, Default)]
pub struct Part {
    /// One row a cell.
    pub cells: Vec<CellRecord>,
    /// One row a phase and domain.
    pub windows: Vec<WindowRecord>,
    /// One row an item and cell.
    pub items: Vec<ItemRecord>,
    /// Raw readings since the step before.
    pub samples: Vec<SampleRecord>,
}

/// A run folder.
///
/// While a run goes on, each of its steps is a folder `parts/NNNNNN` that appears whole or not at all. Then the
/// parts are joined into one file a table.
#[derive(Debug)]
pub struct RunFolder {
    pub(super) path: PathBuf,
    /// Rows are in the joined tables, not in the parts.
    pub(super) joined: bool,
    /// Hashes that what is read must have.
    pub(super) listed: Listed,
    /// It is made from another run, and can only be made again.
    derived: bool,
    /// It was made by this process.
    new: bool,
    lock: Option<FolderLock>,
}

impl RunFolder {
    /// Makes `<out>/<utc>-<suite>/` for writing; a second run within the same second gets a number.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create(out: &Path, suite: &str) -> Result<Self> {
        let stamp = utc::text(SystemTime::now()).replace(['-', ':'], "");
        Self::numbered(out, &format!("{stamp}-{suite}"), false)
    }

    /// Makes `<run>-<what>/` beside a run folder or in `out` for writing; a second one gets a number.
    ///
    /// # Errors
    /// The run folder is not there, or the new one cannot be made.
    pub fn beside(run: &Path, what: &str, out: Option<&Path>) -> Result<Self> {
        let run = run.canonicalize().with_context(|| format!("cannot find `{}`", run.shown()))?;
        let name = run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = run.parent().unwrap_or(&run);
        Self::numbered(out.unwrap_or(beside), &format!("{name}-{what}"), true)
    }

    fn numbered(out: &Path, name: &str, derived: bool) -> Result<Self> {
        let name = fitting(name);
        fs::create_dir_all(out).map_err(|error| refused(out, &error))?;
        let mut number = 1_u32;
        let path = loop {
            let suffix = if number == 1 { String::new() } else { format!("-{number}") };
            let path = out.join(format!("{name}{suffix}"));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(refused(&path, &error).into()),
            }
        };
        let lock = FolderLock::take(&path)?;
        Ok(Self { path, joined: false, listed: Listed::default(), derived, new: true, lock: Some(lock) })
    }

    /// Opens a run folder for reading, with its manifest. A file whose SHA-256 is not the one that the manifest names
    /// is refused before anything of it is read; of a run that has not ended no file has a hash.
    ///
    /// # Errors
    /// A [`Stop`] where it holds no run, or a damaged one.
    pub fn open(path: &Path) -> Result<(Self, Manifest)> {
        let manifest = Manifest::read(path)?;
        let joined = !manifest.files.is_empty() || !path.join(PARTS).is_dir();
        let listed = Listed::of(&manifest);
        Ok((Self { path: path.to_owned(), joined, listed, derived: false, new: false, lock: None }, manifest))
    }

    /// The same folder without a look at hashes: for a check that compares all of them itself.
    pub fn without_hashes(mut self) -> Self {
        self.listed = Listed::default();
        self
    }

    /// Makes this process the only one that writes into the folder, and clears away what a killed one has left.
    ///
    /// # Errors
    /// Another process writes into it; the folder may not be written.
    pub fn take(&mut self) -> Result<()> {
        if self.lock.is_none() {
            self.lock = Some(FolderLock::take(&self.path)?);
            for folder in [self.path.clone(), self.path.join(PARTS), self.path.join("report")] {
                clear(&folder).map_err(|error| self.unwritable(&error))?;
            }
        }
        Ok(())
    }

    /// Goes on writing parts after tables were joined.
    pub fn reopen(&mut self) {
        self.joined = false;
        self.listed.let_grow();
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether parts are there to go on with.
    pub fn has_parts(&self) -> bool {
        self.path.join(PARTS).is_dir()
    }

    /// Whether another process writes into it now.
    pub fn is_busy(&self) -> bool {
        self.lock.is_none() && FolderLock::take(&self.path).is_err()
    }

    /// Writes what a step has left: all of it or nothing.
    ///
    /// # Errors
    /// A [`Stop`] that says how to go on: the folder is gone, full, or may not be written.
    pub fn write(&self, step: u32, part: &Part) -> Result<()> {
        let to = self.path.join(PARTS).join(format!("{step:06}"));
        self.write_part(&to, part).map_err(|error| self.unwritable(&error).into())
    }

    fn write_part(&self, to: &Path, part: &Part) -> Result<(), String> {
        let said = |error: io::Error| format!("cannot write `{}`: {error}", to.shown());
        let parts = self.path.join(PARTS);
        match fs::create_dir(&parts) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(said(error)),
            _ => {}
        }
        let new = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(&parts)
            .map_err(said)?;
        fn table<R: Table>(folder: &Path, rows: &[R]) -> Result<(), String> {
            let path = folder.join(R::NAME).with_extension("parquet");
            if rows.is_empty() {
                Ok(())
            } else {
                table::write(&path, rows).map_err(|error| first_line(&error))
            }
        }
        table(new.path(), &part.samples)?;
        table(new.path(), &part.items)?;
        table(new.path(), &part.windows)?;
        table(new.path(), &part.cells)?;
        fs::rename(new.path(), to).map_err(said)?;
        drop(new.keep());
        File::open(&parts).and_then(|parts| parts.sync_all()).map_err(said)
    }

    /// Writes the manifest, whole or not at all.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn note(&self, manifest: &Manifest) -> Result<()> {
        let known = self.path.join(MANIFEST).exists();
        manifest.write(&self.path).map_err(|error| match known || self.derived {
            true => self.unwritable(&first_line(&error)).into(),
            // Nothing is measured yet, and nothing will be left.
            false => error,
        })
    }

    /// What a failed write means for the run.
    pub(super) fn unwritable(&self, error: &dyn std::fmt::Display) -> Stop {
        let path = self.path.shown();
        let help = match self.derived {
            true => format!(
                "the run that this is made from is untouched; make room for `{path}`, and make it again"
            ),
            false => format!(
                "what was measured before is kept; make room or make the folder writable, then go on with `harness run --resume {path}`"
            ),
        };
        Stop::missing(format!("{error}\nhelp: {help}"))
    }

    /// What it means that tables could not be joined: one cannot be read, or the joined one not be written.
    pub(super) fn trouble(&self, error: TableError) -> Stop {
        match error {
            TableError::Write { .. } => self.unwritable(&first_line(&error)),
            error => lost(error),
        }
    }

    /// The steps that have left their part.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn steps(&self) -> Result<BTreeSet<u32>> {
        let parts = self.path.join(PARTS);
        if !parts.is_dir() {
            return Ok(BTreeSet::new());
        }
        let mut steps = BTreeSet::new();
        for entry in fs::read_dir(&parts).with_context(|| format!("cannot read `{}`", parts.shown()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            steps.extend(name.parse::<u32>().ok().filter(|step| format!("{step:06}") == name));
        }
        Ok(steps)
    }

    /// The files that hold a table's rows, in order, each found to be the one that the manifest lists. Whoever reads
    /// rows comes by here.
    ///
    /// # Errors
    /// The folder cannot be read; a [`Stop`] where a file is missing or damaged.
    pub fn files<R: Table>(&self) -> Result<Vec<PathBuf>> {
        let table = format!("{}.parquet", R::NAME);
        let names = if self.joined {
            vec![table]
        } else {
            let file = |step: u32| format!("{PARTS}/{step:06}/{table}");
            let is_there = |name: &String| self.path.join(name).exists() || self.listed.has(name);
            self.steps()?.into_iter().map(file).filter(is_there).collect()
        };
        names.iter().try_for_each(|name| self.listed.check(&self.path, name))?;
        Ok(names.iter().map(|name| self.path.join(name)).collect())
    }

    /// That every table is the one that the manifest lists, for who makes another run of all of them.
    ///
    /// # Errors
    /// As [`files`](Self::files).
    pub fn expect_whole_tables(&self) -> Result<()> {
        self.files::<CellRecord>()?;
        self.files::<WindowRecord>()?;
        self.files::<ItemRecord>()?;
        self.files::<SampleRecord>().map(drop)
    }

    /// Fills a folder that was made for it; where that fails, nothing of it is left.
    ///
    /// # Errors
    /// What filling it says.
    pub fn filled<T>(self, fill: impl FnOnce(Self) -> Result<T>) -> Result<T> {
        let path = self.path.clone();
        fill(self).inspect_err(|_| {
            // The first trouble is the one to tell.
            let _ = fs::remove_dir_all(&path);
        })
    }

    /// Where a table is once it is joined.
    pub(super) fn table_path<R: Table>(&self) -> PathBuf {
        self.path.join(R::NAME).with_extension("parquet")
    }

    /// A table's files, to be read row group by row group.
    ///
    /// # Errors
    /// A [`Stop`] where one is missing or damaged.
    pub fn sources<R: Table>(&self) -> Result<Vec<Source<R>>> {
        Ok(self
            .files::<R>()?
            .iter()
            .map(|file| Source::open(file))
            .collect::<Result<_, _>>()
            .map_err(lost)?)
    }

    /// All rows of a table.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub fn read<R: Table>(&self) -> Result<Vec<R>> {
        let mut rows = Vec::new();
        for batch in self.batches::<R>()? {
            rows.extend(batch?);
        }
        Ok(rows)
    }

    /// The rows of a table, row group by row group.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub fn batches<R: Table>(&self) -> Result<impl Iterator<Item = Result<Vec<R>>>> {
        let sources = self.sources::<R>()?;
        let groups = |source: Source<R>| {
            (0..source.groups()).map(move |group| Ok(source.group(group).map_err(lost)?))
        };
        Ok(sources.into_iter().flat_map(groups))
    }

    /// The rows of one task and variant.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub fn of_variant<R: Table>(&self, task: &str, variant: &str) -> Result<Vec<R>> {
        let wanted = [("task", task), ("variant", variant)];
        Ok(table::filtered(&self.files::<R>()?, &wanted).map_err(lost)?)
    }

    /// Takes a table over from another run folder as it is.
    ///
    /// # Errors
    /// It cannot be read there or written here.
    pub fn copy<R: Table>(&self, from: &Self) -> Result<()> {
        let joined = table::join::<R>(&from.files::<R>()?, &[], &self.table_path::<R>());
        joined.map_err(|error| self.trouble(error))?;
        Ok(())
    }
}

/// A folder of which nothing can be read is not left over: of a run that ended before its first step, or of one that
/// could not be made from another.
impl Drop for RunFolder {
    fn drop(&mut self) {
        if self.new && !self.path.join(MANIFEST).exists() && (self.derived || !self.has_parts()) {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what is not whole.
fn clear(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
    }
    Ok(())
}

pub(super) fn first_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn refused(folder: &Path, error: &io::Error) -> Stop {
    let folder = folder.shown();
    Stop::usage(format!(
        "cannot create the run folder `{folder}`: {error}\nhelp: name a folder that you may write to with `--out FOLDER`"
    ))
}

pub(super) fn lost(error: table::TableError) -> Stop {
    Stop::missing(error.to_string())
}
