//! Runs a suite: from its plan to a run folder with everything in it.

mod calibrate;
mod cell;
mod engine;
mod folder;
mod hardware;
mod interrupt;
mod items;
mod join;
mod load;
mod lock;
mod manifest;
mod measure;
mod meters;
mod surroundings;
mod windows;

pub use self::engine::{CellFailure, Engine};
pub use folder::write_json;
pub use interrupt::{listen, requested};
pub use manifest::private;
pub use measure::{Options, Outcome, run};
pub use surroundings::Surroundings;
