//! Answers to prompts, outside of any suite: for a look at a model before it is measured.

mod answer;
mod pages;
mod shorthand;
mod variant;

pub use answer::{Answers, Asked, Energy, answer};
pub use pages::{as_json, as_text};
pub use shorthand::exit_of;
pub use variant::{compression, exit};
