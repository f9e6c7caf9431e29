//! Stored baselines: one variant with the engine, weights and files that it ran with, and what its sessions measured.

mod add;
mod keep;
mod names;
mod prune;
mod session;
mod shelf;

pub use add::add;
pub use names::Kept;
pub use prune::{Pruned, prune};
pub use session::{FEWEST_SESSIONS, Session, SessionRow, session_of};
pub use shelf::{Baseline, Shelf};
