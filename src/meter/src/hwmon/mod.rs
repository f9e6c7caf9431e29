//! The `hwmon` meter: power sensors of boards, Grace modules and GPUs that the kernel shows as files.

mod meter;
mod sensor;

pub(crate) use meter::ENTRY;
