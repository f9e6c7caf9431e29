//! The rows of the run folder's tables: every column once, with its type, unit and meaning.
//!
//! Times are nanoseconds of CLOCK_MONOTONIC. What is missing is None, and a reason beside it says why.

mod cell;
mod item;
mod older;
mod page;
mod rules;
mod sample;
#[cfg(test)]
mod tests;
mod window;

pub use cell::{CellRecord, Status};
pub use item::{ItemRecord, ProgramRecord, ScoreRecord, StatsRecord, Unscored, VersionRecord};
pub use page::{documentation, tables};
pub use sample::SampleRecord;
pub use window::{Phase, TOTAL, Why, WindowConditions, WindowRecord, why_no_energy};
