//! The `nvml` meter: NVIDIA GPUs by the driver's management library.

mod conditions;
mod field;
mod gpu;
mod inventory;
mod library;
mod look;
mod meter;
mod pace;
mod power;
mod trouble;
mod visible;

pub use inventory::{Inventory, inventory};
pub(crate) use meter::ENTRY;
pub use meter::Gpus;
