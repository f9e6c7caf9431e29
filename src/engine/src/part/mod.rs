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
mod run;
mod state;

pub use attention::Attention;
pub use block::Block;
pub use cache::LayerCache;
pub use embedding::{Embedding, TokenTable};
pub use head::Head;
pub use mlp::Mlp;
pub use norm::Norm;
pub use rotation::Rotation;
pub use run::{Products, Run};
pub use state::State;
