//! Blocks of 32 values: one scale, in some formats a minimum, and 4, 5 or 8 bits a value.
//!
//! Where a byte holds two values, its low half belongs to the first 16 values of the block, its high half to
//! the last 16.

use super::float::f16;

/// The values that the 4 bits of [`iq4_nl`] stand for, before the scale.
const UNEVEN_STEPS: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/// `Q8_0`: a 16-bit scale, then 32 signed bytes.
#[inline]
pub fn q8_0(block: &[u8; 34], out: &mut [f32; 32]) {
    let [low, high, values @ ..] = block;
    let scale = f16([*low, *high]);
    for (out, &value) in out.iter_mut().zip(values) {
        *out = f32::from(value as i8) * scale;
    }
}

/// `Q4_0`: a 16-bit scale, then 32 values of 4 bits, from which 8 is taken.
#[inline]
pub fn q4_0(block: &[u8; 18], out: &mut [f32; 32]) {
    let [low, high, pairs @ ..] = block;
    let scale = f16([*low, *high]);
    let value = |bits: u8| scale * f32::from(bits as i8 - 8);
    halves(out, pairs, |byte, _| (value(byte & 0x0f), value(byte >> 4)));
}

/// `Q4_1`: a 16-bit scale and minimum, then 32 values of 4 bits.
#[inline]
pub fn q4_1(block: &[u8; 20], out: &mut [f32; 32]) {
    let [low, high, min_low, min_high, pairs @ ..] = block;
    let (scale, min) = (f16([*low, *high]), f16([*min_low, *min_high]));
    let value = |bits: u8| scale * f32::from(bits) + min;
    halves(out, pairs, |byte, _| (value(byte & 0x0f), value(byte >> 4)));
}

/// `Q5_0`: a 16-bit scale, the fifth bits, then the lower 4 bits of 32 values, from which 16 is taken.
#[inline]
pub fn q5_0(block: &[u8; 22], out: &mut [f32; 32]) {
    let [low, high, h0, h1, h2, h3, pairs @ ..] = block;
    let scale = f16([*low, *high]);
    let fifth = u32::from_le_bytes([*h0, *h1, *h2, *h3]);
    let value = |bits: u8| scale * f32::from(bits as i8 - 16);
    halves(out, pairs, |byte, at| {
        let (first, last) = fifth_bits(fifth, at);
        (value(byte & 0x0f | first), value(byte >> 4 | last))
    });
}

/// `Q5_1`: a 16-bit scale and minimum, the fifth bits, then the lower 4 bits of 32 values.
#[inline]
pub fn q5_1(block: &[u8; 24], out: &mut [f32; 32]) {
    let [low, high, min_low, min_high, h0, h1, h2, h3, pairs @ ..] = block;
    let (scale, min) = (f16([*low, *high]), f16([*min_low, *min_high]));
    let fifth = u32::from_le_bytes([*h0, *h1, *h2, *h3]);
    let value = |bits: u8| scale * f32::from(bits) + min;
    halves(out, pairs, |byte, at| {
        let (first, last) = fifth_bits(fifth, at);
        (value(byte & 0x0f | first), value(byte >> 4 | last))
    });
}

/// `IQ4_NL`: a 16-bit scale, then 32 values of 4 bits that choose from a table of uneven steps.
#[inline]
pub fn iq4_nl(block: &[u8; 18], out: &mut [f32; 32]) {
    let [low, high, pairs @ ..] = block;
    let scale = f16([*low, *high]);
    let value = |bits: u8| scale * f32::from(UNEVEN_STEPS[usize::from(bits & 0x0f)]);
    halves(out, pairs, |byte, _| (value(byte), value(byte >> 4)));
}

/// The fifth bit of value `at` and of value `at + 16`, each where it belongs in its value.
#[inline]
fn fifth_bits(fifth: u32, at: usize) -> (u8, u8) {
    ((fifth >> at << 4) as u8 & 0x10, (fifth >> at >> 12) as u8 & 0x10)
}

/// Writes what `values` makes of each byte and its place: one value to either half of the block.
#[inline]
fn halves(out: &mut [f32; 32], pairs: &[u8; 16], values: impl Fn(u8, usize) -> (f32, f32)) {
    for at in 0..16 {
        let (first, last) = values(pairs[at], at);
        out[at] = first;
        out[at + 16] = last;
    }
}
