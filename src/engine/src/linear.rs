//! A matrix that maps features to features: the one thing that compression replaces.

use tch::{Device, Kind, Tensor};

use crate::kernel;

/// A projection without bias, dense or compressed; weights are `[out, in]`.
#[derive(Debug)]
pub enum Linear {
    /// f32 or bf16 weights.
    Dense {
        /// `[out, in]`
        weight: Tensor,
    },
    /// int8 weights, symmetric, one scale per output channel.
    Int8 {
        /// i8 `[out, in]`
        weight: Tensor,
        /// f32 `[out]`
        scale: Tensor,
    },
}

impl Linear {
    /// `[.., in]` to `[.., out]`, in the kind of `x`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        match self {
            Linear::Dense { weight } => kernel::dense(x, weight),
            Linear::Int8 { weight, scale } => kernel::int8(x, weight, scale),
        }
    }

    /// As [`Linear::forward`], with dense products computed in `kind`; gradients reach weights and `x` in theirs.
    pub fn forward_in(&self, x: &Tensor, kind: Kind) -> Tensor {
        match self {
            Linear::Dense { weight } if kind != x.kind() => {
                x.to_kind(kind).linear(&weight.to_kind(kind), None::<Tensor>).to_kind(x.kind())
            }
            _ => self.forward(x),
        }
    }

    /// One row `[in]` to `[out]` on the CPU, without making a tensor.
    pub fn row(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.outputs()];
        match self {
            Linear::Dense { weight } if weight.kind() == Kind::Float => {
                kernel::rows::f32_row(x, weight, &mut out)
            }
            Linear::Dense { weight } => kernel::rows::bf16_row(x, weight, &mut out),
            Linear::Int8 { weight, scale } => kernel::rows::int8_row(x, weight, scale, &mut out),
        }
        out
    }

    /// Output features.
    pub fn outputs(&self) -> usize {
        match self {
            Linear::Dense { weight } | Linear::Int8 { weight, .. } => weight.size()[0] as usize,
        }
    }

    /// The projection made of output rows `start..start + rows`, sharing the weights.
    pub fn rows(&self, start: i64, rows: i64) -> Linear {
        match self {
            Linear::Dense { weight } => Linear::Dense { weight: weight.narrow(0, start, rows) },
            Linear::Int8 { weight, scale } => {
                Linear::Int8 { weight: weight.narrow(0, start, rows), scale: scale.narrow(0, start, rows) }
            }
        }
    }

    /// The dense weights; None where they are compressed.
    pub fn dense(&self) -> Option<&Tensor> {
        match self {
            Linear::Dense { weight } => Some(weight),
            Linear::Int8 { .. } => None,
        }
    }

    /// Weights, scales not counted.
    pub fn parameters(&self) -> u64 {
        match self {
            Linear::Dense { weight } | Linear::Int8 { weight, .. } => weight.numel() as u64,
        }
    }

    /// Bytes in memory, scales included.
    pub fn bytes(&self) -> u64 {
        match self {
            Linear::Dense { weight } => bytes(weight),
            Linear::Int8 { weight, scale } => bytes(weight) + bytes(scale),
        }
    }

    /// Names of the kernels that run on many rows and on one.
    pub fn kernels(&self) -> (&'static str, &'static str) {
        match self {
            Linear::Dense { weight } if weight.device() != Device::Cpu => kernel::DENSE_GPU,
            Linear::Int8 { weight, .. } if weight.device() != Device::Cpu => kernel::INT8_GPU,
            Linear::Dense { weight } if weight.kind() == Kind::Float => kernel::DENSE_F32,
            Linear::Dense { .. } if kernel::multiplies_bf16() => kernel::DENSE_BF16,
            Linear::Dense { .. } => kernel::WIDENED_BF16,
            Linear::Int8 { .. } => kernel::INT8,
        }
    }
}

/// Bytes of a tensor's elements.
pub fn bytes(tensor: &Tensor) -> u64 {
    (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64
}
