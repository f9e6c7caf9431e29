//! Weights as int8, symmetric, with one scale per output channel.

use tch::{Kind, Tensor};

use super::form::{Form, bytes};
use crate::kernel::{Held, Kernel, pick, rows, rows_of};

/// int8 weights; activations stay as they are.
#[derive(Debug)]
pub struct Int8 {
    /// i8 `[out, in]`
    pub weight: Tensor,
    /// f32 `[out]`
    pub scale: Tensor,
}

impl Form for Int8 {
    fn forward(&self, x: &Tensor) -> Tensor {
        if self.kernel(rows_of(x)) == Kernel::RowsInt8 {
            return rows::int8(x, &self.weight, &self.scale);
        }
        // Widening costs one pass over the weights, which many rows share; what it makes lives only here.
        let wide = (self.weight.to_kind(Kind::Float) * self.scale.unsqueeze(1)).to_kind(x.kind());
        x.linear(&wide, None::<Tensor>)
    }

    fn forward_in(&self, x: &Tensor, _kind: Kind) -> Tensor {
        self.forward(x)
    }

    fn multiply(&self, x: &[f32], out: &mut [f32]) {
        rows::int8_rows(x, &self.weight, &self.scale, out);
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
        bytes(&self.weight) + bytes(&self.scale)
    }

    fn kernel(&self, rows: usize) -> Kernel {
        pick(rows, Held::Int8, self.weight.device())
    }
}

impl Int8 {
    /// The weights of output rows `start..start + rows`, sharing memory.
    pub fn rows(&self, start: i64, rows: i64) -> Self {
        Self { weight: self.weight.narrow(0, start, rows), scale: self.scale.narrow(0, start, rows) }
    }
}
