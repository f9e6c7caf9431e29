//! What this machine can measure, what stands in the way, and what its numbers are worth.

mod around;
mod auto;
mod calibration;
mod fill;
mod gather;
mod need;
mod page;
mod quantity;

pub use around::Spoiler;
pub use auto::Auto;
pub use gather::{Available, DomainEntry, Options, Report, Trouble, gather};
pub use need::Need;
pub use page::page;
