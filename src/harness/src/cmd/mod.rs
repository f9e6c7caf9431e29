//! One file a subcommand: its arguments, and what it does.

pub mod aa;
pub mod baseline;
pub mod bundle;
pub mod certify;
pub mod compare;
pub mod doctor;
pub mod fetch;
pub mod gate;
pub mod generate;
pub mod list;
pub mod machine;
pub mod make;
mod measuring;
mod model;
pub mod plan;
pub mod price;
pub mod remeasure;
pub mod reproduce;
pub mod rescore;
pub mod run;
pub mod runs;
mod sampling;
pub mod sandbox;
pub mod schema;
pub mod score;
pub mod scorers;
pub mod serve;
pub mod show;
mod suite;
pub mod targets;
pub mod train;
mod unfinished;
pub mod verify;
mod written;

use crate::print::{print, print_json};
