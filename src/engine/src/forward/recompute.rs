//! Skipped blocks run later: a token that left waits before the next block, and runs it together with the first
//! later token that comes there. Keys and values are exact; the policy is asked from the first token on, so that a
//! prompt may wait too.

use tch::Tensor;

use super::chunk::{block, embed, last};
use super::{Forward, Pass, Step};
use crate::exit::Item;
use crate::model::Model;
use crate::part::LayerCache;

/// Keys and values of every block, and the states that wait before each.
#[derive(Debug, Default)]
pub struct Recompute {
    caches: Vec<LayerCache>,
    waiting: Vec<Vec<Tensor>>, // before each block, [1, time, width], in the order of their positions
    position: i64,             // of the next token
}

impl Forward for Recompute {
    fn reserve(&mut self, model: &Model, positions: i64) {
        self.caches = model.caches(1, positions);
        self.waiting = self.caches.iter().map(|_| Vec::new()).collect();
    }

    fn begin(&mut self, _item: &Item) {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.waiting.iter_mut().for_each(Vec::clear);
        self.position = 0;
    }

    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step {
        let (model, products) = (pass.model, pass.products);
        let mut hidden = embed(model, ids, self.position);
        self.position += ids.len() as i64;
        let layers = self.caches.len();
        for index in 0..layers {
            let waiting = &mut self.waiting[index];
            if !waiting.is_empty() {
                waiting.push(hidden);
                hidden = Tensor::cat(waiting, 1);
                waiting.clear();
            }
            hidden = block(model, index, &hidden, &mut self.caches[index], products);
            if index + 1 == layers {
                break;
            }
            let state = last(&hidden);
            let head = || model.head(&state, products).flatten(0, -1);
            if let Some(logits) = pass.left(index + 1, &state, &head) {
                self.waiting[index + 1].push(hidden);
                return Step { logits, blocks: index + 1 };
            }
        }
        Step { logits: model.head(&last(&hidden), products).flatten(0, -1), blocks: layers }
    }
}
