//! What the file says of each tensor, checked against the length of the file.

use std::ops::Range;

use super::cursor::Cursor;
use super::error::GgufError;
use super::format::Format;

/// The most dimensions that ggml's tensors have.
const MOST_DIMENSIONS: u32 = 4;
/// The longest name in bytes; ggml itself allows 64.
const LONGEST_NAME: usize = 256;

/// A tensor: its name, shape and format, and where its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, such as `blk.0.attn_q.weight`; no other tensor of the file has it.
    pub name: String,
    /// One to four dimensions in row-major order, none of them 0: the last one is the length of a row.
    pub shape: Vec<u64>,
    /// How its values are stored.
    pub format: Format,
    /// Its bytes, counted from the start of the file; they lie inside the file.
    pub bytes: Range<usize>,
}

impl TensorInfo {
    /// How many values one row has: a multiple of the format's block.
    pub fn row_len(&self) -> u64 {
        self.shape.last().copied().unwrap_or(0)
    }

    /// How many bytes one row takes; 0 only where `shape` was changed.
    pub fn row_bytes(&self) -> usize {
        let bytes = self.format.bytes_of(self.row_len());
        bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or(0)
    }

    /// How many rows there are: all dimensions but the last, multiplied.
    pub fn rows(&self) -> u64 {
        let (_, others) = self.shape.split_last().unwrap_or((&0, &[]));
        others.iter().fold(1, |product: u64, &length| product.saturating_mul(length))
    }
}

/// A tensor whose place in the file is not known yet, because the list of tensors goes on.
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    shape: Vec<u64>,
    format: Format,
    size: u64,
    /// Bytes from the start of the data.
    offset: u64,
}

impl<'a> Listed<'a> {
    /// The fewest bytes that an entry of the list takes: two lengths, a type, an offset.
    pub(super) const LEAST_BYTES: u64 = 8 + 4 + 8 + 4 + 8;

    /// Reads entry `at` of the list of tensors.
    pub(super) fn read(cursor: &mut Cursor<'a>, at: u64) -> Result<Self, GgufError> {
        let name = cursor.string(format_args!("the name of tensor {at}"))?;
        if name.is_empty() || name.len() > LONGEST_NAME {
            let length = name.len();
            return Err(GgufError::damaged(format!(
                "tensor {at} has a name of {length} bytes; expected 1 to {LONGEST_NAME}"
            )));
        }
        let what = format_args!("the entry of tensor `{name}`");
        let dimensions = cursor.u32(what)?;
        if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
            return Err(GgufError::damaged(format!(
                "tensor `{name}` has {dimensions} dimensions; expected 1 to {MOST_DIMENSIONS}"
            )));
        }
        let mut shape = (0..dimensions).map(|_| cursor.u64(what)).collect::<Result<Vec<_>, _>>()?;
        let id = cursor.u32(what)?;
        let offset = cursor.u64(what)?;
        let format = Format::from_id(id).ok_or_else(|| unread(name, id))?;
        let size = size(name, &shape, format)?;
        shape.reverse();
        Ok(Self { name, shape, format, size, offset })
    }

    /// Its place in a file of `length` bytes whose data begins at `start`.
    pub(super) fn place(self, start: u64, alignment: u64, length: usize) -> Result<TensorInfo, GgufError> {
        let Self { name, shape, format, size, offset } = self;
        if !offset.is_multiple_of(alignment) {
            return Err(GgufError::damaged(format!(
                "tensor `{name}` has the offset {offset}, which is no multiple of the alignment {alignment}"
            )));
        }
        let begin = start.saturating_add(offset);
        let end = begin.saturating_add(size);
        match (usize::try_from(begin), usize::try_from(end)) {
            (Ok(begin), Ok(end)) if end <= length => {
                Ok(TensorInfo { name: name.to_owned(), shape, format, bytes: begin..end })
            }
            _ => Err(GgufError::Cut { what: format!("tensor `{name}`"), end, length: length as u64 }),
        }
    }
}

/// How many bytes a tensor with ggml's `dimensions` takes: the first one is the length of a row.
fn size(name: &str, dimensions: &[u64], format: Format) -> Result<u64, GgufError> {
    let row = dimensions.first().copied().unwrap_or(0);
    if dimensions.contains(&0) {
        return Err(GgufError::damaged(format!("tensor `{name}` has a dimension of length 0")));
    }
    let block = format.block_len() as u64;
    if !row.is_multiple_of(block) {
        return Err(GgufError::damaged(format!(
            "tensor `{name}` has rows of {row} values; expected a multiple of {block} for {}",
            format.name()
        )));
    }
    let values = dimensions.iter().try_fold(1_u64, |product, &length| product.checked_mul(length));
    values
        .and_then(|values| format.bytes_of(values))
        .ok_or_else(|| GgufError::damaged(format!("tensor `{name}` has more values than can be counted")))
}

fn unread(name: &str, id: u32) -> GgufError {
    match Format::unsupported_name(id) {
        Some(format) => {
            GgufError::unsupported(format!("tensor `{name}` is stored as {format}, which is not read"))
        }
        None => GgufError::unsupported(format!("tensor `{name}` has the unknown type {id}")),
    }
}

/// Refuses tensors that share bytes: a small file could otherwise stand for any number of large ones.
pub(super) fn check_apart(tensors: &[TensorInfo]) -> Result<(), GgufError> {
    let mut sorted: Vec<&TensorInfo> = tensors.iter().collect();
    sorted.sort_unstable_by_key(|tensor| tensor.bytes.start);
    for (one, next) in sorted.iter().zip(sorted.iter().skip(1)) {
        if one.bytes.end > next.bytes.start {
            return Err(GgufError::damaged(format!(
                "tensors `{}` and `{}` share bytes",
                one.name, next.name
            )));
        }
    }
    Ok(())
}
