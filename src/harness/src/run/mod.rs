//! The course of a run: from a suite to a run folder with everything in it.

mod calibrate;
mod cell;
mod join;
mod measure;
mod slices;
mod trouble;

pub use measure::{Options, Outcome, run};
