//! The course of a run: from a suite to a run folder with everything in it.

mod calibrate;
mod cell;
mod control;
mod course;
mod curves;
mod describe;
mod fitness;
mod join;
mod measure;
mod resume;
mod settings;
mod settled;
mod slices;
mod trouble;
mod until;
mod warmth;

pub(crate) use course::readings;
pub(crate) use describe::{environment, session};
pub use measure::{Options, run};
pub use resume::resume;
pub use until::Budget;
