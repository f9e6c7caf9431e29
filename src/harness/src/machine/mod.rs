//! What machine this is, how busy it is, and who may measure on it.

mod hardware;
mod load;
mod lock;
mod surroundings;

pub use hardware::{Hardware, look};
pub use load::MachineLoad;
pub use lock::{MachineLock, acquire};
pub use surroundings::Surroundings;
