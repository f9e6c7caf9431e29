//! What engine, task sets and checkpoints share: tokenizers, hashes, files read and written whole, text as it is shown.

pub mod atomic;
mod behind;
mod error;
pub mod file_name;
pub mod guard;
pub mod hash;
pub mod plain;
pub mod printable;
pub mod regular;
pub mod tokenizer;

pub use error::TextError;
pub use tokenizer::Tokenizer;
