//! Published task sets, and damaged ones, as the readers of the board take them.

#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod damaged;
mod fuzz;
mod json;
mod published;
