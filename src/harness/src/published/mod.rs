//! What a paper says that a suite reproduces: numbers, ratios, orders and laws, with what they hold for.

mod claims;
mod formula;
mod target;
mod unit;

pub use claims::{Known, Published, Range, What, is_amount};
pub use formula::{Call, Formula, Operator, Quantity};
pub use target::{Fault, KINDS, LAWS, Target};
pub use unit::Unit;
