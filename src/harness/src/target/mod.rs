//! Verdicts on what papers say: each target held against what a run measured, with an interval.

mod class;
mod condition;
mod evaluate;
mod facts;
mod file;
pub mod form;
mod judge;
mod law;
mod order;
mod pairs;
mod report;
mod rivals;
#[cfg(test)]
mod tests;

pub use class::{CLASSES, least_class, suffices};
pub use condition::holds;
pub use evaluate::is_energy;
pub use facts::Facts;
pub use file::read_file;
pub use judge::judge_targets;
pub use pairs::{baselines, needs_items};
pub use report::{Answer, Found, SCHEMA, TargetReport};
