//! Tables as Parquet files: written whole or not at all, read whole or batch by batch.

use std::collections::BTreeMap;
use std::fs::File;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use harness_text::regular;
use polars::io::SerReader;
use polars::io::parquet::read::ParquetReader;
use polars::io::parquet::write::{BatchedWriter, KeyValueMetadata, ParquetWriter};
use polars::prelude::{
    Column, DataFrame, DataType, IntoLazy, LazyFrame, PlRefPath, PlSmallStr, PolarsError, PolarsResult,
    ScanArgsParquet, Schema,
};

use super::field::{ColumnInfo, Field, fault};
use super::guard::guarded;
use super::{TableError, write_atomically};

/// The version of the tables, stored in every file under [`SCHEMA_KEY`].
const SCHEMA: &str = "2";

/// The version before it, which is read as well.
const OLDER: &str = "1";

/// The Parquet metadata key of the version.
const SCHEMA_KEY: &str = "harness.schema";

/// Rows of one row group: a batch of them is what is in memory at a time.
const ROW_GROUP: usize = 1 << 15;

/// The rows of one table of the run folder, or some of their columns.
pub trait Table: Field {
    /// The file's name without `.parquet`.
    const NAME: &'static str;

    /// What one row is.
    const ROW: &'static str;

    /// Says what is wrong with a row that must not be stored.
    ///
    /// # Errors
    /// A phrase that goes on after "row N of table T".
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Turns columns of the version before into today's. Columns that a file lacks and that may be null are added
    /// afterwards, whatever its version.
    ///
    /// # Errors
    /// A column that it had is missing, or of another type.
    fn upgrade(frame: DataFrame) -> PolarsResult<DataFrame> {
        Ok(frame)
    }
}

/// The columns of a table, as the page for people lists them.
pub fn columns<R: Table>() -> Vec<ColumnInfo> {
    R::columns("", "", "")
}

/// The columns of these rows.
fn frame<R: Table>(rows: &[R]) -> PolarsResult<DataFrame> {
    DataFrame::new_infer_height(R::write("", &rows.iter().collect::<Vec<_>>()))
}

/// Writes rows as one file.
///
/// # Errors
/// [`TableError::Rule`] where a row breaks a rule, else [`TableError::Write`].
pub fn write<R: Table>(path: &Path, rows: &[R]) -> Result<(), TableError> {
    for (row, record) in rows.iter().enumerate() {
        record.check().map_err(|problem| TableError::Rule { table: R::NAME, row, problem })?;
    }
    let failed = |error: &dyn std::fmt::Display| TableError::write(path, error);
    let frame = frame(rows).map_err(|error| failed(&error))?;
    write_atomically(path, |file| {
        let mut out = Appending::new(file, frame.schema())?;
        out.append(frame)?;
        out.finish()
    })
    .map_err(|error| failed(&error))
}

/// Joins files in their order, and rows behind them, into one file; the number of rows.
///
/// Files may lack columns that others have: their rows are null there.
///
/// # Errors
/// As [`write`] and [`read`].
pub fn join<R: Table>(files: &[PathBuf], behind: &[R], to: &Path) -> Result<usize, TableError> {
    let failed = |error: &dyn std::fmt::Display| TableError::write(to, error);
    let behind = frame(behind).map_err(|error| failed(&error))?;
    let sources = files.iter().map(|file| Source::<R>::open(file)).collect::<Result<Vec<_>, _>>()?;
    let mut schema = Schema::default();
    for source in &sources {
        let part = source.frame(0, 0, true)?;
        schema.extend(part.schema().iter().map(|(name, dtype)| (name.clone(), dtype.clone())));
    }
    schema.extend(behind.schema().iter().map(|(name, dtype)| (name.clone(), dtype.clone())));
    let mut rows = 0;
    let mut lost = None;
    write_atomically(to, |file| {
        let mut out = Appending::new(file, &schema)?;
        for (source, group) in
            sources.iter().flat_map(|source| (0..source.groups.len()).map(move |g| (source, g)))
        {
            match source.group_frame(group, true) {
                Ok(frame) => rows += out.append(aligned(frame, &schema)?)?,
                Err(error) => return Err(std::io::Error::other(lost.insert(error).to_string())),
            }
        }
        rows += out.append(aligned(behind, &schema)?)?;
        out.finish()
    })
    .map_err(|error| lost.unwrap_or_else(|| failed(&error)))?;
    Ok(rows)
}

/// A file that rows are appended to, row group by row group.
struct Appending<'f> {
    writer: BatchedWriter<&'f mut File>,
    waiting: Option<DataFrame>,
}

