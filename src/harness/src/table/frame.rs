//! Data frames to Parquet files and back, and typed access to their rows.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use polars::io::SerReader;
use polars::io::parquet::read::ParquetReader;
use polars::io::parquet::write::{KeyValueMetadata, ParquetWriter};
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, ListBuilderTrait, ListPrimitiveChunkedBuilder, NamedFrom,
    PolarsNumericType, PolarsResult, Series,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{TableError, write_atomically};

/// The version of the tables, stored in every file under [`SCHEMA_KEY`].
pub(crate) const SCHEMA: &str = "1";

/// The Parquet metadata key of the version.
pub(crate) const SCHEMA_KEY: &str = "harness.schema";

/// One column out of a field of every record.
pub(super) fn column<R, T, P: ?Sized>(name: &str, rows: &[R], field: impl Fn(&R) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, P>,
{
    Series::new(name.into(), rows.iter().map(field).collect::<Vec<T>>()).into_column()
}

/// One text column out of the kebab-case names of an enum.
pub(super) fn words<R, T: Serialize>(name: &str, rows: &[R], field: impl Fn(&R) -> Option<T>) -> Column {
    let words: Vec<Option<String>> =
        rows.iter().map(|row| field(row).and_then(|value| word_of(&value))).collect();
    Series::new(name.into(), words).into_column()
}

/// One column of lists.
pub(super) fn lists<'a, R, N: PolarsNumericType>(
    name: &str,
    dtype: DataType,
    rows: &'a [R],
    field: impl Fn(&'a R) -> Option<&'a [N::Native]>,
) -> Column {
    let mut lists = ListPrimitiveChunkedBuilder::<N>::new(name.into(), rows.len(), rows.len(), dtype);
    for row in rows {
        match field(row) {
            Some(values) => lists.append_slice(values),
            None => lists.append_null(),
        }
    }
    lists.finish().into_column()
}

/// The name under which an enum without fields is stored.
pub(crate) fn word_of<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_string)
}

/// Writes columns of equal length as one Parquet file, atomically.
pub(super) fn write(path: &Path, columns: Vec<Column>) -> Result<(), TableError> {
    let failed = |reason: String| TableError::Write { path: path.to_path_buf(), reason };
    let mut frame = DataFrame::new_infer_height(columns).map_err(|error| failed(error.to_string()))?;
    let schema = KeyValueMetadata::from_static(vec![(SCHEMA_KEY.to_string(), SCHEMA.to_string())]);
    write_atomically(path, |file| {
        let writer = ParquetWriter::new(file).with_key_value_metadata(Some(schema));
        writer.finish(&mut frame).map(drop).map_err(std::io::Error::other)
    })
    .map_err(|error| failed(error.to_string()))
}

