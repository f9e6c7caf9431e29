//! One item's output, as little of it as comparing takes.

use crate::record::ScoreRecord;

/// One item's output, as little of it as comparing takes.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    /// None where they were not stored.
    pub(super) tokens: Option<Box<[u32]>>,
    /// The beginning of the text's hash.
    text: [u8; 16],
}

impl Answer {
    /// What a row of the items says.
    pub(super) fn of(row: &ScoreRecord) -> Self {
        let mut text = [0; 16];
        text.iter_mut().zip(row.completion_sha256.bytes()).for_each(|(kept, digit)| *kept = digit);
        Self { tokens: row.token_ids.as_deref().map(Box::from), text }
    }

    /// Whether both are the same output: by token ids where both have them, else by text.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (&self.tokens, &other.tokens) {
            (Some(own), Some(other)) => own == other,
            _ => self.text == other.text,
        }
    }
}
