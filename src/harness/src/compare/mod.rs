//! Comparisons: the variants of one run block by block, or runs with one another session by session.

mod apart;
mod asked;
mod between;
mod facts;
pub mod form;
mod own_baseline;
mod quantity;
mod questions;
mod report;
mod session;
mod sessions;
mod settle;
#[cfg(test)]
mod tests;
mod within;

pub use apart::APART;
pub use asked::{Asked, Pair};
pub use between::compare_runs;
pub use report::{CompareReport, Compared, Counted, Families, Found, Kind, Side};
pub use session::Session;
pub use within::compare_variants;
