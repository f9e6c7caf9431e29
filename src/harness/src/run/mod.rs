//! The course of a run: from a suite to a run folder with everything in it.

mod calibrate;
mod cell;
mod course;
mod curves;
mod describe;
mod join;
mod measure;
mod resume;
mod settings;
mod slices;
mod trouble;
mod until;

pub(crate) use course::readings;
pub(crate) use describe::{environment, session};
pub use measure::{Options, run};
pub use resume::resume;
pub use until::Budget;
