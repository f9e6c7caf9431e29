//! What every form of weights does.

use tch::{Kind, Tensor};

use crate::kernel::Kernel;

/// Weights `[out, in]` in some form.
pub trait Form {
    /// `[.., in]` to `[.., out]`, in the kind of `x`.
    fn forward(&self, x: &Tensor) -> Tensor;
    /// As [`Form::forward`], with dense products computed in `kind`; gradients reach weights and `x` in theirs.
    fn forward_in(&self, x: &Tensor, kind: Kind) -> Tensor;
    /// Rows `[rows, in]` into `[rows, out]`, on the CPU.
    fn multiply(&self, x: &[f32], out: &mut [f32]);
    /// Input features.
    fn inputs(&self) -> usize;
    /// Output features.
    fn outputs(&self) -> usize;
    /// Weights, scales not counted.
    fn parameters(&self) -> u64;
    /// Bytes in memory, scales included.
    fn bytes(&self) -> u64;
    /// What multiplies that many rows.
    fn kernel(&self, rows: usize) -> Kernel;
    /// All that multiply that many rows, where parts are held differently.
    fn kernels(&self, rows: usize) -> Vec<Kernel> {
        vec![self.kernel(rows)]
    }
}

/// Bytes of a tensor's elements.
pub fn bytes(tensor: &Tensor) -> u64 {
    (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64
}
