//! From a suite to measured records, and from records to a judgement.

pub mod bundle;
pub mod cli;
pub mod cmd;
pub mod doctor;
pub mod driver;
pub mod engine;
pub mod gate;
pub mod generate;
pub mod interrupt;
pub mod items;
pub mod limit;
pub mod machine;
pub mod meters;
pub mod metric;
pub mod models;
pub mod plan;
pub mod power;
pub mod price;
mod progress;
pub mod record;
pub mod redact;
pub mod remeasure;
pub mod report;
pub mod rescore;
mod ruled;
pub mod run;
pub mod score;
pub mod stop;
pub mod store;
pub mod suite;
pub mod summary;
pub mod table;
mod train;
pub mod verify;
pub mod windows;

use harness_text::hash;
