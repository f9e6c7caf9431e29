//! The tokenizer inside a GGUF file, as the JSON that Hugging Face's `tokenizers` library loads.

mod byte_level;
mod json;
mod merge;
mod pieces;
mod read;
mod split;
mod token;
mod tokenizer;

pub use read::Vocab;
