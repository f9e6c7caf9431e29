//! Fake machines: sysfs and procfs trees that look like those of real ones.

mod build;
mod catalogue;

pub use build::{FakeMachine, Interfaces, msr_pmu};
pub use catalogue::{CATALOGUE, spec};
