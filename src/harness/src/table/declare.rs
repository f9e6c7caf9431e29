//! Declarations of records: each field is written down once, and its columns follow.

/// Declares a record: every field once, with its type, unit and meaning. A field is one column of its name (or of a
/// third text, where another record has a column of that name), or a `part` with columns of its own.
macro_rules! record {
    (
        $(#[$about:meta])*
        pub struct $record:ident {
            $($field:ident: $type:ty { $($column:tt)+ })*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $record {
            $(#[doc = $crate::table::declare::meaning!($($column)+)] pub $field: $type,)*
        }

        impl $crate::table::Field for $record {
            fn columns(_: &'static str, _: &'static str, _: &'static str) -> Vec<$crate::table::ColumnInfo> {
                let parts = [$(<$type as $crate::table::Field>::columns(
                    $crate::table::declare::name!($field $($column)+),
                    $crate::table::declare::unit!($($column)+),
                    $crate::table::declare::meaning!($($column)+),
                )),*];
                parts.into_iter().flatten().collect()
            }

            fn write(_: &str, rows: &[&Self]) -> Vec<polars::prelude::Column> {
                let parts = [$(<$type as $crate::table::Field>::write(
                    $crate::table::declare::name!($field $($column)+),
                    &rows.iter().map(|row| &row.$field).collect::<Vec<_>>(),
                )),*];
                parts.into_iter().flatten().collect()
            }

            fn read(
                _: &str,
                frame: &polars::prelude::DataFrame,
            ) -> polars::prelude::PolarsResult<Vec<Self>> {
                $(let mut $field = <$type as $crate::table::Field>::read(
                    $crate::table::declare::name!($field $($column)+),
                    frame,
                )?.into_iter();)*
                let row = |row: usize| Ok(Self {
                    $($field: $field.next().ok_or_else(|| $crate::table::field::null(stringify!($field), row))?,)*
                });
                (0..frame.height()).map(row).collect()
            }
        }
    };
}

/// Declares a part of a record that can be missing as a whole: then all of its columns are null.
macro_rules! part {
    (
        $(#[$about:meta])*
        pub struct $part:ident {
            $($field:ident: $type:ty { $($column:tt)+ })*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $part {
            $(#[doc = $crate::table::declare::meaning!($($column)+)] pub $field: $type,)*
        }

        impl $crate::table::Field for Option<$part> {
            fn columns(_: &'static str, _: &'static str, _: &'static str) -> Vec<$crate::table::ColumnInfo> {
                let parts = [$(<Option<$type> as $crate::table::Field>::columns(
                    $crate::table::declare::name!($field $($column)+),
                    $crate::table::declare::unit!($($column)+),
                    $crate::table::declare::meaning!($($column)+),
                )),*];
                parts.into_iter().flatten().collect()
            }

            fn write(_: &str, rows: &[&Self]) -> Vec<polars::prelude::Column> {
                let parts = [$({
                    let own: Vec<Option<$type>> =
                        rows.iter().map(|row| row.as_ref().map(|part| part.$field.clone())).collect();
                    <Option<$type> as $crate::table::Field>::write(
                        $crate::table::declare::name!($field $($column)+),
                        &own.iter().collect::<Vec<_>>(),
                    )
                }),*];
                parts.into_iter().flatten().collect()
            }

            fn read(
                _: &str,
                frame: &polars::prelude::DataFrame,
            ) -> polars::prelude::PolarsResult<Vec<Self>> {
                $(let mut $field = <Option<$type> as $crate::table::Field>::read(
                    $crate::table::declare::name!($field $($column)+),
                    frame,
                )?.into_iter();)*
                let row = |row: usize| {
                    $(let $field = $field.next().flatten();)*
                    if [$($field.is_none()),*].iter().all(|missing| *missing) {
                        return Ok(None);
                    }
                    Ok(Some($part {
                        $($field: $field.ok_or_else(|| $crate::table::field::null(stringify!($field), row))?,)*
                    }))
                };
                (0..frame.height()).map(row).collect()
            }
        }
    };
}

/// The column's name: the field's own, or the third text.
macro_rules! name {
    ($field:ident part, $meaning:literal) => {
        ""
    };
    ($field:ident $unit:literal, $meaning:literal) => {
        stringify!($field)
    };
    ($field:ident $unit:literal, $meaning:literal, $name:literal) => {
        $name
    };
}

/// The column's unit.
macro_rules! unit {
    (part, $meaning:literal) => {
        ""
    };
    ($unit:literal, $($rest:tt)+) => {
        $unit
    };
}

/// The column's meaning.
macro_rules! meaning {
    (part, $meaning:literal) => {
        $meaning
    };
    ($unit:literal, $meaning:literal $(, $name:literal)?) => {
        $meaning
    };
}

pub(crate) use {meaning, name, part, record, unit};
