//! A matrix that maps features to features: the one thing that compression replaces.

mod adapted;
mod dense;
mod form;
mod int8;
mod packed;

pub use adapted::{Adapted, Adapter};
pub use dense::Dense;
pub use form::{Form, bytes};
pub use int8::Int8;
pub use packed::{Packed, PackedRows};

use tch::{Kind, Tensor};

/// A projection: weights `[out, in]` in one of several forms, and a bias where the model has one.
#[derive(Debug)]
pub struct Linear {
    /// Its weights.
    pub weight: Weight,
    /// `[out]`, in the kind of activations.
    pub bias: Option<Tensor>,
}

/// Forms of weights.
#[derive(Debug)]
pub enum Weight {
    /// f32, bf16 or f16.
    Dense(Dense),
    /// int8, symmetric, one scale per output channel.
    Int8(Int8),
    /// Blocks of GGUF's formats.
    Packed(Packed),
    /// Dense ones with what is trained beside them.
    Adapted(Adapted),
}

impl Weight {
    /// What the form does.
    pub fn form(&self) -> &dyn Form {
        match self {
            Self::Dense(form) => form,
            Self::Int8(form) => form,
            Self::Packed(form) => form,
            Self::Adapted(form) => form,
        }
    }

    /// The weights of output rows `start..start + rows`, sharing memory.
    pub fn rows(&self, start: i64, rows: i64) -> Self {
        match self {
            Self::Dense(dense) => Self::Dense(dense.rows(start, rows)),
            Self::Int8(int8) => Self::Int8(int8.rows(start, rows)),
            Self::Packed(packed) => Self::Packed(packed.rows(start, rows)),
            Self::Adapted(adapted) => Self::Dense(adapted.merged().rows(start, rows)),
        }
    }
}

impl Linear {
    /// Dense weights `[out, in]` without bias.
    pub fn dense(weight: Tensor) -> Self {
        Self { weight: Weight::Dense(Dense { weight }), bias: None }
    }

    /// `[.., in]` to `[.., out]`, in the kind of `x`.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.biased(self.weight.form().forward(x))
    }

    /// As [`Linear::forward`], with dense products computed in `kind`.
    pub fn forward_in(&self, x: &Tensor, kind: Kind) -> Tensor {
        self.biased(self.weight.form().forward_in(x, kind))
    }

    fn biased(&self, out: Tensor) -> Tensor {
        match &self.bias {
            Some(bias) => out + bias,
            None => out,
        }
    }

    /// Rows `[rows, in]` to `[rows, out]` on the CPU, without making a tensor.
    pub fn multiply(&self, x: &[f32]) -> Vec<f32> {
        let form = self.weight.form();
        let outputs = form.outputs();
        let mut out = vec![0.0; x.len() / form.inputs() * outputs];
        form.multiply(x, &mut out);
        if let Some(bias) = &self.bias {
            let bias = crate::kernel::rows::elements(bias);
            for out in out.chunks_exact_mut(outputs) {
                out.iter_mut().zip(bias).for_each(|(out, bias)| *out += bias);
            }
        }
        out
    }

    /// Output features.
    pub fn outputs(&self) -> usize {
        self.weight.form().outputs()
    }

    /// The projection made of output rows `start..start + rows`, sharing the weights.
    pub fn rows(&self, start: i64, rows: i64) -> Self {
        let bias = self.bias.as_ref().map(|bias| bias.narrow(0, start, rows));
        Self { weight: self.weight.rows(start, rows), bias }
    }

    /// The dense weights; None where they are compressed or adapted.
    pub fn as_dense(&self) -> Option<&Tensor> {
        match &self.weight {
            Weight::Dense(dense) => Some(&dense.weight),
            Weight::Int8(_) | Weight::Packed(_) | Weight::Adapted(_) => None,
        }
    }

    /// Weights and biases, scales not counted.
    pub fn parameters(&self) -> u64 {
        self.weight.form().parameters() + self.bias.as_ref().map_or(0, |bias| bias.numel() as u64)
    }

    /// Bytes in memory, scales and biases included.
    pub fn bytes(&self) -> u64 {
        self.weight.form().bytes() + self.bias.as_ref().map_or(0, bytes)
    }
}