impl<'f> Appending<'f> {
    fn new(file: &'f mut File, schema: &Schema) -> std::io::Result<Self> {
        let version = KeyValueMetadata::from_static(vec![(SCHEMA_KEY.to_owned(), SCHEMA.to_owned())]);
        let writer = ParquetWriter::new(file).with_key_value_metadata(Some(version));
        let writer = writer.batched(schema).map_err(std::io::Error::other)?;
        Ok(Self { writer, waiting: None })
    }

    fn append(&mut self, frame: DataFrame) -> std::io::Result<usize> {
        let rows = frame.height();
        let waiting = match self.waiting.take() {
            Some(waiting) => waiting.vstack(&frame).map_err(std::io::Error::other)?,
            None => frame,
        };
        let mut offset = 0;
        while waiting.height() - offset >= ROW_GROUP {
            self.write(&waiting.slice(offset as i64, ROW_GROUP))?;
            offset += ROW_GROUP;
        }
        self.waiting = Some(if offset == 0 { waiting } else { waiting.slice(offset as i64, ROW_GROUP) });
        Ok(rows)
    }

    fn write(&mut self, frame: &DataFrame) -> std::io::Result<()> {
        let mut frame = frame.clone();
        frame.rechunk_mut();
        self.writer.write_batch(&frame).map_err(std::io::Error::other)
    }

    fn finish(mut self) -> std::io::Result<()> {
        if let Some(rest) = self.waiting.take() {
            self.write(&rest)?;
        }
        self.writer.finish().map(drop).map_err(std::io::Error::other)
    }
}

/// The frame with exactly the columns of a schema; what it lacks is null.
fn aligned(frame: DataFrame, schema: &Schema) -> std::io::Result<DataFrame> {
    let column = |(name, dtype): (&PlSmallStr, &DataType)| match frame.column(name) {
        Ok(column) if column.dtype() == dtype => Ok(column.clone()),
        Ok(column) => Err(std::io::Error::other(format!(
            "column `{name}` is {} in one part and {dtype} in another",
            column.dtype()
        ))),
        Err(_) => Ok(Column::full_null(name.clone(), frame.height(), dtype)),
    };
    let columns = schema.iter().map(column).collect::<std::io::Result<Vec<Column>>>()?;
    DataFrame::new(frame.height(), columns).map_err(std::io::Error::other)
}

/// Reads all rows of a file.
///
/// # Errors
/// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it isn't what it should be.
pub fn read<R: Table>(path: &Path) -> Result<Vec<R>, TableError> {
    let source = Source::<R>::open(path)?;
    let mut rows = Vec::with_capacity(source.rows());
    for group in 0..source.groups() {
        rows.extend(source.group(group)?);
    }
    Ok(rows)
}

/// A file whose row groups are read one by one, so that no more than one needs memory.
pub struct Source<R> {
    path: PathBuf,
    /// Rows of each row group.
    groups: Vec<usize>,
    older: bool,
    rows: PhantomData<R>,
}

impl<R: Table> Source<R> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`TableError::Read`] if it isn't there, [`TableError::Damaged`] if it isn't what it should be.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let (groups, older) = reading(path, |mut reader| {
            let older = version(&mut reader)?;
            Ok((reader.get_metadata()?.row_groups.iter().map(|group| group.num_rows()).collect(), older))
        })?;
        Ok(Self { path: path.to_owned(), groups, older, rows: PhantomData })
    }

    /// Rows of the whole file.
    pub fn rows(&self) -> usize {
        self.groups.iter().sum()
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The rows of one row group, by its number.
    ///
    /// # Errors
    /// [`TableError::Damaged`].
    pub fn group(&self, number: usize) -> Result<Vec<R>, TableError> {
        let frame = self.group_frame(number, false)?;
        checked(&frame).map_err(|error| self.damaged(&error))
    }

    /// The whole file, to be asked before anything is decoded.
    pub(super) fn lazy(&self) -> Result<LazyFrame, TableError> {
        if self.older {
            return Ok(self.frame(0, self.rows(), true)?.lazy());
        }
        PlRefPath::try_from_path(&self.path)
            .and_then(|path| LazyFrame::scan_parquet(path, ScanArgsParquet::default()))
            .map_err(|error| self.damaged(&error))
    }

    /// Names of the columns that the record reads.
    pub(super) fn columns(&self) -> Result<Vec<String>, TableError> {
        if self.older {
            let frame = self.frame(0, 0, true)?;
            return Ok(frame
                .get_column_names()
                .iter()
                .filter(|name| is_read::<R>(name))
                .map(ToString::to_string)
                .collect());
        }
        reading(&self.path, |mut reader| wanted::<R>(&mut reader))
    }

    /// Asks the data frame library something about the file.
    pub(super) fn ask<T>(&self, ask: impl FnOnce() -> PolarsResult<T>) -> Result<T, TableError> {
        guarded(&self.path, ask)
    }

    fn damaged(&self, error: &PolarsError) -> TableError {
        TableError::Damaged { path: self.path.clone(), reason: error.to_string() }
    }

    fn group_frame(&self, number: usize, all_columns: bool) -> Result<DataFrame, TableError> {
        let offset = self.groups.iter().take(number).sum();
        self.frame(offset, self.groups.get(number).copied().unwrap_or(0), all_columns)
    }

    /// So many rows from an offset, with the record's columns or all of them.
    fn frame(&self, offset: usize, rows: usize, all_columns: bool) -> Result<DataFrame, TableError> {
        reading(&self.path, |mut reader| {
            let wanted = match all_columns || self.older {
                true => None,
                false => Some(wanted::<R>(&mut reader)?),
            };
            let frame = reader.with_columns(wanted).with_slice(Some((offset, rows))).finish()?;
            completed::<R>(if self.older { R::upgrade(frame)? } else { frame })
        })
    }
}

