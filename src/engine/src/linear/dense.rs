//! Weights as floating-point numbers.

use tch::{Kind, Tensor};

use super::form::{Form, bytes};
use crate::kernel::{Held, Kernel, pick, rows, rows_of};

/// f32, bf16 or f16 weights.
#[derive(Debug)]
pub struct Dense {
    /// `[out, in]`
    pub weight: Tensor,
}

impl Form for Dense {
    fn forward(&self, x: &Tensor) -> Tensor {
        let weight = &self.weight;
        // Our loops know nothing of gradients, and read memory in one piece.
        let plain = !weight.requires_grad() && !x.requires_grad() && weight.is_contiguous();
        match self.kernel(rows_of(x)) {
            Kernel::RowsF32 if plain => rows::f32(x, weight),
            Kernel::RowsBf16 if plain => rows::bf16(x, weight),
            Kernel::LibtorchBf16 if x.kind() == Kind::Float => {
                x.to_kind(Kind::BFloat16).linear(weight, None::<Tensor>).to_kind(Kind::Float)
            }
            _ if weight.kind() != x.kind() => x.linear(&weight.to_kind(x.kind()), None::<Tensor>),
            _ => x.linear(weight, None::<Tensor>),
        }
    }

    fn forward_in(&self, x: &Tensor, kind: Kind) -> Tensor {
        if kind == x.kind() {
            return self.forward(x);
        }
        x.to_kind(kind).linear(&self.weight.to_kind(kind), None::<Tensor>).to_kind(x.kind())
    }

    fn multiply(&self, x: &[f32], out: &mut [f32]) {
        match self.kernel(1) {
            Kernel::RowsF32 => rows::f32_rows(x, &self.weight, out),
            Kernel::RowsBf16 => rows::bf16_rows(x, &self.weight, out),
            _ => rows::f32_rows(x, &self.weight.to_kind(Kind::Float), out),
        }
    }

    fn inputs(&self) -> usize {
        self.weight.size()[1] as usize
    }

    fn outputs(&self) -> usize {
        self.weight.size()[0] as usize
    }

    fn parameters(&self) -> u64 {
        self.weight.numel() as u64
    }

    fn bytes(&self) -> u64 {
        bytes(&self.weight)
    }

    fn kernel(&self, rows: usize) -> Kernel {
        pick(rows, Held::Dense(self.weight.kind()), self.weight.device())
    }
}

impl Dense {
    /// The weights of output rows `start..start + rows`, sharing memory.
    pub fn rows(&self, start: i64, rows: i64) -> Self {
        Self { weight: self.weight.narrow(0, start, rows) }
    }
}
