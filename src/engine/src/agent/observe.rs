//! Runs a model at full depth over the beginnings of documents and keeps what its blocks say.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tch::{Kind, Tensor};

use super::observations::Observations;
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::part::{LayerCache, Products};

/// Positions of a prompt that run together.
const CHUNK: usize = 1024;

/// How prompts are cut and answered.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// Blocks after which states are kept, 1-based and rising, without the last one.
    pub exits: &'a [u32],
    /// Bounds of the share of a document that is the prompt.
    pub context: [f64; 2],
    /// Most tokens generated behind a prompt.
    pub new_tokens: usize,
    /// Prompts drawn from each document.
    pub draws: usize,
    /// Tokens that end an answer.
    pub eos: &'a [u32],
    /// Seeds the shares.
    pub seed: u64,
}

/// A prompt with the document's own tokens behind it, at most as many as are generated.
struct Prompt<'a> {
    ids: &'a [u32],
    labels: &'a [u32],
}

/// Generates greedily behind every prompt; `told` hears how many of how many are done.
///
/// A prompt that would leave no room in the model's context is shortened at its end, as the paper's is. Documents
/// too short for a prompt and one token are left out.
///
/// # Errors
/// No prompt is left, or the model's numbers are no numbers any more.
pub fn observe(
    model: &mut Model,
    documents: &[Vec<u32>],
    settings: &Settings,
    told: &mut dyn FnMut(usize, usize),
) -> Result<Observations> {
    let _guard = tch::no_grad_guard();
    let prompts = cut(documents, settings, model.shape().context as usize)?;
    let longest = prompts.iter().map(|prompt| prompt.ids.len()).max().unwrap_or(0) + settings.new_tokens;
    model.reserve(longest as i64);
    let caches = model.caches(1, longest as i64);
    let mut pass = Pass { model, settings, caches, hidden: Vec::new(), argmax: Vec::new() };
    let (mut labels, mut episodes): (Vec<u32>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    for (number, prompt) in prompts.iter().enumerate() {
        let count = pass.answer(prompt)?;
        episodes.push(labels.len()..labels.len() + count);
        labels.extend(&prompt.labels[..count]);
        told(number + 1, prompts.len());
    }
    let hidden = Tensor::cat(&pass.hidden, 0).contiguous();
    let (layers, exits) = (pass.model.layers(), settings.exits.to_vec());
    Ok(Observations { layers, exits, hidden, argmax: pass.argmax, labels, episodes })
}

/// Draws every document's prompts.
fn cut<'a>(documents: &'a [Vec<u32>], settings: &Settings, context: usize) -> Result<Vec<Prompt<'a>>> {
    let mut generator = ChaCha12Rng::seed_from_u64(settings.seed);
    let [low, high] = settings.context;
    // As the paper's code shortens contexts that are too long.
    let most = context.saturating_sub(settings.new_tokens + 1);
    let mut prompts = Vec::new();
    for document in documents {
        for _ in 0..settings.draws {
            let share = low + (high - low) * generator.random::<f64>();
            let size = ((document.len() as f64 * share) as usize).min(most);
            let (ids, rest) = document.split_at(size);
            if !ids.is_empty() && !rest.is_empty() {
                prompts.push(Prompt { ids, labels: &rest[..settings.new_tokens.min(rest.len())] });
            }
        }
    }
    if prompts.is_empty() {
        return Err(EngineError::request("no document is long enough for a prompt and one token behind it"));
    }
    Ok(prompts)
}

struct Pass<'a> {
    model: &'a Model,
    settings: &'a Settings<'a>,
    caches: Vec<LayerCache>,
    hidden: Vec<Tensor>, // [exits, width] a token
    argmax: Vec<u32>,
}

impl Pass<'_> {
    /// Generates behind one prompt; how many tokens.
    fn answer(&mut self, prompt: &Prompt) -> Result<usize> {
        self.caches.iter_mut().for_each(LayerCache::clear);
        let mut states = Vec::new();
        for (number, chunk) in prompt.ids.chunks(CHUNK).enumerate() {
            states = self.run(chunk, number * CHUNK);
        }
        for done in 1..=prompt.labels.len() {
            let token = self.keep(&states)?;
            if done == prompt.labels.len() || self.settings.eos.contains(&token) {
                return Ok(done);
            }
            states = self.run(&[token], prompt.ids.len() + done - 1);
        }
        Ok(0)
    }

    /// Every block on new positions; the last one's state after each block, `[1, 1, width]`.
    fn run(&mut self, ids: &[u32], position: usize) -> Vec<Tensor> {
        let whole: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        let tokens = Tensor::from_slice(&whole).unsqueeze(0).to_device(self.model.device());
        let products = Products::all(self.model.activations());
        let mut hidden = self.model.embed(&tokens, position as i64);
        let mut states = Vec::with_capacity(self.caches.len());
        for (index, cache) in self.caches.iter_mut().enumerate() {
            hidden = self.model.block(index, &hidden, Some(cache), products);
            states.push(hidden.narrow(1, ids.len() as i64 - 1, 1));
        }
        states
    }

    /// Keeps the states at the exits and what every block says; the last block's token.
    fn keep(&mut self, states: &[Tensor]) -> Result<u32> {
        let exits: Vec<&Tensor> =
            self.settings.exits.iter().map(|exit| &states[*exit as usize - 1]).collect();
        let kept = Tensor::cat(&exits, 1).squeeze_dim(0).to_kind(Kind::Float).to_device(tch::Device::Cpu);
        let products = Products::all(self.model.activations());
        let logits = self.model.head(&Tensor::cat(states, 1), products); // [1, layers, vocabulary]
        let (largest, said) = logits.to_kind(Kind::Float).max_dim(-1, false);
        if !largest.isfinite().all().int64_value(&[]).eq(&1) || kept.isfinite().all().int64_value(&[]) != 1 {
            return Err(EngineError::weights(
                "the model's numbers are not finite: its weights are damaged, or overflow",
            ));
        }
        let said = Vec::<i64>::try_from(said.flatten(0, -1))?;
        self.hidden.push(kept);
        self.argmax.extend(said.iter().map(|id| *id as u32));
        Ok(self.argmax.last().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(new_tokens: usize) -> Settings<'static> {
        Settings { exits: &[1], context: [0.2, 0.5], new_tokens, draws: 3, eos: &[], seed: 5 }
    }

    #[test]
    fn prompts_take_their_share_and_leave_room_in_the_context() {
        let documents = vec![(0..100).collect::<Vec<u32>>(), (0..3).collect(), vec![1]];
        let settings = settings(15);
        let prompts = cut(&documents, &settings, 1024).unwrap();
        for prompt in prompts.iter().filter(|prompt| prompt.ids.len() > 1) {
            assert!((20..50).contains(&prompt.ids.len()), "{}", prompt.ids.len());
            assert_eq!((prompt.labels.len(), prompt.labels[0]), (15, prompt.ids.len() as u32));
        }
        let short = cut(&documents, &settings, 40).unwrap();
        assert!(short.iter().all(|prompt| prompt.ids.len() <= 24));
        assert!(cut(&documents[2..], &settings, 1024).is_err(), "one token is no document");
    }
}
