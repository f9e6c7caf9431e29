//! Blocks of 256 values, ggml's K formats: each 16 or 32 neighbours have a scale of their own.
//!
//! The bits of 32 neighbours lie in the same 32 bytes at one shift, so that each inner loop reads and writes
//! neighbours and becomes vector instructions.

use super::float::f16;

/// `Q2_K`: scales and minima of 4 bits for 16 values each, values of 2 bits, then a scale and a minimum for
/// those.
#[inline]
pub fn q2_k(block: &[u8; 84], out: &mut [f32; 256]) {
    let scales: &[u8; 16] = part(block, 0);
    let values: &[u8; 64] = part(block, 16);
    let (scale, min) = (f16(*part(block, 80)), f16(*part(block, 82)));
    for (group, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let run = group / 2;
        let bytes: &[u8; 16] = part(values, run / 4 * 32 + group % 2 * 16);
        let shift = run % 4 * 2;
        let (scale, min) = (scale * f32::from(scales[group] & 0x0f), min * f32::from(scales[group] >> 4));
        for (out, byte) in out.iter_mut().zip(bytes) {
            *out = scale * f32::from(byte >> shift & 3) - min;
        }
    }
}

/// `Q3_K`: the third bits, the lower 2 bits of each value, signed scales of 6 bits for 16 values each, then a
/// scale for those. From each value 4 is taken.
#[inline]
pub fn q3_k(block: &[u8; 110], out: &mut [f32; 256]) {
    let third: &[u8; 32] = part(block, 0);
    let values: &[u8; 64] = part(block, 32);
    let scales: &[u8; 12] = part(block, 96);
    let scale = f16(*part(block, 108));
    for (group, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let run = group / 2;
        let bytes: &[u8; 16] = part(values, run / 4 * 32 + group % 2 * 16);
        let third: &[u8; 16] = part(third, group % 2 * 16);
        let shift = run % 4 * 2;
        let low = scales[group % 8] >> (group / 8 * 4) & 0x0f;
        let high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
        let scale = scale * f32::from((low | high << 4) as i8 - 32);
        for (out, (byte, third)) in out.iter_mut().zip(bytes.iter().zip(third)) {
            let bits = byte >> shift & 3 | (third >> run & 1) << 2;
            *out = scale * f32::from(bits as i8 - 4);
        }
    }
}

/// `Q4_K`: a scale and a minimum for the scales and minima of 6 bits for 32 values each, which follow, then
/// values of 4 bits.
#[inline]
pub fn q4_k(block: &[u8; 144], out: &mut [f32; 256]) {
    let (scale, min) = (f16(*part(block, 0)), f16(*part(block, 2)));
    let scales: &[u8; 12] = part(block, 4);
    let values: &[u8; 128] = part(block, 16);
    for (run, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let bytes: &[u8; 32] = part(values, run / 2 * 32);
        let shift = run % 2 * 4;
        let (run_scale, run_min) = six_bits(scales, run);
        let (scale, min) = (scale * f32::from(run_scale), min * f32::from(run_min));
        for (out, byte) in out.iter_mut().zip(bytes) {
            *out = scale * f32::from(byte >> shift & 0x0f) - min;
        }
    }
}

/// `Q5_K`: as [`q4_k`], with the fifth bits of the values between the scales and the lower 4 bits.
#[inline]
pub fn q5_k(block: &[u8; 176], out: &mut [f32; 256]) {
    let (scale, min) = (f16(*part(block, 0)), f16(*part(block, 2)));
    let scales: &[u8; 12] = part(block, 4);
    let fifth: &[u8; 32] = part(block, 16);
    let values: &[u8; 128] = part(block, 48);
    for (run, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let bytes: &[u8; 32] = part(values, run / 2 * 32);
        let shift = run % 2 * 4;
        let (run_scale, run_min) = six_bits(scales, run);
        let (scale, min) = (scale * f32::from(run_scale), min * f32::from(run_min));
        for (out, (byte, fifth)) in out.iter_mut().zip(bytes.iter().zip(fifth)) {
            let bits = byte >> shift & 0x0f | (fifth >> run & 1) << 4;
            *out = scale * f32::from(bits) - min;
        }
    }
}

/// `Q6_K`: the lower 4 bits of each value, the upper 2, signed scales of 8 bits for 16 values each, then a
/// scale for those. From each value 32 is taken.
#[inline]
pub fn q6_k(block: &[u8; 210], out: &mut [f32; 256]) {
    let lower: &[u8; 128] = part(block, 0);
    let upper: &[u8; 64] = part(block, 128);
    let scales: &[u8; 16] = part(block, 192);
    let scale = f16(*part(block, 208));
    for (group, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let (half, run) = (group / 8, group / 2 % 4);
        let lower: &[u8; 16] = part(lower, half * 64 + run % 2 * 32 + group % 2 * 16);
        let upper: &[u8; 16] = part(upper, half * 32 + group % 2 * 16);
        let (lower_shift, upper_shift) = (run / 2 * 4, run * 2);
        let scale = scale * f32::from(scales[group] as i8);
        for (out, (lower, upper)) in out.iter_mut().zip(lower.iter().zip(upper)) {
            let bits = lower >> lower_shift & 0x0f | (upper >> upper_shift & 3) << 4;
            *out = scale * f32::from(bits as i8 - 32);
        }
    }
}

/// Scale and minimum of one of eight runs: the first four keep theirs in the lower 6 bits of a byte each, the
/// last four theirs in 4 bits of the last bytes and the 2 bits that the first left over.
#[inline]
fn six_bits(scales: &[u8; 12], run: usize) -> (u8, u8) {
    if run < 4 {
        (scales[run] & 0x3f, scales[run + 4] & 0x3f)
    } else {
        let (scale, min) = (scales[run - 4] >> 6 << 4, scales[run] >> 6 << 4);
        (scales[run + 4] & 0x0f | scale, scales[run + 4] >> 4 | min)
    }
}

/// `N` bytes from a place that the code, never a file, chooses; a place outside would give zeros.
#[inline]
fn part<const N: usize>(bytes: &[u8], from: usize) -> &[u8; N] {
    bytes.get(from..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
}
