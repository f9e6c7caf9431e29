//! Fake machines: sysfs and procfs trees that look like those of real ones.

mod build;
mod catalogue;
mod drive;

pub use build::{FakeMachine, Interfaces, msr_pmu};
pub use catalogue::{CATALOGUE, spec};
#[allow(unused_imports, reason = "not every test drives files by itself")]
pub use drive::Driven;
