//! Floats of 16 and 32 bits, stored little-endian.

/// The value of a 16-bit float of IEEE 754, exactly.
///
/// Written without branches, so that a loop over many becomes vector instructions, and without 32-bit
/// subnormals on the way, which a process may have told its processor to treat as 0.
#[inline]
pub fn f16(stored: [u8; 2]) -> f32 {
    const EXPONENT_SHIFT: u32 = (127 - 15) << 23;
    const SMALLEST_NORMAL: u32 = EXPONENT_SHIFT + (1 << 23);
    let bits = u32::from(u16::from_le_bytes(stored));
    let sign = (bits & 0x8000) << 16;
    let rest = (bits & 0x7fff) << 13;
    let normal = rest + EXPONENT_SHIFT;
    let infinite = rest | 0x7f80_0000;
    let subnormal = f32::from_bits(rest + SMALLEST_NORMAL) - f32::from_bits(SMALLEST_NORMAL);
    let size = if rest < 1 << 23 {
        subnormal.to_bits()
    } else if rest >= 0x1f << 23 {
        infinite
    } else {
        normal
    };
    f32::from_bits(sign | size)
}

/// The value of a 16-bit float that is the upper half of a 32-bit one, exactly.
#[inline]
pub fn bf16(stored: [u8; 2]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(stored)) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_16_bit_float_has_the_value_that_the_half_crate_gives() {
        for bits in 0..=u16::MAX {
            let (ours, theirs) = (f16(bits.to_le_bytes()), half::f16::from_bits(bits).to_f32());
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "{bits:#06x}");
            let (ours, theirs) = (bf16(bits.to_le_bytes()), half::bf16::from_bits(bits).to_f32());
            assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "{bits:#06x}");
        }
    }
}
