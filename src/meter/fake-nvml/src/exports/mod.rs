//! The functions of NVML that the fake has, as C sees them.

mod conditions;
mod devices;
mod energy;
mod others;
mod put;
mod system;
