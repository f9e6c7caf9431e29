//! Many positions through one block in pieces: what bounds the memory of long prompts.

use tch::Tensor;

use crate::model::Model;
use crate::part::{LayerCache, Products};

/// Positions that run together.
pub const CHUNK: i64 = 1024;

/// Token ids to hidden states `[1, time, width]`, the first at `position`.
pub fn embed(model: &Model, ids: &[u32], position: i64) -> Tensor {
    let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
    model.embed(&Tensor::from_slice(&ids).unsqueeze(0).to_device(model.device()), position)
}

/// Runs a block on states `[1, time, width]` that follow those in its cache.
pub fn block(
    model: &Model,
    index: usize,
    hidden: &Tensor,
    cache: &mut LayerCache,
    products: Products,
) -> Tensor {
    let time = hidden.size()[1];
    if time <= CHUNK {
        return model.block(index, hidden, Some(cache), products);
    }
    let pieces: Vec<Tensor> = hidden
        .split(CHUNK, 1)
        .iter()
        .map(|piece| model.block(index, piece, Some(&mut *cache), products))
        .collect();
    Tensor::cat(&pieces, 1)
}

/// The state of the last position, `[1, 1, width]`.
pub fn last(hidden: &Tensor) -> Tensor {
    hidden.narrow(1, hidden.size()[1] - 1, 1)
}
