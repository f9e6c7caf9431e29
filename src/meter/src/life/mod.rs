//! Whether counters live: meters are watched at rest and while cores are kept busy, before a run relies on them.

mod course;
mod death;
mod verdict;
mod work;

pub use death::Death;
pub(crate) use death::{bury, deaths};
