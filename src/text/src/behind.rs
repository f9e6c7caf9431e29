//! The text of tokens as it stands behind others: what a tokenizer writes depends on what comes before.

use crate::error::TextError;
use crate::tokenizer::Tokenizer;

/// Tokens before an answer that are decoded with it: more than any character is long in bytes.
const BEFORE: usize = 8;

impl Tokenizer {
    /// The text of `ids` behind `before`. Decoded alone, the first of them may lose its leading blank.
    pub fn decode_behind(&self, before: &[u32], ids: &[u32]) -> Result<String, TextError> {
        let mut start = before.len();
        while start > 0 && before.len() - start < BEFORE {
            start -= 1;
            let lead = &before[start..];
            let (alone, whole) = (self.decode(lead)?, self.decode(&[lead, ids].concat())?);
            // A lead that ends within a character reads otherwise once the character is whole: take a longer one.
            match whole.strip_prefix(&alone) {
                Some(rest) if !alone.is_empty() && !alone.ends_with(char::REPLACEMENT_CHARACTER) => {
                    return Ok(rest.to_owned());
                }
                _ => {}
            }
        }
        self.decode(ids)
    }
}
