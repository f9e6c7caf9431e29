//! What engine, task sets and checkpoints share: tokenizers, hashes, files written whole.

pub mod atomic;
mod behind;
mod error;
pub mod guard;
pub mod hash;
pub mod tokenizer;

pub use error::TextError;
pub use tokenizer::Tokenizer;
