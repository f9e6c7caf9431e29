//! The control workload: the same work on every machine and in every session, done by a process of its own, so that a
//! machine's state is known from what it takes.

mod child;
mod work;
mod worker;

pub use child::{CONTROL, control_main};
pub use work::CONTROL_VERSION;
pub use worker::Worker;
