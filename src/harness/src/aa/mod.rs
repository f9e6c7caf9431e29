//! A variant against itself, on this machine: how often that is a finding, within a session and between sessions.

mod across;
mod compare;
mod position;
mod report;

pub use across::{Across, across};
pub use compare::compare;
pub use report::{AaReport, text};
