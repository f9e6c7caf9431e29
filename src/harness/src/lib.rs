//! From a suite to measured records, and from records to a judgement.

pub mod cli;
pub mod cmd;
pub mod doctor;
pub mod driver;
mod hash;
pub mod plan;
mod progress;
pub mod record;
pub mod remeasure;
pub mod report;
pub mod run;
pub mod score;
pub mod stats;
pub mod stop;
pub mod suite;
pub mod summary;
pub mod table;
mod train;
