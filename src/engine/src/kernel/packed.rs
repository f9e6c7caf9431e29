//! Matrix-vector products over weights in GGUF's formats: a block is unpacked into registers and used at once.
#![expect(unsafe_code, reason = "AVX2 instructions, where the machine has them")]

use harness_checkpoint::gguf::Format;
use harness_checkpoint::gguf::dequantize::{block32, block256};

/// Dot products of `x` with every row of packed `weights`, into `out`; lengths must agree.
pub fn row(format: Format, weights: &[u8], x: &[f32], out: &mut [f32]) {
    match format {
        Format::Q8_0 => rows(weights, x, out, block32::q8_0),
        Format::Q4_0 => rows(weights, x, out, block32::q4_0),
        Format::Q4_1 => rows(weights, x, out, block32::q4_1),
        Format::Q5_0 => rows(weights, x, out, block32::q5_0),
        Format::Q5_1 => rows(weights, x, out, block32::q5_1),
        Format::Iq4Nl => rows(weights, x, out, block32::iq4_nl),
        Format::Q2K => rows(weights, x, out, block256::q2_k),
        Format::Q3K => rows(weights, x, out, block256::q3_k),
        Format::Q4K => rows(weights, x, out, block256::q4_k),
        Format::Q5K => rows(weights, x, out, block256::q5_k),
        Format::Q6K => rows(weights, x, out, block256::q6_k),
        Format::F32 | Format::F16 | Format::Bf16 => panic!("floats are not packed"),
    }
}

fn rows<const BYTES: usize, const VALUES: usize>(
    weights: &[u8],
    x: &[f32],
    out: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], &mut [f32; VALUES]) + Copy,
) {
    let row_bytes = x.len() / VALUES * BYTES;
    assert!(x.len().is_multiple_of(VALUES) && weights.len() == row_bytes * out.len(), "expected whole rows");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
    {
        // SAFETY: the instructions are there.
        return unsafe { rows_avx2(weights, row_bytes, x, out, unpack) };
    }
    rows_plain(weights, row_bytes, x, out, unpack);
}

/// # Safety
/// The machine has AVX2, FMA and F16C.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn rows_avx2<const BYTES: usize, const VALUES: usize>(
    weights: &[u8],
    row_bytes: usize,
    x: &[f32],
    out: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], &mut [f32; VALUES]) + Copy,
) {
    rows_plain(weights, row_bytes, x, out, unpack);
}

/// Written so that the compiler makes vectors of it, in whatever instructions its caller allows.
#[inline(always)]
fn rows_plain<const BYTES: usize, const VALUES: usize>(
    weights: &[u8],
    row_bytes: usize,
    x: &[f32],
    out: &mut [f32],
    unpack: impl Fn(&[u8; BYTES], &mut [f32; VALUES]) + Copy,
) {
    const LANES: usize = 16;
    let mut values = [0.0; VALUES];
    for (row, out) in weights.chunks_exact(row_bytes).zip(out) {
        let mut sums = [0.0_f32; LANES];
        let (blocks, _) = row.as_chunks::<BYTES>();
        let (parts, _) = x.as_chunks::<VALUES>();
        for (block, part) in blocks.iter().zip(parts) {
            unpack(block, &mut values);
            for (values, part) in values.chunks_exact(LANES).zip(part.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    sums[lane] += values[lane] * part[lane];
                }
            }
        }
        *out = sums.iter().sum();
    }
}

#[cfg(test)]
mod tests {
    use harness_checkpoint::gguf::dequantize;

    use super::*;

    #[test]
    fn every_format_agrees_with_its_unpacked_values() {
        for format in Format::ALL.into_iter().filter(|format| format.block_len() > 1) {
            let (inputs, outputs) = (512, 3);
            let row_bytes = inputs / format.block_len() * format.block_bytes();
            // Any bytes are valid; scales are kept small and finite by their upper byte.
            let mut bytes: Vec<u8> = (0..row_bytes * outputs).map(|at| (at * 37 % 251) as u8).collect();
            for (at, byte) in bytes.iter_mut().enumerate() {
                if at % 2 == 1 && *byte & 0x7c > 0x40 {
                    *byte &= 0x3f;
                }
            }
            let x: Vec<f32> = (0..inputs).map(|n| (n as f32 * 0.37).sin()).collect();
            let mut found = vec![0.0; outputs];
            row(format, &bytes, &x, &mut found);
            for (packed, found) in bytes.chunks_exact(row_bytes).zip(found) {
                let mut values = vec![0.0; inputs];
                dequantize::row(format, packed, &mut values).unwrap();
                let expected: f64 = values.iter().zip(&x).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                let size: f64 = values.iter().zip(&x).map(|(a, b)| f64::from(a * b).abs()).sum();
                let off = (f64::from(found) - expected).abs();
                assert!(
                    !expected.is_finite() || off <= 1e-5 * size.max(1e-3),
                    "{}: {found} {expected}",
                    format.name()
                );
            }
        }
    }
}
