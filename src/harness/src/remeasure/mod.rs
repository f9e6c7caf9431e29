//! Measures the windows of a stored run again, from its raw readings and with other rules.

mod again;
mod rules;

pub use again::{Remeasured, is_unchanged, measure_again, remeasure};
pub use rules::Changes;
