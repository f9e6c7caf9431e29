//! What the fields of a record become in a table: one column each, or the columns of a part.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use polars::prelude::{
    Column, DataFrame, DataType, Float64Type, IntoColumn, ListBuilderTrait, ListPrimitiveChunkedBuilder,
    NamedFrom, PolarsError, PolarsResult, Series, UInt16Type, UInt32Type,
};

/// One column of a table, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The column's name; `<scorer>` stands for the name of any scorer.
    pub name: String,
    /// Its type, as the data frame library writes it.
    pub dtype: &'static str,
    /// Unit of its values; empty for text, counts and shares.
    pub unit: &'static str,
    /// Whether it can be null.
    pub nullable: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// A field of a record.
pub trait Field: Sized {
    /// Its columns; `name`, `unit` and `meaning` are those of a field with one column.
    fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo>;

    /// Its columns with the values of many rows.
    fn write(name: &str, values: &[&Self]) -> Vec<Column>;

    /// The values of all rows.
    ///
    /// # Errors
    /// A column is missing, has another type, or is null where a value is needed.
    fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>>;
}

/// What is wrong with a column, as an error of the data frame library.
pub(crate) fn fault(message: String) -> PolarsError {
    PolarsError::ComputeError(message.into())
}

/// What a null is where every row needs a value.
pub(crate) fn null(name: &str, row: usize) -> PolarsError {
    fault(format!("column `{name}` is null in row {row}"))
}

macro_rules! scalar {
    ($($type:ty, $dtype:literal: $column:ident => $values:expr;)*) => {$(
        impl Field for Option<$type> {
            fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo> {
                vec![ColumnInfo { name: name.to_owned(), dtype: $dtype, unit, nullable: true, meaning }]
            }

            fn write(name: &str, values: &[&Self]) -> Vec<Column> {
                let values: Vec<Option<$type>> = values.iter().map(|value| (*value).clone()).collect();
                vec![Series::new(name.into(), values).into_column()]
            }

            fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>> {
                let $column = frame.column(name)?;
                Ok($values.collect())
            }
        }

        required!($type);
    )*};
}

/// A field without null out of the one that may be null.
macro_rules! required {
    ($type:ty) => {
        impl $crate::table::Field for $type {
            fn columns(
                name: &'static str,
                unit: &'static str,
                meaning: &'static str,
            ) -> Vec<$crate::table::ColumnInfo> {
                let mut columns = <Option<$type> as $crate::table::Field>::columns(name, unit, meaning);
                columns.iter_mut().for_each(|column| column.nullable = false);
                columns
            }

            fn write(name: &str, values: &[&Self]) -> Vec<polars::prelude::Column> {
                let values: Vec<Option<$type>> = values.iter().map(|value| Some((*value).clone())).collect();
                <Option<$type> as $crate::table::Field>::write(name, &values.iter().collect::<Vec<_>>())
            }

            fn read(
                name: &str,
                frame: &polars::prelude::DataFrame,
            ) -> polars::prelude::PolarsResult<Vec<Self>> {
                let values = <Option<$type> as $crate::table::Field>::read(name, frame)?;
                let values = values.into_iter().enumerate();
                values
                    .map(|(row, value)| value.ok_or_else(|| $crate::table::field::null(name, row)))
                    .collect()
            }
        }
    };
}

scalar! {
    bool, "bool": column => column.bool()?.iter();
    u16, "u16": column => column.u16()?.iter();
    u32, "u32": column => column.u32()?.iter();
    u64, "u64": column => column.u64()?.iter();
    i64, "i64": column => column.i64()?.iter();
    f64, "f64": column => column.f64()?.iter();
    String, "str": column => column.str()?.iter().map(|text| text.map(str::to_owned));
}

macro_rules! list {
    ($($type:ty, $dtype:literal, $polars:ty, $inner:path: $series:ident => $values:expr;)*) => {$(
        impl Field for Option<Vec<$type>> {
            fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo> {
                vec![ColumnInfo { name: name.to_owned(), dtype: $dtype, unit, nullable: true, meaning }]
            }

            fn write(name: &str, values: &[&Self]) -> Vec<Column> {
                let count = values.len();
                let mut lists =
                    ListPrimitiveChunkedBuilder::<$polars>::new(name.into(), count, count, $inner);
                for value in values {
                    match value {
                        Some(value) => lists.append_slice(value),
                        None => lists.append_null(),
                    }
                }
                vec![lists.finish().into_column()]
            }

            fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>> {
                let column = frame.column(name)?;
                // One series that shows each list in turn: a series of its own for each of a million takes seconds.
                let lists = column.list()?.amortized_iter().map(|list| {
                    let Some(list) = list else { return Ok(None) };
                    let $series: &Series = list.as_ref();
                    Ok(Some($values))
                });
                lists.collect()
            }
        }
    )*};
}

