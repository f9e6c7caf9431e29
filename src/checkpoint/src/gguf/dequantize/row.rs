//! A whole row of any format.

use super::super::error::GgufError;
use super::super::format::Format;
use super::{block32, block256, float};

/// Writes the values of `bytes`, which are whole blocks of `format`, to `out`.
///
/// Fails, and writes nothing, where `out` is not exactly as long as the blocks say. Any bytes are valid: a
/// scale that is not finite gives values that are not finite.
pub fn row(format: Format, bytes: &[u8], out: &mut [f32]) -> Result<(), GgufError> {
    if format.bytes_of(out.len() as u64) != Some(bytes.len() as u64) {
        return Err(GgufError::Row { format: format.name(), bytes: bytes.len(), values: out.len() });
    }
    match format {
        Format::F32 => each(bytes, out, |stored, [out]| *out = f32::from_le_bytes(*stored)),
        Format::F16 => each(bytes, out, |stored, [out]| *out = float::f16(*stored)),
        Format::Bf16 => each(bytes, out, |stored, [out]| *out = float::bf16(*stored)),
        Format::Q8_0 => each(bytes, out, block32::q8_0),
        Format::Q4_0 => each(bytes, out, block32::q4_0),
        Format::Q4_1 => each(bytes, out, block32::q4_1),
        Format::Q5_0 => each(bytes, out, block32::q5_0),
        Format::Q5_1 => each(bytes, out, block32::q5_1),
        Format::Q2K => each(bytes, out, block256::q2_k),
        Format::Q3K => each(bytes, out, block256::q3_k),
        Format::Q4K => each(bytes, out, block256::q4_k),
        Format::Q5K => each(bytes, out, block256::q5_k),
        Format::Q6K => each(bytes, out, block256::q6_k),
        Format::Iq4Nl => each(bytes, out, block32::iq4_nl),
    }
    Ok(())
}

/// Decodes blocks of `BYTES` bytes to `VALUES` values.
#[inline]
fn each<const BYTES: usize, const VALUES: usize>(
    bytes: &[u8],
    out: &mut [f32],
    decode: impl Fn(&[u8; BYTES], &mut [f32; VALUES]),
) {
    let (blocks, _) = bytes.as_chunks::<BYTES>();
    let (values, _) = out.as_chunks_mut::<VALUES>();
    for (block, out) in blocks.iter().zip(values) {
        decode(block, out);
    }
}
