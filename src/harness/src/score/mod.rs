//! What completions are worth: post-processing, verdicts of programs, scores.

mod apart;
mod input;
mod rows;
mod text;
mod trial;
mod unjudged;

pub use apart::{Completions, Scored, score_completions, suite_of};
pub use input::{TaskInput, task_inputs};
pub use rows::score_rows;
pub use trial::{SANDBOX_INIT, Trials, languages, runs_programs};
pub use unjudged::unjudged;
