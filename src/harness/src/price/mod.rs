//! What an item of given lengths would cost, by the price models of a run.

mod ask;
mod estimate;
mod page;

pub use ask::Ask;
pub use estimate::{Offer, Price, offers};
pub use page::page;
