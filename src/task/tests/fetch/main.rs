//! Fetching task sets and models, against a local server that answers as the hub does.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod hub;
mod models;
mod refusal;
mod resume;
mod small;
mod whole;
