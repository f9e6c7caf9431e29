//! A vocabulary as the JSON of a tokenizer, by its kind.

use serde_json::Value;

use super::super::error::GgufError;
use super::read::{Kind, Vocab};
use super::{byte_level, pieces};

impl Vocab<'_> {
    /// The JSON that `tokenizers::Tokenizer::from_bytes` reads, with every token at its own id.
    ///
    /// Fails where the vocabulary contradicts itself: two tokens of one text, a merge of unknown tokens.
    pub fn tokenizer_json(&self) -> Result<Value, GgufError> {
        match self.kind {
            Kind::ByteLevel(splitter) => byte_level::json(self, splitter),
            Kind::Pieces => pieces::json(self),
        }
    }
}
