//! The meters of a run: opened as its suite asks, with the domains that make up the total.

mod loose;
mod open;
mod recording;

pub use loose::open_loose;
pub use open::{energy_sentence, indices, open, open_named, pick, slowest_update, sum};
