//! Decoding, one token after the other, one sequence at a time.

use std::cell::RefCell;
use std::rc::Rc;

use harness_protocol::now_ns;
use tch::{Device, Kind, Tensor};

use crate::error::{EngineError, Result};
use crate::exit::{ExitPolicy, Item, Watch};
use crate::forward::{Forward, Pass, Step};
use crate::kernel::rows;
use crate::model::Model;
use crate::part::Products;
use crate::sample::Chooser;
use crate::way::Way;

/// A model with the way that its tokens run.
pub struct Decoder {
    model: Model,
    policy: Option<Box<dyn ExitPolicy>>,
    forward: Box<dyn Forward>,
    products: Products,
    capacity: i64, // positions that memory was taken for
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

impl Decoder {
    /// Holds no cache yet: [`Decoder::reserve`] takes its memory, or the first generation.
    pub fn new(model: Model, way: Way) -> Self {
        let products = Products::all(model.activations());
        Self { model, policy: way.policy, forward: way.forward, products, capacity: 0 }
    }

    /// Takes memory for sequences of up to `positions`, once for all that follow: what the items need,
    /// not the longest context, which can be gigabytes.
    pub fn reserve(&mut self, positions: i64) {
        self.model.reserve(positions);
        self.forward.reserve(&self.model, positions);
        self.capacity = positions;
    }

    /// Lets tokens run another way from now on; its memory is taken by the next [`Decoder::reserve`].
    pub fn take(&mut self, way: Way) {
        (self.policy, self.forward, self.capacity) = (way.policy, way.forward, 0);
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
        let item = Item { prompt, limit };
        self.forward.begin(&item);
        if let Some(policy) = &mut self.policy {
            policy.begin(&item);
        }
        let Step { mut logits, mut blocks } = self.run(prompt, 0);
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
            Step { logits, blocks } = self.run(&[id], generation.ids.len());
        }
    }

    /// Lets a policy that must foreknow what the last block says find out, by a generation at full depth: outside of
    /// what is measured.
    ///
    /// # Errors
    /// The model's numbers are no numbers any more.
    pub fn foreknow(&mut self, prompt: &[u32], forced: Option<&[u32]>, limit: usize) -> Result<()> {
        let Some(mut policy) = self.policy.take_if(|policy| policy.foreknows().is_some()) else {
            return Ok(());
        };
        let watch = Rc::new(RefCell::new(Watch::at(policy.foreknows().unwrap_or_default())));
        self.policy = Some(Box::new(Rc::clone(&watch)));
        let ask = Ask { forced, top: 1, ..Ask::greedy(prompt, limit) };
        let generation = self.generate(ask, &mut |_| false);
        let layers = self.model.layers();
        let learned = generation.map(|generation| {
            let last: Vec<u32> = generation.top.iter().flatten().map(|(id, _)| *id).collect();
            policy.learn(prompt, watch.borrow().depths(&last, layers));
        });
        self.policy = Some(policy);
        learned
    }

    /// Tokens behind those that ran; `token` is the place in the answer that the logits are for.
    fn run(&mut self, ids: &[u32], token: usize) -> Step {
        let policy = self.policy.as_deref_mut().map(|policy| policy as &mut dyn ExitPolicy);
        let mut pass = Pass { model: &self.model, policy, products: self.products, token };
        self.forward.run(ids, &mut pass)
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
