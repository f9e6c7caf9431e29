//! Turns what is written into what is meant: checks every value, looks every word up on its board.

mod analysis;
mod certify;
mod cursor;
mod decode;
mod engine;
mod gate;
mod meter;
mod parameters;
mod quantity;
mod run;
mod scorers;
mod suite;
mod target;
mod task;
mod variant;
mod words;

pub(crate) use analysis::fewest_blocks;
pub(super) use cursor::Cursor;
pub(crate) use parameters::bounds;
pub(super) use suite::check;
pub(super) use words::check_variant_name;
