//! Decoders as the three steps of a forward pass, so that early exit is a loop and not a wrapper.

mod build;
mod footprint;
mod save;
pub mod source;
pub mod supply;

pub use build::build;
pub use footprint::{footprint, kernels};
pub use save::checkpoint;
pub use source::{Loaded, load};

use harness_checkpoint::Blueprint;
use harness_checkpoint::blueprint::Shape;
use tch::{Device, Kind, Tensor};

use crate::kernel::{STREAMED_ROWS, rows, rows_of};
use crate::linear::Linear;
use crate::part::{Block, Embedding, Head, LayerCache, Mlp, Products, Rotation, Run};

/// A decoder that runs block by block. Hidden states are `[batch, time, width]`.
#[derive(Debug)]
pub struct Model {
    /// What it was assembled from.
    pub blueprint: Blueprint,
    /// From token ids to the first hidden state.
    pub embedding: Embedding,
    /// In the order in which they run.
    pub blocks: Vec<Block>,
    /// From the last hidden state to logits.
    pub head: Head,
    rotations: Vec<Rotation>,
    activations: Kind,
    device: Device,
}

impl Model {
    /// Sizes that every part shares.
    pub fn shape(&self) -> &Shape {
        &self.blueprint.shape
    }

    /// Number of blocks.
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }

    /// Number format of hidden states and caches.
    pub fn activations(&self) -> Kind {
        self.activations
    }

    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Makes tables for sequences of up to `positions`: needed before the first pass.
    pub fn reserve(&mut self, positions: i64) {
        self.rotations.iter_mut().for_each(|rotation| rotation.reserve(positions));
        self.embedding.reserve(positions, self.blueprint.shape.width);
    }

    /// An empty cache for each block, with room for `positions` of `batch` sequences.
    pub fn caches(&self, batch: i64, positions: i64) -> Vec<LayerCache> {
        let cache = |block: &Block| {
            let size = [batch, block.attention.kv_heads, positions, block.attention.head_dim];
            LayerCache::new(size, self.activations, self.device)
        };
        self.blocks.iter().map(cache).collect()
    }

    /// Token ids `[batch, time]`, the first at `position`, to hidden states.
    pub fn embed(&self, tokens: &Tensor, position: i64) -> Tensor {
        self.embedding.tensor(tokens, position)
    }

    /// Runs block `index` on new positions, which follow those in the cache and are added to it; without a cache on
    /// whole sequences.
    pub fn block(
        &self,
        index: usize,
        hidden: &Tensor,
        cache: Option<&mut LayerCache>,
        products: Products,
    ) -> Tensor {
        let on_rows = self.on_rows(hidden) && cache.is_some();
        let mut run = Run { rotations: &self.rotations, cache, products };
        if on_rows {
            let state = rows::elements(&hidden.contiguous()).to_vec();
            return Tensor::from_slice(&self.blocks[index].run(&state, &mut run)).reshape(hidden.size());
        }
        self.blocks[index].run(hidden, &mut run)
    }

    /// Adds positions to a block's cache without running it: its keys and values of the given states.
    pub fn fill_cache(&self, index: usize, hidden: &Tensor, cache: &mut LayerCache) {
        let products = Products::all(self.activations);
        let mut run = Run { rotations: &self.rotations, cache: Some(cache), products };
        self.blocks[index].fill(hidden, &mut run);
    }

    /// Final norm and output projection: hidden states to logits `[batch, time, vocabulary]`.
    pub fn head(&self, hidden: &Tensor, products: Products) -> Tensor {
        let trained =
            hidden.requires_grad() || self.head.linear.as_dense().is_some_and(Tensor::requires_grad);
        if self.on_rows(hidden) && !trained {
            let logits = self.head.rows(rows::elements(&hidden.contiguous()));
            return Tensor::from_slice(&logits).reshape([1, hidden.size()[1], -1]);
        }
        self.head.tensor(hidden, products.linear)
    }

    /// Whether a state is a few positions of one sequence that run on plain numbers: on the CPU, in f32.
    fn on_rows(&self, hidden: &Tensor) -> bool {
        self.activations == Kind::Float
            && self.device == Device::Cpu
            && hidden.size()[0] == 1
            && rows_of(hidden) <= STREAMED_ROWS
    }

    /// Every projection with its name; what compression replaces.
    pub fn linears_mut(&mut self) -> Vec<(String, &mut Linear)> {
        let names: Vec<String> = self.blueprint.linears().iter().map(|spec| spec.name.clone()).collect();
        let mut linears: Vec<&mut Linear> = self.embedding.projection.iter_mut().collect();
        for block in &mut self.blocks {
            linears.extend([&mut block.attention.query_key_value, &mut block.attention.output]);
            linears.extend([&mut block.mlp.up, &mut block.mlp.down]);
        }
        linears.extend(&mut self.head.projection);
        linears.push(&mut self.head.linear);
        names.into_iter().zip(linears).collect()
    }

    /// The same, to look at.
    pub fn linears(&self) -> Vec<&Linear> {
        let mut linears: Vec<&Linear> = self.embedding.projection.iter().collect();
        for block in &self.blocks {
            linears.extend([&block.attention.query_key_value, &block.attention.output]);
            linears.extend([&block.mlp.up, &block.mlp.down]);
        }
        linears.extend(&self.head.projection);
        linears.push(&self.head.linear);
        linears
    }

    /// Every feed-forward layer.
    pub fn mlps_mut(&mut self) -> impl Iterator<Item = &mut Mlp> {
        self.blocks.iter_mut().map(|block| &mut block.mlp)
    }

    /// Tensors that are neither projection nor the embedding's rows: learned positions and norms.
    pub fn others(&self) -> Vec<&Tensor> {
        let mut others: Vec<&Tensor> = self.embedding.learned().into_iter().collect();
        let norms = self.blocks.iter().flat_map(Block::norms).chain(&self.head.norm);
        others.extend(norms.flat_map(|norm| norm.tensors()));
        others
    }
}
