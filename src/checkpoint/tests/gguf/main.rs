//! GGUF files: read, unpacked and turned into tokenizers as the reference does; damaged ones refused.
#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

#[expect(dead_code, reason = "shared with the tests of the engine")]
mod common;
mod fuzz;
mod nonsense;
mod quants;
mod reader;
mod vocab;
