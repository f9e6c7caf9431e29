//! Reads little-endian numbers and strings from bytes, each checked against the end of the file.

use std::fmt::Display;
use std::str;

use super::error::GgufError;

/// A place in a file. `what` names the thing that is read, for the message where it is cut.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes from the start of the file.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Bytes up to the end of the file.
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: u64, what: impl Display) -> Result<&'a [u8], GgufError> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        match end.and_then(|end| Some((end, self.bytes.get(self.at..end)?))) {
            Some((end, taken)) => {
                self.at = end;
                Ok(taken)
            }
            None => Err(self.cut(count, what)),
        }
    }

    fn array<const N: usize>(&mut self, what: impl Display) -> Result<[u8; N], GgufError> {
        match self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(taken) => {
                self.at += N;
                Ok(*taken)
            }
            None => Err(self.cut(N as u64, what)),
        }
    }

    pub(super) fn u32(&mut self, what: impl Display) -> Result<u32, GgufError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, what: impl Display) -> Result<u64, GgufError> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// A string: its length in bytes as a u64, then its bytes, which must be UTF-8.
    pub(super) fn string(&mut self, what: impl Display) -> Result<&'a str, GgufError> {
        let length = self.u64(&what)?;
        let bytes = self.take(length, &what)?;
        str::from_utf8(bytes).map_err(|_| GgufError::damaged(format!("{what} is not UTF-8 text")))
    }

    /// The error for `what`, which takes `count` bytes from here and is not whole.
    pub(super) fn cut(&self, count: u64, what: impl Display) -> GgufError {
        GgufError::Cut {
            what: what.to_string(),
            end: (self.at as u64).saturating_add(count),
            length: self.bytes.len() as u64,
        }
    }
}
