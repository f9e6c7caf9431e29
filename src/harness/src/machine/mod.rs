//! What machine this is, how busy it is, who may measure on it, and whether it was fit to be measured on.

mod hardware;
mod load;
mod lock;
mod qualification;
mod surroundings;

pub use hardware::{Hardware, look};
pub use load::MachineLoad;
pub use lock::{MachineLock, acquire};
pub use qualification::{Control, ControlFacts, Facts, Qualification, WarmthFacts};
pub use surroundings::Surroundings;
