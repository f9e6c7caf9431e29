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
mod recording;
mod requests;
mod slices;
mod surroundings;
mod trouble;
mod windows;

pub use self::engine::{CellFailure, Engine};
pub use self::meters::{energy_sentence, indices, sum};
pub use folder::{Tables, create_beside, files, write_json, write_readings, write_tables};
pub use interrupt::{listen, requested};
pub use items::Items;
pub use join::why_no_energy;
pub use manifest::private;
pub use measure::{Options, Outcome, run, task_inputs};
pub use surroundings::Surroundings;
pub use windows::{BEYOND_NS, IdlePower, Limits, Readings, Stretch, TOTAL, power, rows};
