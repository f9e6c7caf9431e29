//! Self-speculation: the exit of an early block drafts tokens, and the other blocks check them together (LayerSkip:
//! Elhoushi et al. 2024, arXiv 2404.16710). Every token's logits come from the last block, so that no token changes,
//! however it is chosen.

use std::collections::VecDeque;

use harness_protocol::Exit;
use tch::Tensor;

use super::chunk::{block, embed, prompt};
use super::{Forward, Pass, Step};
use crate::error::Result;
use crate::exit::{Item, Target, confidence};
use crate::model::Model;
use crate::parameter;
use crate::part::LayerCache;

/// Keys and values of every block, and what was checked ahead.
#[derive(Debug)]
pub struct Speculate {
    layer: usize,   // whose exit drafts
    draft: usize,   // most tokens of one draft
    threshold: f64, // probability below which a token is not drafted
    limit: usize,   // of the item's tokens
    caches: Vec<LayerCache>,
    position: i64,                  // of the next token
    ahead: VecDeque<(u32, Tensor)>, // drafted tokens from there on, with the logits behind each
}

impl Speculate {
    /// `layer`: the block whose exit drafts; `draft`: most tokens of one draft; `draft-threshold`: the probability that each
    /// of them must reach.
    pub fn make(exit: &Exit, _target: &Target) -> Result<Box<dyn Forward>> {
        let count = |name| parameter::count(&exit.parameters, name);
        Ok(Box::new(Self {
            layer: count("layer")?,
            draft: count("draft")?,
            threshold: parameter::number(&exit.parameters, "draft-threshold")?,
            limit: 1,
            caches: Vec::new(),
            position: 0,
            ahead: VecDeque::new(),
        }))
    }

    fn run_prompt(&mut self, ids: &[u32], pass: &Pass) -> Tensor {
        let state = prompt(ids, 0, &mut self.caches, &(0..0), pass);
        self.position = ids.len() as i64;
        pass.model.head(&state, pass.products).flatten(0, -1)
    }

    /// Drafts behind token `id`, checks the draft, and returns the logits behind `id`.
    fn draft(&mut self, id: u32, pass: &Pass) -> Tensor {
        let (model, products) = (pass.model, pass.products);
        let (early, late) = self.caches.split_at_mut(self.layer);
        let drafts = self.draft.min(self.limit.saturating_sub(pass.token + 1));
        let mut ids = vec![id];
        let mut states = Vec::with_capacity(drafts + 1);
        while states.len() < ids.len() {
            let at = states.len();
            let mut hidden = embed(model, &ids[at..], self.position + at as i64);
            for (index, cache) in early.iter_mut().enumerate() {
                hidden = model.block(index, &hidden, Some(cache), products);
            }
            if at < drafts {
                let logits = model.head(&hidden, products).flatten(0, -1);
                if self.threshold == 0.0 || confidence(&logits) >= self.threshold {
                    ids.push(logits.argmax(-1, false).int64_value(&[]) as u32);
                }
            }
            states.push(hidden);
        }
        let mut hidden = Tensor::cat(&states, 1);
        for (index, cache) in late.iter_mut().enumerate() {
            hidden = block(model, self.layer + index, &hidden, cache, products);
        }
        let logits = model.head(&hidden, products).squeeze_dim(0); // [drafts + 1, vocabulary]
        let behind = |at: usize| logits.get(at as i64);
        self.ahead = ids.iter().enumerate().skip(1).map(|(at, id)| (*id, behind(at))).collect();
        behind(0)
    }
}

impl Forward for Speculate {
    fn reserve(&mut self, model: &Model, positions: i64) {
        self.caches = model.caches(1, positions);
    }

    fn begin(&mut self, item: &Item) {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.ahead.clear();
        self.limit = item.limit;
        self.position = 0;
    }

    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step {
        let blocks = self.caches.len();
        let [id] = *ids else { return Step { logits: self.run_prompt(ids, pass), blocks } };
        if self.position == 0 {
            return Step { logits: self.run_prompt(ids, pass), blocks };
        }
        let checked = self.ahead.pop_front().filter(|(drafted, _)| *drafted == id);
        let logits = checked.map_or_else(
            || {
                self.ahead.clear();
                self.caches.iter_mut().for_each(|cache| cache.truncate(self.position));
                self.draft(id, pass)
            },
            |(_, logits)| logits,
        );
        self.position += 1;
        Step { logits, blocks }
    }
}
