//! The parts that decoders are assembled of. Each runs on tensors, and on one plain row where the CPU's loops do.
//!
//! Hidden states are `[batch, time, width]`, or one row `[width]` of f32. A row costs no libtorch call: sixty calls a
//! block, each a few microseconds before it does anything, are several times the arithmetic at small widths.

mod attention;
mod block;
mod cache;
mod embedding;
mod head;
mod mlp;
mod norm;
mod rotation;
mod state;

pub use attention::Attention;
pub use block::{Block, Run};
pub use cache::LayerCache;
pub use embedding::{Embedding, TokenTable};
pub use head::Head;
pub use mlp::Mlp;
pub use norm::Norm;
pub use rotation::Rotation;
pub use state::State;

use tch::{Kind, Tensor};

/// Number formats in which matrix products are computed; whatever goes in and comes out keeps its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Products {
    /// Format of the projections, the head included.
    pub linear: Kind,
    /// Format of attention.
    pub attention: Kind,
}

impl Products {
    /// Nothing is rounded.
    pub const F32: Self = Self::all(Kind::Float);

    /// Every product in one format.
    pub const fn all(kind: Kind) -> Self {
        Self { linear: kind, attention: kind }
    }
}

/// The three sizes of a tensor.
fn size3(tensor: &Tensor) -> [i64; 3] {
    tensor.size().try_into().expect("three dimensions")
}
