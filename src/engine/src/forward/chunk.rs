//! Many positions through one block in pieces: what bounds the memory of long prompts.

use std::ops::Range;

use tch::Tensor;

use super::Pass;
use crate::model::Model;
use crate::part::{LayerCache, Products};

/// Positions that run together.
const CHUNK: i64 = 1024;

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

/// The blocks that have a cache, on tokens piece by piece; the state of the last position, `[1, 1, width]`.
///
/// `skipped` blocks do not run. The first token is at `position`.
pub fn prompt(
    ids: &[u32],
    position: i64,
    caches: &mut [LayerCache],
    skipped: &Range<usize>,
    pass: &Pass,
) -> Tensor {
    let mut state = Tensor::new();
    for (number, piece) in ids.chunks(CHUNK as usize).enumerate() {
        let mut hidden = embed(pass.model, piece, position + number as i64 * CHUNK);
        for (index, cache) in caches.iter_mut().enumerate() {
            if !skipped.contains(&index) {
                hidden = pass.model.block(index, &hidden, Some(cache), pass.products);
            }
        }
        state = last(&hidden);
    }
    state
}

/// The state of the last position, `[1, 1, width]`.
pub fn last(hidden: &Tensor) -> Tensor {
    hidden.narrow(1, hidden.size()[1] - 1, 1)
}
