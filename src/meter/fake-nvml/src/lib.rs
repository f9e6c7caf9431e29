//! A fake `libnvidia-ml.so` that plays a scenario, for tests of whatever asks NVML.
//!
//! [`install`] puts a copy of the library beside its scenario; a copy is an instance of its own when it is
//! loaded by path, and a folder on `LD_LIBRARY_PATH` is all that another program needs to meet it.

mod exports;
mod install;
mod play;
mod scenario;

pub use install::{SCENARIO, install, set_time};
