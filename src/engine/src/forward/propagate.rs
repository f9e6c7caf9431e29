//! Skipped blocks get keys and values from the state that a token left with (state propagation: Schuster et al.
//! 2022, arXiv 2207.07061). Prompts run every block.
//!
//! At once, as CALM and GREEN-CODE's cached model do it; or lazily, when a later token comes to the block, for all
//! tokens that are missing there together: a block that no token reaches any more costs nothing.

use tch::Tensor;

use super::chunk::{embed, prompt};
use super::{Forward, Pass, Step};
use crate::exit::Item;
use crate::model::Model;
use crate::part::LayerCache;

/// Keys and values of every block, and the states that tokens left with.
#[derive(Debug)]
pub struct Propagate {
    eager: bool,
    caches: Vec<LayerCache>,
    left: Vec<Tensor>, // of each token behind the prompt, [1, 1, width]; empty where eager
    prompt: i64,       // positions of the prompt
    position: i64,     // of the next token
}

impl Propagate {
    /// Fills a skipped block's cache when a later token needs it.
    pub fn lazy() -> Self {
        Self { eager: false, caches: Vec::new(), left: Vec::new(), prompt: 0, position: 0 }
    }

    /// Fills the caches of skipped blocks as soon as a token leaves.
    pub fn eager() -> Self {
        Self { eager: true, ..Self::lazy() }
    }

    /// Keys and values of every block.
    pub fn caches(&self) -> &[LayerCache] {
        &self.caches
    }

    /// Every block on the whole prompt.
    fn run_prompt(&mut self, ids: &[u32], pass: &Pass) -> Step {
        self.prompt = ids.len() as i64;
        let state = prompt(ids, 0, &mut self.caches, &(0..0), pass);
        self.position = self.prompt;
        Step { logits: pass.model.head(&state, pass.products).flatten(0, -1), blocks: self.caches.len() }
    }

    /// One token through as many blocks as its policy wants.
    fn run_token(&mut self, id: u32, pass: &mut Pass) -> Step {
        let (model, products) = (pass.model, pass.products);
        let position = self.position;
        self.position += 1;
        let mut hidden = embed(model, &[id], position);
        let layers = self.caches.len();
        for index in 0..layers {
            self.catch_up(index, position, model);
            hidden = model.block(index, &hidden, Some(&mut self.caches[index]), products);
            if index + 1 == layers {
                break;
            }
            let head = || model.head(&hidden, products).flatten(0, -1);
            if let Some(logits) = pass.left(index + 1, &hidden, &head) {
                self.keep(hidden, index + 1, model);
                return Step { logits, blocks: index + 1 };
            }
        }
        let logits = model.head(&hidden, products).flatten(0, -1);
        self.keep(hidden, layers, model);
        Step { logits, blocks: layers }
    }

    /// A token left with this state after `blocks`.
    fn keep(&mut self, hidden: Tensor, blocks: usize, model: &Model) {
        if !self.eager {
            self.left.push(hidden);
            return;
        }
        for (index, cache) in self.caches.iter_mut().enumerate().skip(blocks) {
            model.fill_cache(index, &hidden, cache);
        }
    }

    /// Tokens that left before block `index` get their keys and values there.
    fn catch_up(&mut self, index: usize, position: i64, model: &Model) {
        let cache = &mut self.caches[index];
        let missing = cache.length();
        if missing < position {
            let states = &self.left[(missing - self.prompt) as usize..];
            model.fill_cache(index, &Tensor::cat(states, 1), cache);
        }
    }
}

impl Forward for Propagate {
    fn reserve(&mut self, model: &Model, positions: i64) {
        self.caches = model.caches(1, positions);
    }

    fn begin(&mut self, _item: &Item) {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.left.clear();
        (self.prompt, self.position) = (0, 0);
    }

    fn run(&mut self, ids: &[u32], pass: &mut Pass) -> Step {
        match ids {
            [id] if self.position > 0 => self.run_token(*id, pass),
            ids => self.run_prompt(ids, pass),
        }
    }
}
