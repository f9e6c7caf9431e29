//! Scores the completions of a stored run again, without inference.

mod again;

pub use again::{Wishes, rescore};
