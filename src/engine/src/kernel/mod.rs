//! Which kernel multiplies: by rows, number format and device, from a measured table.
//!
//! `cargo bench -p harness-engine --bench linear` measures the choices; reports/speed.md holds the table. A
//! loop over the weights (`rows`) on one thread beats libtorch's f32 kernels and its int8 kernel with f32
//! activations on single rows; libtorch wins from a handful of rows on, where a weight read once is used
//! more than once. Its int8 kernel comes close on two threads, but only with activations rounded to bf16.

pub mod packed;
pub mod rows;
mod weight;

use harness_checkpoint::gguf::Format;
use tch::{Device, Kind, Tensor};

/// Up to this many rows our loops over the weights win; above, libtorch's blocked product.
pub const STREAMED_ROWS: usize = 8;

/// How weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Floating-point numbers.
    Dense(Kind),
    /// int8 with a scale an output.
    Int8,
    /// Blocks of a GGUF format.
    Packed(Format),
}

/// What multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Our loop over f32 weights.
    RowsF32,
    /// Our loop over bf16 weights.
    RowsBf16,
    /// Our loop over int8 weights.
    RowsInt8,
    /// Our loop over weights in blocks of this format.
    RowsPacked(Format),
    /// libtorch, in the kind of the weights.
    LibtorchF32,
    /// libtorch, with activations rounded to bf16.
    LibtorchBf16,
    /// Weights are widened to f32, then libtorch.
    Widen,
    /// libtorch on a GPU.
    LibtorchGpu,
    /// Weights are widened on a GPU, then libtorch.
    WidenGpu,
}

impl Kernel {
    /// As tables name it.
    pub fn name(self) -> String {
        let fixed = match self {
            Self::RowsPacked(format) => return format!("rows-{}", format.name().to_lowercase()),
            Self::RowsF32 => "rows-f32",
            Self::RowsBf16 => "rows-bf16",
            Self::RowsInt8 => "rows-int8",
            Self::LibtorchF32 => "libtorch-f32",
            Self::LibtorchBf16 => "libtorch-bf16",
            Self::Widen => "widen+libtorch-f32",
            Self::LibtorchGpu => "libtorch-gpu",
            Self::WidenGpu => "widen+libtorch-gpu",
        };
        fixed.to_owned()
    }
}

/// The kernel for `rows` rows of f32 activations (on a GPU: of any); asked by the product and by the report.
pub fn pick(rows: usize, held: Held, device: Device) -> Kernel {
    let streams = rows <= STREAMED_ROWS;
    match (held, device) {
        (Held::Dense(_), Device::Cpu) if !streams => match held {
            Held::Dense(Kind::Float) => Kernel::LibtorchF32,
            // libtorch's fallback is several times slower than widening.
            Held::Dense(Kind::BFloat16) if multiplies_bf16() => Kernel::LibtorchBf16,
            _ => Kernel::Widen,
        },
        (Held::Dense(Kind::Float), Device::Cpu) => Kernel::RowsF32,
        (Held::Dense(Kind::BFloat16), Device::Cpu) => Kernel::RowsBf16,
        (Held::Dense(_), Device::Cpu) => Kernel::Widen,
        (Held::Int8, Device::Cpu) if streams => Kernel::RowsInt8,
        (Held::Packed(format), Device::Cpu) if streams => Kernel::RowsPacked(format),
        (Held::Int8 | Held::Packed(_), Device::Cpu) => Kernel::Widen,
        (Held::Dense(_), _) => Kernel::LibtorchGpu,
        (Held::Int8 | Held::Packed(_), _) => Kernel::WidenGpu,
    }
}

/// Rows of `x [.., features]`.
pub fn rows_of(x: &Tensor) -> usize {
    let features = x.size().last().copied().unwrap_or(1).max(1) as usize;
    x.numel() / features
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
