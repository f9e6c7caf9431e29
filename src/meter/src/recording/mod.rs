//! Recordings of raw readings, from rows or from CSV.

mod csv;
mod rows;

pub(crate) use csv::COLUMNS;
pub use rows::{Recording, RecordingError, Row};
