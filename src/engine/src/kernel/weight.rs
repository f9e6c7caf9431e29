//! Number formats of weights, as the row kernels load them.
#![expect(unsafe_code, reason = "AVX2 instructions, where the machine has them")]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, _mm_loadl_epi64, _mm_loadu_si128, _mm256_castsi256_ps, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps,
    _mm256_cvtepu16_epi32, _mm256_loadu_ps, _mm256_slli_epi32,
};

/// A number format of weights.
pub trait Weight: Copy {
    /// Its value.
    fn widen(self) -> f32;

    /// Eight values.
    ///
    /// # Safety
    /// Eight weights lie at `at`; the machine has AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    unsafe fn load(at: *const Self) -> __m256;
}

impl Weight for f32 {
    fn widen(self) -> f32 {
        self
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load(at: *const Self) -> __m256 {
        // SAFETY: the caller's promise.
        unsafe { _mm256_loadu_ps(at) }
    }
}

/// bf16 by its bits: the upper half of an f32.
impl Weight for u16 {
    fn widen(self) -> f32 {
        f32::from_bits(u32::from(self) << 16)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load(at: *const Self) -> __m256 {
        // SAFETY: the caller's promise.
        let bits = unsafe { _mm_loadu_si128(at.cast()) };
        _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16))
    }
}

impl Weight for i8 {
    fn widen(self) -> f32 {
        f32::from(self)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load(at: *const Self) -> __m256 {
        // SAFETY: the caller's promise.
        let bytes = unsafe { _mm_loadl_epi64(at.cast()) };
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))
    }
}
