//! Published task sets, and damaged ones, as the readers of the board take them.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod damaged;
mod fuzz;
mod json;
mod published;
