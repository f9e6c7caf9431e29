//! Which kernel multiplies: by rows, number format and device, from a measured table.
//!
//! `cargo bench -p harness-engine --bench linear` measures the choices; METHODOLOGY.md holds the table. A
//! loop over the weights (`rows`) on one thread beats libtorch's f32 kernels and its int8 kernel with f32
//! activations on single rows; libtorch wins from a handful of rows on, where a weight read once is used
//! more than once. Its int8 kernel comes close on two threads, but only with activations rounded to bf16.

pub mod rows;

use tch::{Device, Kind, Tensor};

/// Up to this many rows the weights are streamed once per row; above, libtorch's blocked product wins.
const STREAMED_ROWS: usize = 4;

/// Kernel names for f32 weights: on many rows, on one.
pub const DENSE_F32: (&str, &str) = ("libtorch-f32", "rows-f32");
/// Kernel names for bf16 weights on a CPU that multiplies bf16.
pub const DENSE_BF16: (&str, &str) = ("libtorch-bf16", "rows-bf16");
/// Kernel names for bf16 weights elsewhere: libtorch's fallback is several times slower than widening.
pub const WIDENED_BF16: (&str, &str) = ("widen+libtorch-f32", "rows-bf16");
/// Kernel names for weights of any float format on a GPU.
pub const DENSE_GPU: (&str, &str) = ("libtorch-gpu", "libtorch-gpu");
/// Kernel names for int8 weights on a GPU.
pub const INT8_GPU: (&str, &str) = ("widen+libtorch-gpu", "widen+libtorch-gpu");
/// Kernel names for int8 weights.
pub const INT8: (&str, &str) = ("widen+libtorch-f32", "rows-int8");

/// `x [.., in] · weight [out, in]ᵀ`, in the kind of `x`.
pub fn dense(x: &Tensor, weight: &Tensor) -> Tensor {
    match weight.kind() {
        Kind::Float if streams(x, weight) => rows::f32(x, weight),
        Kind::BFloat16 if streams(x, weight) => rows::bf16(x, weight),
        Kind::BFloat16 if x.kind() == Kind::Float && multiplies_bf16() => {
            x.to_kind(Kind::BFloat16).linear(weight, None::<Tensor>).to_kind(Kind::Float)
        }
        kind if kind != x.kind() => x.linear(&weight.to_kind(x.kind()), None::<Tensor>),
        _ => x.linear(weight, None::<Tensor>),
    }
}

/// `x [.., in] · (scale · weight)ᵀ` with int8 weights `[out, in]` and scales `[out]`, in the kind of `x`.
pub fn int8(x: &Tensor, weight: &Tensor, scale: &Tensor) -> Tensor {
    if streams(x, weight) {
        return rows::int8(x, weight, scale);
    }
    // Widening costs one pass over the weights, which many rows share; what it makes lives only here.
    let wide = (weight.to_kind(Kind::Float) * scale.unsqueeze(1)).to_kind(x.kind());
    x.linear(&wide, None::<Tensor>)
}

/// Whether this CPU has bf16 products in hardware.
pub fn multiplies_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512bf16");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("bf16");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}

fn streams(x: &Tensor, weight: &Tensor) -> bool {
    let width = *weight.size().last().unwrap_or(&1) as usize;
    x.numel() <= STREAMED_ROWS * width
        && x.device() == Device::Cpu
        && !weight.requires_grad()
        && weight.is_contiguous()
}
