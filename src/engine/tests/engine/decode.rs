//! Decoding with early exits against a slow reference that fills every skipped block at once.

use std::cell::Cell;

use harness_engine::compress;
use harness_engine::decode::{Ask, Decoder, Generation};
use harness_engine::exit::{self, ExitPolicy};
use harness_engine::model::Model;
use harness_engine::part::Products;
use harness_protocol::{Compression, Exit};
use serde_json::{Map, Value, json};
use tch::{Device, Kind, Tensor};

use crate::tiny::{caches, model};

const LAYERS: usize = 5;
const PROMPT: [u32; 7] = [3, 14, 15, 9, 26, 5, 31];
/// Blocks of each token run after the prompt: long and short stretches of early exits, at changing depths.
const DEPTHS: [usize; 18] = [1, 5, 3, 2, 4, 1, 1, 1, 1, 1, 1, 5, 2, 5, 5, 4, 3, 5];

/// Lets each token leave where `DEPTHS` says.
struct Scripted {
    token: Cell<usize>,
}

impl ExitPolicy for Scripted {
    fn leave(&self, blocks_run: usize, head: &dyn Fn() -> Tensor) -> Option<Tensor> {
        let leaves = blocks_run == DEPTHS[self.token.get()];
        if leaves || blocks_run == LAYERS - 1 {
            self.token.set(self.token.get() + 1);
        }
        leaves.then(head)
    }
}

fn compressed(chain: &[&str]) -> Model {
    let mut model = model(LAYERS as i64);
    let step = |name: &&str| Compression { name: (*name).to_owned(), parameters: Map::new() };
    compress::apply(&mut model, &chain.iter().map(step).collect::<Vec<_>>()).unwrap();
    model
}

fn ask(prompt: &[u32], tokens: usize) -> Ask<'_> {
    Ask { logprobs: true, ..Ask::greedy(prompt, tokens) }
}

fn generate(model: Model, policy: Option<Box<dyn ExitPolicy>>, tokens: usize) -> Generation {
    let mut decoder = Decoder::new(model, policy, Device::Cpu);
    decoder.generate(ask(&PROMPT, tokens), &mut |_| false).unwrap()
}

fn policy(name: &str, parameters: Value) -> Option<Box<dyn ExitPolicy>> {
    let parameters = parameters.as_object().unwrap().clone();
    let exit = Exit { policy: name.to_owned(), parameters };
    Some(exit::policy(&exit, &model(LAYERS as i64)).unwrap())
}

/// Tokens and their log-probabilities, one position at a time, skipped blocks filled as soon as they are skipped.
fn reference(model: &Model) -> (Vec<u32>, Vec<f64>) {
    let _guard = tch::no_grad_guard();
    let mut caches = caches(model);
    let mut run = |id: u32, depth: usize| {
        let position = caches[0].length();
        let mut hidden = model.embed(&Tensor::from_slice(&[i64::from(id)]).unsqueeze(0), position);
        for (index, cache) in caches.iter_mut().enumerate() {
            if index < depth {
                hidden = model.block(index, &hidden, Some(cache), Products::F32);
            } else {
                model.fill_cache(index, &hidden, cache);
            }
        }
        let logprobs = model.head(&hidden, Products::F32).flatten(0, -1).log_softmax(-1, Kind::Float);
        let id = logprobs.argmax(-1, false).int64_value(&[]);
        (id as u32, logprobs.double_value(&[id]))
    };
    let mut next = PROMPT.map(|id| run(id, LAYERS))[PROMPT.len() - 1];
    let (mut ids, mut logprobs) = (vec![next.0], vec![next.1]);
    for depth in DEPTHS {
        next = run(next.0, depth);
        ids.push(next.0);
        logprobs.push(next.1);
    }
    (ids, logprobs)
}

#[test]
fn blocks_filled_late_give_what_blocks_filled_at_once_give() {
    for chain in [&[][..], &["int8-weight"]] {
        let scripted = Scripted { token: Cell::new(0) };
        let found = generate(compressed(chain), Some(Box::new(scripted)), 1 + DEPTHS.len());
        let (ids, logprobs) = reference(&compressed(chain));
        assert_eq!(found.ids, ids, "{chain:?}");
        for (position, (found, expected)) in found.logprobs.iter().zip(&logprobs).enumerate() {
            assert!((found - expected).abs() < 1e-4, "{chain:?} at {position}: {found} {expected}");
        }
        let depths: Vec<usize> = found.exit_layers.iter().map(|layer| usize::from(*layer)).collect();
        assert_eq!((depths[0], &depths[1..]), (LAYERS, &DEPTHS[..]));
    }
}

#[test]
fn the_reference_can_tell_depths_apart() {
    let full = generate(compressed(&[]), None, 1 + DEPTHS.len());
    let (_, logprobs) = reference(&compressed(&[]));
    let apart = full.logprobs.iter().zip(&logprobs).skip(1).any(|(a, b)| (a - b).abs() > 1e-2);
    assert!(apart, "every depth gives the same: the other tests prove nothing");
}

#[test]
fn a_policy_that_never_leaves_changes_no_token() {
    let plain = generate(compressed(&[]), None, 20);
    for (name, parameters) in
        [("fixed", json!({"layer": LAYERS})), ("max-probability", json!({"threshold": 1.0}))]
    {
        let found = generate(compressed(&[]), policy(name, parameters), 20);
        assert_eq!((&found.ids, &found.logprobs), (&plain.ids, &plain.logprobs), "{name}");
        assert_eq!(found.exit_layers, [LAYERS as u16; 20], "{name}");
    }
}

#[test]
fn a_fixed_exit_runs_the_prompt_in_full_and_each_token_to_its_layer() {
    for layer in 1..LAYERS {
        let found = generate(compressed(&[]), policy("fixed", json!({"layer": layer})), 6);
        assert_eq!(found.exit_layers[0], LAYERS as u16);
        assert_eq!(found.exit_layers[1..], [layer as u16; 5]);
    }
}

#[test]
fn a_decoder_forgets_the_item_before() {
    let mut decoder = Decoder::new(compressed(&[]), policy("fixed", json!({"layer": 2})), Device::Cpu);
    let first = decoder.generate(ask(&PROMPT, 9), &mut |_| false).unwrap();
    decoder.generate(ask(&PROMPT[..3], 14), &mut |_| false).unwrap();
    let again = decoder.generate(ask(&PROMPT, 9), &mut |_| false).unwrap();
    assert_eq!((first.ids, first.logprobs), (again.ids, again.logprobs));
}

#[test]
fn a_layer_that_the_model_does_not_have_is_refused() {
    for layer in [json!(0), json!(6), json!(1.5), json!("2")] {
        let exit = Exit {
            policy: "fixed".to_owned(),
            parameters: [("layer".to_owned(), layer)].into_iter().collect(),
        };
        let error = exit::policy(&exit, &model(LAYERS as i64)).err().unwrap();
        assert!(error.message.contains("layer"), "{error}");
    }
}
