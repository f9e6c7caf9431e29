//! GGUF files: read, unpacked and turned into tokenizers as the reference does; damaged ones refused.
#![allow(clippy::print_stderr, clippy::print_stdout, reason = "tests say what they skip")]
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod common;
mod fuzz;
mod nonsense;
mod quants;
mod reader;
mod vocab;
