//! Tables as Parquet files: what a record's fields become there, and how files are written and read.

pub mod convert;
pub(crate) mod declare;
pub mod error;
pub(crate) mod field;
mod file;
mod guard;
mod query;

pub use convert::parquet_to_json_lines;
pub(crate) use declare::{part, record};
pub use error::TableError;
pub use field::{ColumnInfo, Field};
pub(crate) use field::{from_word, required, word_of, words};
pub use file::{Source, Table, columns, join, read, write};
pub use guard::keep_guarded_panics_quiet;
pub use harness_text::atomic::write_atomically;
pub use query::{filtered, present, sums};
