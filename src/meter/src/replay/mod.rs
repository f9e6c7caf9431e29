//! The `replay` meter: recordings of raw readings, and how they are re-fed.

mod csv;
mod meter;
mod recording;

pub(crate) use meter::ENTRY;
pub use meter::Replay;
pub use recording::{Recording, RecordingError, Row};
