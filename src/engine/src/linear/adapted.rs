//! Dense weights with thin matrices beside them, which are trained in their place.

use tch::{Kind, Tensor};

use super::dense::Dense;
use super::form::{Form, bytes};
use crate::kernel::{Kernel, rows};

/// Weights and their adapters.
#[derive(Debug)]
pub struct Adapted {
    /// What is not trained.
    pub base: Dense,
    /// Beside which output rows something is trained.
    pub adapters: Vec<Adapter>,
}

/// `scale · up · down`, to be added to some output rows.
#[derive(Debug)]
pub struct Adapter {
    /// The projection's name in checkpoints.
    pub name: String,
    /// First output row.
    pub start: i64,
    /// `[rank, in]`, f32
    pub down: Tensor,
    /// `[rows, rank]`, f32
    pub up: Tensor,
    /// Factor of the product.
    pub scale: f64,
}

impl Adapter {
    /// Its part of the output `[.., out]`, in the kind of `x`.
    fn forward(&self, x: &Tensor, out: i64) -> Tensor {
        let inner = x.linear(&self.down.to_kind(x.kind()), None::<Tensor>);
        let own = inner.linear(&self.up.to_kind(x.kind()), None::<Tensor>) * self.scale;
        let behind = out - self.start - self.up.size()[0];
        if self.start == 0 && behind == 0 { own } else { own.constant_pad_nd([self.start, behind]) }
    }
}

impl Adapted {
    /// The weights with all that their adapters add, in f32.
    pub fn merged(&self) -> Dense {
        let merged = self.base.weight.to_kind(Kind::Float).copy();
        for adapter in &self.adapters {
            let delta = adapter.up.matmul(&adapter.down) * adapter.scale;
            let _ = merged.narrow(0, adapter.start, delta.size()[0]).g_add_(&delta);
        }
        Dense { weight: merged }
    }

    fn beside(&self, out: Tensor, x: &Tensor) -> Tensor {
        let width = self.base.outputs() as i64;
        self.adapters.iter().fold(out, |out, adapter| out + adapter.forward(x, width))
    }
}

impl Form for Adapted {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.beside(self.base.forward(x), x)
    }

    fn forward_in(&self, x: &Tensor, kind: Kind) -> Tensor {
        // The thin products cost next to nothing: they keep the format of the state.
        self.beside(self.base.forward_in(x, kind), x)
    }

    fn multiply(&self, x: &[f32], out: &mut [f32]) {
        self.base.multiply(x, out);
        let outputs = self.outputs();
        let count = out.len() / outputs;
        for adapter in &self.adapters {
            let [rank, width] = [adapter.up.size()[1], adapter.up.size()[0]].map(|size| size as usize);
            let (mut inner, mut own) = (vec![0.0; count * rank], vec![0.0; count * width]);
            rows::f32_rows(x, &adapter.down, &mut inner);
            rows::f32_rows(&inner, &adapter.up, &mut own);
            for (out, own) in out.chunks_exact_mut(outputs).zip(own.chunks_exact(width)) {
                let place = &mut out[adapter.start as usize..][..width];
                place.iter_mut().zip(own).for_each(|(out, own)| *out += own * adapter.scale as f32);
            }
        }
    }

    fn inputs(&self) -> usize {
        self.base.inputs()
    }

    fn outputs(&self) -> usize {
        self.base.outputs()
    }

    fn parameters(&self) -> u64 {
        let thin = |adapter: &Adapter| (adapter.down.numel() + adapter.up.numel()) as u64;
        self.base.parameters() + self.adapters.iter().map(thin).sum::<u64>()
    }

    fn bytes(&self) -> u64 {
        let thin = |adapter: &Adapter| bytes(&adapter.down) + bytes(&adapter.up);
        self.base.bytes() + self.adapters.iter().map(thin).sum::<u64>()
    }

    fn kernel(&self, rows: usize) -> Kernel {
        self.base.kernel(rows)
    }
}
