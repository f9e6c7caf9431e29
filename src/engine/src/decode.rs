//! Decoding with a key-value cache and early exit, one sequence at a time.

use harness_protocol::now_ns;
use tch::{Device, Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::exit::ExitPolicy;
use crate::kernel::rows;
use crate::model::Model;
use crate::part::{LayerCache, Products};
use crate::sample::Chooser;

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

/// What is asked of one generation.
pub struct Ask<'a> {
    /// Tokens to go on from, at least one.
    pub prompt: &'a [u32],
    /// The tokens to put behind them, whatever the model would choose.
    pub forced: Option<&'a [u32]>,
    /// Most tokens.
    pub limit: usize,
    /// How each is chosen.
    pub chooser: Chooser,
    /// Tokens that are never chosen before the answer has so many.
    pub not_yet: (&'a [u32], usize),
    /// Whether the log-probability of each token is wanted.
    pub logprobs: bool,
    /// How many of the most probable tokens are wanted at each place.
    pub top: usize,
}

impl<'a> Ask<'a> {
    /// The most probable tokens, and nothing else.
    pub fn greedy(prompt: &'a [u32], limit: usize) -> Self {
        Self {
            prompt,
            forced: None,
            limit,
            chooser: Chooser::Greedy,
            not_yet: (&[], 0),
            logprobs: false,
            top: 0,
        }
    }
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
    /// The most probable tokens at each place, where asked for.
    pub top: Vec<Vec<(u32, f64)>>,
    /// Work on the prompt began, ns.
    pub start_ns: i64,
}

/// Positions of a prompt that run together: what bounds the memory of long ones.
const CHUNK: usize = 1024;

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

    /// Generates tokens after a prompt; `stop` is asked after each one, unless they are forced.
    ///
    /// # Errors
    /// The model's numbers are no numbers any more.
    pub fn generate(&mut self, ask: Ask, stop: &mut dyn FnMut(&[u32]) -> bool) -> Result<Generation> {
        let _guard = tch::no_grad_guard();
        let Ask { prompt, forced, limit, mut chooser, not_yet, logprobs, top } = ask;
        let limit = forced.map_or(limit, <[u32]>::len);
        let needed = (prompt.len() + limit) as i64;
        if needed > self.capacity {
            self.reserve(needed);
        }
        let mut generation = Generation { start_ns: now_ns(), ..Generation::default() };
        let mut seen = prompt.to_vec();
        let mut logits = self.run_prompt(prompt);
        let mut blocks = self.caches.len();
        loop {
            let (banned, least) = not_yet;
            let banned = if generation.ids.len() < least { banned } else { &[] };
            let chosen = choose(&logits, &mut chooser, &seen, banned)?; // waits for the device
            let id = forced.and_then(|ids| ids.get(generation.ids.len())).copied().unwrap_or(chosen);
            generation.token_ns.push(now_ns());
            generation.ids.push(id);
            generation.exit_layers.push(blocks as u16);
            seen.push(id);
            if logprobs || top > 0 {
                let all = logits.log_softmax(-1, Kind::Float);
                generation.logprobs.push(all.double_value(&[i64::from(id)]));
                generation.top.extend((top > 0).then(|| most_probable(&all, top)));
            }
            // Asked at the limit too: an end token may be the last one.
            let ended = forced.is_none() && stop(&generation.ids);
            if ended || generation.ids.len() >= limit {
                return Ok(generation);
            }
            (logits, blocks) = self.run_token(i64::from(id));
        }
    }

    /// Every block on the whole prompt; logits of its last position, `[vocabulary]`.
    fn run_prompt(&mut self, prompt: &[u32]) -> Tensor {
        self.caches.iter_mut().for_each(LayerCache::clear);
        self.left.clear();
        self.prompt = prompt.len() as i64;
        let mut last = Tensor::new();
        for (number, chunk) in prompt.chunks(CHUNK).enumerate() {
            let ids: Vec<i64> = chunk.iter().map(|id| i64::from(*id)).collect();
            let ids = Tensor::from_slice(&ids).unsqueeze(0).to_device(self.device);
            let mut hidden = self.model.embed(&ids, (number * CHUNK) as i64);
            for (index, cache) in self.caches.iter_mut().enumerate() {
                hidden = self.model.block(index, &hidden, Some(cache), self.products);
            }
            last = hidden.narrow(1, chunk.len() as i64 - 1, 1);
        }
        self.model.head(&last, self.products).flatten(0, -1)
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

/// The next token of logits `[vocabulary]`.
fn choose(logits: &Tensor, chooser: &mut Chooser, seen: &[u32], banned: &[u32]) -> Result<u32> {
    let not_finite =
        || EngineError::weights("the model's logits are not finite: its weights are damaged, or overflow");
    if let (Chooser::Greedy, false, true) = (&*chooser, logits.device() == Device::Cpu, banned.is_empty()) {
        let (largest, id) = logits.to_kind(Kind::Float).max_dim(-1, false);
        let both = Tensor::stack(&[largest, id.to_kind(Kind::Float)], 0); // one transfer
        let (largest, id) = (both.double_value(&[0]), both.double_value(&[1]));
        return if largest.is_finite() { Ok(id as u32) } else { Err(not_finite()) };
    }
    let plain = logits.to_kind(Kind::Float).to_device(Device::Cpu).contiguous();
    let plain = rows::elements(&plain);
    if !plain.iter().all(|logit| logit.is_finite()) {
        return Err(not_finite());
    }
    if banned.is_empty() {
        return Ok(chooser.choose(plain, seen) as u32);
    }
    let mut allowed = plain.to_vec();
    for id in banned {
        if let Some(logit) = allowed.get_mut(*id as usize) {
            *logit = f32::NEG_INFINITY;
        }
    }
    Ok(chooser.choose(&allowed, seen) as u32)
}

/// The most probable tokens with their log-probabilities, the best first.
fn most_probable(logprobs: &Tensor, count: usize) -> Vec<(u32, f64)> {
    let count = (count as i64).min(logprobs.numel() as i64);
    let (values, ids) = logprobs.topk(count, -1, true, true);
    (0..count).map(|at| (ids.int64_value(&[at]) as u32, values.double_value(&[at]))).collect()
}
