//! The `rapl` meter: energy counters of x86 processors, by perf events and by powercap.

mod advice;
mod meter;
mod part;
mod perf;
mod powercap;
mod survey;

pub(crate) use meter::ENTRY;
