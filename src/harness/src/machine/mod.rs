//! What machine this is, how busy it is, who may measure on it, and whether it was fit to be measured on.

mod hardware;
mod history;
mod load;
mod lock;
mod qualification;
mod qualify;
mod surroundings;
mod temperature;

pub use hardware::{Hardware, look};
pub use history::{CONTROL_HISTORY, ControlSession, Fit, fit, meter_key};
pub use load::MachineLoad;
pub use lock::{MachineLock, acquire};
pub use qualification::{Control, ControlFacts, Facts, Qualification, WarmthFacts};
pub use qualify::{facts, qualify};
pub use surroundings::Surroundings;
pub use temperature::processor_temperature;