/// The rows of a frame: those that keep the rules which every stored row keeps.
pub(super) fn checked<R: Table>(frame: &DataFrame) -> PolarsResult<Vec<R>> {
    let rows = R::read("", frame)?;
    for (row, record) in rows.iter().enumerate() {
        record.check().map_err(|problem| fault(format!("row {row} {problem}")))?;
    }
    Ok(rows)
}

/// Whether the file is of the version before; an error if of an unknown one.
fn version(reader: &mut ParquetReader<File>) -> PolarsResult<bool> {
    let pairs = reader.get_metadata()?.key_value_metadata().clone().unwrap_or_default();
    let version = pairs.iter().find(|pair| pair.key == SCHEMA_KEY).and_then(|pair| pair.value.as_deref());
    match version {
        Some(SCHEMA) => Ok(false),
        Some(OLDER) => Ok(true),
        Some(other) => Err(fault(format!(
            "`{SCHEMA_KEY}` is `{other}`, this version reads up to `{SCHEMA}`; a newer harness wrote it"
        ))),
        None => Err(fault(format!("`{SCHEMA_KEY}` is absent, expected `{SCHEMA}`"))),
    }
}

/// Which of the file's columns a record reads.
fn wanted<R: Table>(reader: &mut ParquetReader<File>) -> PolarsResult<Vec<String>> {
    let there = reader.schema()?;
    Ok(there.iter_names().filter(|name| is_read::<R>(name)).map(ToString::to_string).collect())
}

/// Whether a column is one of the record's.
fn is_read<R: Table>(name: &str) -> bool {
    columns::<R>().iter().any(|column| match column.name.strip_suffix("<scorer>") {
        Some(prefix) => name.starts_with(prefix),
        None => column.name == name,
    })
}

/// With a null column for each that may be null and was not stored: an earlier program did not know it.
pub(super) fn completed<R: Table>(mut frame: DataFrame) -> PolarsResult<DataFrame> {
    for column in columns::<R>() {
        let missing = frame.column(&column.name).is_err() && !column.name.contains('<');
        if missing && column.nullable {
            let dtype = dtype(column.dtype).ok_or_else(|| fault(format!("no type `{}`", column.dtype)))?;
            frame.with_column(Column::full_null(column.name.into(), frame.height(), &dtype))?;
        }
    }
    Ok(frame)
}

/// The type of that name.
fn dtype(name: &str) -> Option<DataType> {
    let list = |inner| DataType::List(Box::new(inner));
    let types: BTreeMap<&str, DataType> = BTreeMap::from([
        ("bool", DataType::Boolean),
        ("u16", DataType::UInt16),
        ("u32", DataType::UInt32),
        ("u64", DataType::UInt64),
        ("i64", DataType::Int64),
        ("f64", DataType::Float64),
        ("str", DataType::String),
        ("list[u16]", list(DataType::UInt16)),
        ("list[u32]", list(DataType::UInt32)),
        ("list[f64]", list(DataType::Float64)),
    ]);
    types.get(name).cloned()
}

/// Asks the Parquet reader of a file.
fn reading<T>(
    path: &Path,
    ask: impl FnOnce(ParquetReader<File>) -> PolarsResult<T>,
) -> Result<T, TableError> {
    let file = regular::open(path)
        .map_err(|error| TableError::Read { path: path.to_path_buf(), reason: error.to_string() })?;
    guarded(path, || ask(ParquetReader::new(file)))
}