/// Reads one Parquet file of this version and turns each row into a record.
pub(super) fn read<R>(
    path: &Path,
    record: impl Fn(&Row<'_>) -> PolarsResult<R>,
) -> Result<Vec<R>, TableError> {
    let damaged = |reason: String| TableError::Damaged { path: path.to_path_buf(), reason };
    let file = File::open(path)
        .map_err(|error| TableError::Read { path: path.to_path_buf(), reason: error.to_string() })?;
    // The reader has assertions about the file that a damaged one can break.
    catch_unwind(AssertUnwindSafe(|| read_rows(file, record)))
        .map_err(|_| damaged("the Parquet reader gave up".to_string()))?
        .map_err(|error| damaged(error.to_string()))
}

fn read_rows<R>(file: File, record: impl Fn(&Row<'_>) -> PolarsResult<R>) -> PolarsResult<Vec<R>> {
    let mut reader = ParquetReader::new(file);
    let pairs = reader.get_metadata()?.key_value_metadata().clone().unwrap_or_default();
    let schema = pairs.iter().find(|pair| pair.key == SCHEMA_KEY).and_then(|pair| pair.value.as_deref());
    if schema != Some(SCHEMA) {
        return Err(fault(format!(
            "`{SCHEMA_KEY}` is {}, expected `{SCHEMA}`",
            schema.map_or("absent".to_string(), |version| format!("`{version}`"))
        )));
    }
    let frame = reader.finish()?;
    (0..frame.height()).map(|index| record(&Row { frame: &frame, index })).collect()
}

fn fault(message: String) -> polars::prelude::PolarsError {
    polars::prelude::PolarsError::ComputeError(message.into())
}

/// One row of a frame that is being read.
pub(super) struct Row<'a> {
    frame: &'a DataFrame,
    index: usize,
}

impl Row<'_> {
    /// The value under a column's name; an error if the column is missing, has another type, or holds
    /// null where the record has no room for it.
    pub(super) fn get<T: Stored>(&self, name: &str) -> PolarsResult<T> {
        T::stored(self.frame.column(name)?, self.index)
    }

    /// The same for a column that earlier versions did not write: null where it is missing.
    pub(super) fn get_newer<T>(&self, name: &str) -> PolarsResult<Option<T>>
    where
        Option<T>: Stored,
    {
        match self.frame.column(name) {
            Ok(_) => self.get(name),
            Err(_) => Ok(None),
        }
    }

    /// An enum by its kebab-case name.
    pub(super) fn word<T: DeserializeOwned>(&self, name: &str) -> PolarsResult<T> {
        let word: String = self.get(name)?;
        serde_json::from_value(word.clone().into())
            .map_err(|_| fault(format!("column `{name}` holds `{word}`, which is none of its words")))
    }

    /// An enum by its kebab-case name, or None where the column is null.
    pub(super) fn word_or_null<T: DeserializeOwned>(&self, name: &str) -> PolarsResult<Option<T>> {
        match self.get::<Option<String>>(name)? {
            Some(_) => self.word(name).map(Some),
            None => Ok(None),
        }
    }

    /// Names of the columns that begin with `prefix`, without it.
    pub(super) fn suffixes(&self, prefix: &str) -> Vec<String> {
        let names = self.frame.get_column_names();
        names.iter().filter_map(|name| name.strip_prefix(prefix)).map(str::to_string).collect()
    }
}

/// A type that a column's rows can be read as.
pub(super) trait Stored: Sized {
    /// The value in row `index`.
    fn stored(column: &Column, index: usize) -> PolarsResult<Self>;
}

/// A type whose rows may be null.
pub(super) trait Nullable: Sized {
    /// The value in row `index`, None for null.
    fn nullable(column: &Column, index: usize) -> PolarsResult<Option<Self>>;
}

impl<T: Nullable> Stored for Option<T> {
    fn stored(column: &Column, index: usize) -> PolarsResult<Self> {
        T::nullable(column, index)
    }
}

macro_rules! stored {
    ($($type:ty: $column:ident, $row:ident => $value:expr;)*) => {$(
        impl Nullable for $type {
            fn nullable($column: &Column, $row: usize) -> PolarsResult<Option<Self>> {
                Ok($value)
            }
        }

        impl Stored for $type {
            fn stored(column: &Column, index: usize) -> PolarsResult<Self> {
                <$type>::nullable(column, index)?
                    .ok_or_else(|| fault(format!("column `{}` is null in row {index}", column.name())))
            }
        }
    )*};
}

stored! {
    u16: column, row => column.u16()?.get(row);
    u32: column, row => column.u32()?.get(row);
    u64: column, row => column.u64()?.get(row);
    i64: column, row => column.i64()?.get(row);
    f64: column, row => column.f64()?.get(row);
    bool: column, row => column.bool()?.get(row);
    String: column, row => column.str()?.get(row).map(str::to_string);
    Vec<u16>: column, row => match column.list()?.get_as_series(row) {
        Some(list) => Some(list.u16()?.iter().flatten().collect()),
        None => None,
    };
    Vec<f64>: column, row => match column.list()?.get_as_series(row) {
        Some(list) => Some(list.f64()?.iter().flatten().collect()),
        None => None,
    };
}
