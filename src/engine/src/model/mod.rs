//! Models as the three steps of a forward pass, so that early exit is a loop and not a wrapper.

pub mod cache;
pub mod config;
pub mod llama;
pub mod random;
pub mod rope;
mod row;
mod sequences;
pub mod source;
pub mod weights;

pub use cache::LayerCache;
pub use config::ModelConfig;
pub use llama::Llama;
pub use sequences::Products;
pub use source::{Loaded, SOURCES, load};

use tch::{Kind, Tensor};

use crate::linear::Linear;

/// A decoder that runs block by block. Hidden states are `[time, width]`.
pub trait Model {
    /// Its shape.
    fn config(&self) -> &ModelConfig;
    /// Number format of hidden states and caches.
    fn activations(&self) -> Kind;
    /// Token ids `[time]` to hidden states.
    fn embed(&self, tokens: &Tensor) -> Tensor;
    /// Runs block `index` on new positions, which follow those in the cache and are added to it.
    fn block(&self, index: usize, hidden: &Tensor, cache: &mut LayerCache) -> Tensor;
    /// Adds positions to a block's cache without running it: its keys and values of the given states.
    fn fill_cache(&self, index: usize, hidden: &Tensor, cache: &mut LayerCache);
    /// Final norm and output projection: hidden states to logits `[time, vocabulary]`.
    fn head(&self, hidden: &Tensor) -> Tensor;
    /// Every projection with its name; what compression replaces.
    fn linears_mut(&mut self) -> Vec<(String, &mut Linear)>;
    /// The same, to look at.
    fn linears(&self) -> Vec<(String, &Linear)>;
    /// Tensors that are no projection: embedding and norms.
    fn others(&self) -> Vec<&Tensor>;
}
