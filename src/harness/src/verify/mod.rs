//! What a run claims, computed again from its raw readings and completions, without its model and its data.

mod checks;
mod finding;

pub use checks::{Claim, verify};
pub use finding::{Finding, Outcome};
