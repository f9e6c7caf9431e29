//! Facts that both sides rely on: the tokens around a document, and what the built-in tiny model holds.

/// Marks the start of a document.
pub const START: &str = "<s>";

/// Marks the end of a document.
pub const END: &str = "</s>";

/// [`START`] as the tokenizer trainer numbers it.
pub const START_ID: u16 = 0;

/// [`END`] as the tokenizer trainer numbers it.
pub const END_ID: u16 = 1;

/// Tokens that the model `tiny-random` holds, prompt and answer together.
pub const TINY_CONTEXT: u32 = 2048;

/// Tokens that the model `tiny-random` knows: the bytes, and room for a few special ones.
pub const TINY_VOCABULARY: u32 = 260;
