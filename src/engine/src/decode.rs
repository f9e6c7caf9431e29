//! Decoding, greedy or forced, with a key-value cache and early exit, one sequence at a time.

use harness_protocol::now_ns;
use tch::{Device, Kind, Tensor};

use crate::exit::ExitPolicy;
use crate::model::Model;
use crate::part::{LayerCache, Products};

/// A model with its caches and its exit policy.
pub struct Decoder {
    model: Model,
    policy: Option<Box<dyn ExitPolicy>>,
    caches: Vec<LayerCache>,
    device: Device,
    products: Products,
    left: Vec<Tensor>, // state at the exit of each generated token that was run, [1, 1, width]
    prompt: i64,       // positions of the prompt
    capacity: i64,     // positions that the caches hold
}

/// What one item gave.
#[derive(Debug, Clone, Default)]
pub struct Generation {
    /// Tokens.
    pub ids: Vec<u32>,
    /// Blocks that ran for each token.
    pub exit_layers: Vec<u16>,
    /// When each token was ready, ns.
    pub token_ns: Vec<i64>,
    /// Natural logarithm of each token's probability, where asked for.
    pub logprobs: Vec<f64>,
    /// Work on the prompt began, ns.
    pub start_ns: i64,
}

impl Decoder {
    /// Holds no cache yet: [`Decoder::reserve`] takes its memory, or the first generation.
    pub fn new(model: Model, policy: Option<Box<dyn ExitPolicy>>, device: Device) -> Self {
        let products = Products::all(model.activations());
        Self { model, policy, caches: Vec::new(), device, products, left: Vec::new(), prompt: 0, capacity: 0 }
    }

    /// Takes memory for sequences of up to `positions`, once for all that follow: what the items need,
    /// not the longest context, which can be gigabytes.
    pub fn reserve(&mut self, positions: i64) {
        self.model.reserve(positions);
        self.caches = self.model.caches(1, positions);
        self.capacity = positions;
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Generates up to `limit` tokens after `prompt`; `stop` is asked after each one. With `forced` the
    /// tokens are those, in their order, and `stop` is not asked.
    pub fn generate(
        &mut self,
        prompt: &[u32],
        forced: Option<&[u32]>,
        limit: u32,
        logprobs: bool,
        stop: &mut dyn FnMut(&[u32]) -> bool,
    ) -> Generation {
        let _guard = tch::no_grad_guard();
        let limit = forced.map_or(limit as usize, <[u32]>::len);
        let needed = prompt.len() as i64 + limit as i64;
        if needed > self.capacity {
            self.reserve(needed);
        }
        let mut generation = Generation { start_ns: now_ns(), ..Generation::default() };
        let mut logits = self.run_prompt(prompt);
        let mut blocks = self.caches.len();
        loop {
            let id = match forced.and_then(|ids| ids.get(generation.ids.len())) {
                Some(id) => i64::from(*id),
                None => logits.argmax(-1, false).int64_value(&[]), // waits for the device
            };
            generation.token_ns.push(now_ns());
            generation.ids.push(id as u32);
            generation.exit_layers.push(blocks as u16);
            if logprobs {
                generation.logprobs.push(logits.log_softmax(-1, Kind::Float).double_value(&[id]));
            }
            if generation.ids.len() >= limit || (forced.is_none() && stop(&generation.ids)) {
                return generation;
            }
            (logits, blocks) = self.run_token(id);
        }
    }

    /// Every block on the whole prompt; logits of its last position, `[vocabulary]`.
    fn run_prompt(&mut self, prompt: &[u32]) -> Tensor {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.left.clear();
        self.prompt = prompt.len() as i64;
        let ids: Vec<i64> = prompt.iter().map(|id| i64::from(*id)).collect();
        let mut hidden = self.model.embed(&Tensor::from_slice(&ids).unsqueeze(0).to_device(self.device), 0);
        for (index, cache) in self.caches.iter_mut().enumerate() {
            hidden = self.model.block(index, &hidden, Some(cache), self.products);
        }
        self.model.head(&hidden.narrow(1, self.prompt - 1, 1), self.products).flatten(0, -1)
    }

    /// One token through as many blocks as its policy wants; logits `[vocabulary]` and the number of blocks.
    fn run_token(&mut self, id: i64) -> (Tensor, usize) {
        let position = self.prompt + self.left.len() as i64;
        let mut hidden =
            self.model.embed(&Tensor::from_slice(&[id]).unsqueeze(0).to_device(self.device), position);
        let last = self.caches.len();
        for index in 0..last {
            self.catch_up(index, position);
            hidden = self.model.block(index, &hidden, Some(&mut self.caches[index]), self.products);
            if index + 1 == last {
                break;
            }
            let head = || self.model.head(&hidden, self.products).flatten(0, -1);
            if let Some(logits) = self.policy.as_ref().and_then(|policy| policy.leave(index + 1, &head)) {
                self.left.push(hidden);
                return (logits, index + 1);
            }
        }
        let logits = self.model.head(&hidden, self.products).flatten(0, -1);
        self.left.push(hidden);
        (logits, last)
    }

    /// Tokens that left before block `index` get their keys and values from the state they left with
    /// (state propagation: Schuster et al. 2022, arXiv 2207.07061). Done when a later token comes here,
    /// for all of them together; a block that no token reaches any more costs nothing.
    fn catch_up(&mut self, index: usize, position: i64) {
        let cache = &mut self.caches[index];
        let missing = cache.length();
        if missing < position {
            let states = &self.left[(missing - self.prompt) as usize..];
            self.model.fill_cache(index, &Tensor::cat(states, 1), cache);
        }
    }
}
