//! SkipDecode: each token of an answer runs fewer blocks than the one before, the model's first ones and its last
//! ones (Del Corro et al. 2023, arXiv 2307.02628). A later token's blocks are among an earlier one's, so that no key
//! or value is ever missing. Prompts run every block.

use harness_protocol::Exit;

use super::chunk::prompt;
use super::{Forward, Pass, Step};
use crate::error::Result;
use crate::exit::{Item, Target};
use crate::model::Model;
use crate::parameter;
use crate::part::LayerCache;

/// The schedule, and keys and values of every block.
#[derive(Debug)]
pub struct SkipDecode {
    most: usize,
    least: usize,
    first_blocks: usize,
    limit: usize, // of the item's tokens
    caches: Vec<LayerCache>,
    position: i64,
}

impl SkipDecode {
    /// `most` and `least` blocks of the first and the last token, `first-blocks` of every token.
    pub fn make(exit: &Exit, _target: &Target) -> Result<Box<dyn Forward>> {
        let count = |name| parameter::count(&exit.parameters, name);
        Ok(Box::new(Self {
            most: count("most")?,
            least: count("least")?,
            first_blocks: count("first-blocks")?,
            limit: 1,
            caches: Vec::new(),
            position: 0,
        }))
    }

    /// Blocks of the token at a place of the answer; the token at place 0 comes from the prompt, which runs all.
    fn budget(&self, token: usize) -> usize {
        let steps = self.limit.saturating_sub(2).max(1);
        let share = token.saturating_sub(1).min(steps) as f64 / steps as f64;
        self.most - ((self.most - self.least) as f64 * share).round() as usize
    }
}

impl Forward for SkipDecode {
    fn reserve(&mut self, model: &Model, positions: i64) {
        self.caches = model.caches(1, positions);
    }

    fn begin(&mut self, item: &Item) {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.limit = item.limit;
        self.position = 0;
    }

    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step {
        let layers = self.caches.len();
        let blocks = if self.position == 0 { layers } else { self.budget(pass.token) };
        let skipped = self.first_blocks..self.first_blocks + layers - blocks;
        let state = prompt(ids, self.position, &mut self.caches, &skipped, pass);
        self.position += ids.len() as i64;
        Step { logits: pass.model.head(&state, pass.products).flatten(0, -1), blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_falls_from_most_to_least_and_never_rises() {
        let plan =
            SkipDecode { most: 14, least: 6, first_blocks: 2, limit: 10, caches: Vec::new(), position: 0 };
        let budgets: Vec<usize> = (1..10).map(|token| plan.budget(token)).collect();
        assert_eq!((budgets[0], budgets[8]), (14, 6));
        assert!(budgets.windows(2).all(|pair| pair[0] >= pair[1]), "{budgets:?}");
        assert_eq!(SkipDecode { limit: 1, ..plan }.budget(0), 14);
    }
}
