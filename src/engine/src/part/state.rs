//! A hidden state on its way through a block: a tensor, or a few rows of plain numbers.

use tch::Tensor;

use super::attention::Attention;
use super::mlp::Mlp;
use super::norm::Norm;
use super::run::Run;

/// What a block does with a state, whatever the state is made of: so the block is written once.
pub trait State: Sized {
    /// The same state.
    fn share(&self) -> Self;
    /// Through a norm.
    fn norm(&self, norm: &Norm) -> Self;
    /// Through attention.
    fn attend(&self, attention: &Attention, run: &mut Run) -> Self;
    /// Through a feed-forward layer.
    fn feed(&self, mlp: &Mlp, run: &Run) -> Self;
    /// Plus another.
    fn plus(self, other: &Self) -> Self;
}

/// `[batch, time, width]`
impl State for Tensor {
    fn share(&self) -> Self {
        self.shallow_clone()
    }

    fn norm(&self, norm: &Norm) -> Self {
        norm.tensor(self)
    }

    fn attend(&self, attention: &Attention, run: &mut Run) -> Self {
        attention.tensor(self, run)
    }

    fn feed(&self, mlp: &Mlp, run: &Run) -> Self {
        mlp.tensor(self, run.products.linear)
    }

    fn plus(self, other: &Self) -> Self {
        self + other
    }
}

/// `[rows, width]`, of one sequence
impl State for Vec<f32> {
    fn share(&self) -> Self {
        self.clone()
    }

    fn norm(&self, norm: &Norm) -> Self {
        norm.rows(self)
    }

    fn attend(&self, attention: &Attention, run: &mut Run) -> Self {
        attention.rows(self, run)
    }

    fn feed(&self, mlp: &Mlp, _run: &Run) -> Self {
        mlp.rows(self)
    }

    fn plus(mut self, other: &Self) -> Self {
        self.iter_mut().zip(other).for_each(|(a, b)| *a += b);
        self
    }
}
