//! One file a subcommand: its arguments, and what it does.

pub mod doctor;
pub mod list;
pub mod machine;
pub mod plan;
mod print;
pub mod remeasure;
pub mod run;
pub mod schema;
mod suite;
pub mod train;

use print::print;