list! {
    u16, "list[u16]", UInt16Type, DataType::UInt16: series => series.u16()?.iter().flatten().collect();
    u32, "list[u32]", UInt32Type, DataType::UInt32: series => series.u32()?.iter().flatten().collect();
    f64, "list[f64]", Float64Type, DataType::Float64: series => series.f64()?.iter().flatten().collect();
}

/// A field whose text is one of a fixed set of words.
macro_rules! words {
    ($($type:ty),*) => {$(
        impl $crate::table::Field for Option<$type> {
            fn columns(
                name: &'static str,
                unit: &'static str,
                meaning: &'static str,
            ) -> Vec<$crate::table::ColumnInfo> {
                <Option<String> as $crate::table::Field>::columns(name, unit, meaning)
            }

            fn write(name: &str, values: &[&Self]) -> Vec<polars::prelude::Column> {
                let words: Vec<Option<String>> =
                    values.iter().map(|value| value.as_ref().and_then($crate::table::word_of)).collect();
                <Option<String> as $crate::table::Field>::write(name, &words.iter().collect::<Vec<_>>())
            }

            fn read(
                name: &str,
                frame: &polars::prelude::DataFrame,
            ) -> polars::prelude::PolarsResult<Vec<Self>> {
                let words = <Option<String> as $crate::table::Field>::read(name, frame)?;
                let value = |word: Option<String>| match word {
                    Some(word) => $crate::table::from_word(name, word).map(Some),
                    None => Ok(None),
                };
                words.into_iter().map(value).collect()
            }
        }

        required!($type);
    )*};
}

pub(crate) use {required, words};

/// The word under which an enum without fields is stored.
pub(crate) fn word_of<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// An enum without fields by its word.
pub(crate) fn from_word<T: serde::de::DeserializeOwned>(name: &str, word: String) -> PolarsResult<T> {
    let unknown = fault(format!("column `{name}` holds `{word}`, which is none of its words"));
    serde_json::from_value(word.into()).map_err(|_| unknown)
}

/// Values by scorer: one column for each scorer, `<name>_<scorer>`.
impl<T> Field for BTreeMap<String, T>
where
    Option<T>: Field,
    T: Clone,
{
    fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo> {
        let mut columns = <Option<T>>::columns(name, unit, meaning);
        columns.iter_mut().for_each(|column| column.name = format!("{name}_<scorer>"));
        columns
    }

    fn write(name: &str, values: &[&Self]) -> Vec<Column> {
        let scorers: BTreeSet<&String> = values.iter().flat_map(|value| value.keys()).collect();
        let column = |scorer: &String| {
            let own: Vec<Option<T>> = values.iter().map(|value| value.get(scorer).cloned()).collect();
            <Option<T>>::write(&format!("{name}_{scorer}"), &own.iter().collect::<Vec<_>>())
        };
        scorers.into_iter().flat_map(column).collect()
    }

    fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let mut rows = vec![Self::new(); frame.height()];
        for column in frame.get_column_names() {
            let Some(scorer) = column.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')) else {
                continue;
            };
            for (row, value) in rows.iter_mut().zip(<Option<T>>::read(column, frame)?) {
                row.extend(value.map(|value| (scorer.to_owned(), value)));
            }
        }
        Ok(rows)
    }
}

/// The same for many rows that are only read: names are shared, and a row takes no more than it holds.
impl<T> Field for Vec<(Rc<str>, T)>
where
    Option<T>: Field,
    T: Clone,
{
    fn columns(name: &'static str, unit: &'static str, meaning: &'static str) -> Vec<ColumnInfo> {
        BTreeMap::<String, T>::columns(name, unit, meaning)
    }

    fn write(name: &str, values: &[&Self]) -> Vec<Column> {
        let map =
            |value: &&Self| value.iter().map(|(scorer, own)| (scorer.to_string(), own.clone())).collect();
        let maps: Vec<BTreeMap<String, T>> = values.iter().map(map).collect();
        BTreeMap::write(name, &maps.iter().collect::<Vec<_>>())
    }

    fn read(name: &str, frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let mut rows: Vec<Self> = vec![Self::new(); frame.height()];
        for column in frame.get_column_names() {
            let Some(scorer) = column.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')) else {
                continue;
            };
            let scorer: Rc<str> = Rc::from(scorer);
            for (row, value) in rows.iter_mut().zip(<Option<T>>::read(column, frame)?) {
                row.extend(value.map(|value| (Rc::clone(&scorer), value)));
            }
        }
        Ok(rows)
    }
}
