//! Whether the parts of a request fit together and fit a model: asked by harness before anything loads, and by the
//! engine for other clients, so that both say the same.

mod batch;
mod chain;
mod dtype;
mod exit;
mod neurons;

pub use batch::batch_misfit;
pub use chain::{ChainMisfit, chain_misfit};
pub use dtype::dtype_misfit;
pub use exit::{asked_exits, exit_misfit};
pub use neurons::{kept_neurons, neurons_misfit};
