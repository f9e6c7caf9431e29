//! Decoding with early exits against a slow reference that fills every skipped block at once.

use harness_engine::compress;
use harness_engine::decode::{Ask, Decoder, Generation};
use harness_engine::exit::{ExitPolicy, Item, Seen, Target};
use harness_engine::forward::{Forward, Pass, Propagate, of_cache};
use harness_engine::model::Model;
use harness_engine::part::Products;
use harness_engine::way::Way;
use harness_protocol::{Compression, Exit};
use serde_json::{Map, Value, json};
use tch::{Kind, Tensor};

use crate::tiny::{caches, model};

const LAYERS: usize = 5;
const PROMPT: [u32; 7] = [3, 14, 15, 9, 26, 5, 31];
/// Blocks of each token run after the prompt: long and short stretches of early exits, at changing depths.
const DEPTHS: [usize; 18] = [1, 5, 3, 2, 4, 1, 1, 1, 1, 1, 1, 5, 2, 5, 5, 4, 3, 5];

/// Lets each token leave where `DEPTHS` says; the first one, which comes from the prompt, where `first` says.
struct Scripted {
    first: usize,
}

impl Scripted {
    fn depth(&self, token: usize) -> usize {
        if token == 0 { self.first } else { DEPTHS[token - 1] }
    }
}

impl ExitPolicy for Scripted {
    fn leaves(&mut self, seen: &Seen) -> bool {
        seen.blocks_run == self.depth(seen.token)
    }
}

fn scripted(cache: &str) -> Way {
    Way { policy: Some(Box::new(Scripted { first: 3 })), forward: forward(cache) }
}

fn forward(cache: &str) -> Box<dyn Forward> {
    of_cache(json!({ "cache": cache }).as_object().unwrap()).unwrap()
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

fn generate(model: Model, way: Way, tokens: usize) -> Generation {
    let mut decoder = Decoder::new(model, way);
    decoder.generate(ask(&PROMPT, tokens), &mut |_| false).unwrap()
}

fn policy(name: &str, parameters: Value) -> Way {
    let parameters = parameters.as_object().unwrap().clone();
    let exit = Exit { policy: name.to_owned(), parameters };
    Way::named(Some(&exit), &Target { model: &model(LAYERS as i64), weights_sha256: "" }).unwrap()
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

fn depths(found: &Generation) -> Vec<usize> {
    found.exit_layers.iter().map(|layer| usize::from(*layer)).collect()
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-4, "{what} at {position}: {found} {expected}");
    }
}

#[test]
fn blocks_filled_late_or_at_once_give_what_the_reference_gives() {
    for chain in [&[][..], &["int8-weight"]] {
        for cache in ["propagate", "propagate-eager"] {
            let found = generate(compressed(chain), scripted(cache), 1 + DEPTHS.len());
            let (ids, logprobs) = reference(&compressed(chain));
            assert_eq!(found.ids, ids, "{chain:?}");
            close(&found.logprobs, &logprobs, cache);
            assert_eq!((depths(&found)[0], &depths(&found)[1..]), (LAYERS, &DEPTHS[..]));
        }
    }
}

#[test]
fn skipped_blocks_hold_the_keys_and_values_of_the_state_at_the_exit() {
    let _guard = tch::no_grad_guard();
    let model = model(LAYERS as i64);
    let mut found = Propagate::eager();
    found.reserve(&model, 64);
    found.begin(&Item { prompt: &PROMPT, limit: 8 });
    let mut policy = Scripted { first: LAYERS };
    let mut caches = caches(&model);
    let embed = |id: u32, position| model.embed(&Tensor::from_slice(&[i64::from(id)]).unsqueeze(0), position);
    for (token, ids) in [&PROMPT[..], &[4], &[8], &[2]].into_iter().enumerate() {
        let policy: Option<&mut dyn ExitPolicy> = Some(&mut policy);
        let step = found.run(ids, &mut Pass { model: &model, policy, products: Products::F32, token });
        for id in ids {
            let mut hidden = embed(*id, caches[0].length());
            for (index, cache) in caches.iter_mut().enumerate() {
                if index < step.blocks {
                    hidden = model.block(index, &hidden, Some(cache), Products::F32);
                } else {
                    model.fill_cache(index, &hidden, cache);
                }
            }
        }
    }
    for (found, expected) in found.caches().iter().zip(&caches) {
        assert_eq!(found.length(), PROMPT.len() as i64 + 3);
        let apart = |one: Tensor, other: Tensor| (one - other).abs().max().double_value(&[]);
        assert!(apart(found.keys(), expected.keys()) <= 1e-5);
        assert!(apart(found.values(), expected.values()) <= 1e-5);
    }
}

#[test]
fn tokens_that_run_skipped_blocks_later_give_what_running_everything_again_gives() {
    let off = generate(compressed(&[]), scripted("off"), 1 + DEPTHS.len());
    let later = generate(compressed(&[]), scripted("recompute"), 1 + DEPTHS.len());
    assert_eq!((depths(&off)[0], &depths(&off)[1..]), (3, &DEPTHS[..]), "a prompt may leave too");
    assert_eq!((&later.ids, &later.exit_layers), (&off.ids, &off.exit_layers));
    close(&later.logprobs, &off.logprobs, "recompute");
    let propagated = generate(compressed(&[]), scripted("propagate"), 1 + DEPTHS.len());
    let apart = propagated.logprobs.iter().zip(&off.logprobs).any(|(a, b)| (a - b).abs() > 1e-3);
    assert!(apart, "propagation gives the same: the test proves nothing");
}

#[test]
fn the_reference_can_tell_depths_apart() {
    let full = generate(compressed(&[]), Way::full(), 1 + DEPTHS.len());
    let (_, logprobs) = reference(&compressed(&[]));
    let apart = full.logprobs.iter().zip(&logprobs).skip(1).any(|(a, b)| (a - b).abs() > 1e-2);
    assert!(apart, "every depth gives the same: the other tests prove nothing");
}

#[test]
fn a_policy_that_never_leaves_changes_no_token_in_any_cache_mode() {
    let plain = generate(compressed(&[]), Way::full(), 20);
    let exits = [2, 4];
    for cache in harness_protocol::CACHE_MODES {
        for (name, mut parameters) in [
            ("full", json!({})),
            ("fixed", json!({"layer": LAYERS})),
            ("max-probability", json!({"threshold": 1.0, "exits": exits})),
            ("top-2-gap", json!({"threshold": 1.0, "exits": exits})),
            ("entropy", json!({"threshold": 0.0, "exits": exits})),
            ("saturation", json!({"threshold": 1.0, "exits": exits})),
            ("random", json!({"depth": LAYERS, "exits": exits})),
        ] {
            parameters["cache"] = json!(cache);
            let found = generate(compressed(&[]), policy(name, parameters), 20);
            assert_eq!(found.ids, plain.ids, "{name} {cache}");
            close(&found.logprobs, &plain.logprobs, name);
            assert_eq!(found.exit_layers, [LAYERS as u16; 20], "{name} {cache}");
        }
    }
}

#[test]
fn every_scope_of_the_head_gives_the_same_logits() {
    let plain = generate(compressed(&[]), policy("fixed", json!({"layer": 3, "cache": "off"})), 8);
    for head in ["all", "all-twice"] {
        let parameters = json!({"layer": 3, "cache": "off", "head": head});
        let found = generate(compressed(&[]), policy("fixed", parameters), 8);
        assert_eq!(found.ids, plain.ids);
        close(&found.logprobs, &plain.logprobs, head);
    }
}

#[test]
fn self_speculation_changes_no_token_however_long_it_drafts() {
    let plain = generate(compressed(&[]), Way::full(), 20);
    // The tiny model gives no token half of the probability: at 0.5 nothing is drafted.
    for (layer, draft, threshold) in [(1, 1, 0.0), (2, 3, 0.0), (4, 4, 0.04), (3, 64, 0.0), (3, 4, 0.5)] {
        let parameters = json!({"layer": layer, "draft": draft, "draft-threshold": threshold});
        let found = generate(compressed(&[]), policy("self-speculation", parameters), 20);
        assert_eq!(found.ids, plain.ids, "{layer} {draft} {threshold}");
        close(&found.logprobs, &plain.logprobs, "self-speculation");
    }
    // Tokens that no draft could know: every one of them is rejected, and none changes what follows.
    let forced: Vec<u32> = (0..20).map(|at| (at * 7 + 3) % 32).collect();
    let forced = |way| {
        let mut decoder = Decoder::new(compressed(&[]), way);
        decoder.generate(Ask { forced: Some(&forced), ..ask(&PROMPT, 20) }, &mut |_| false).unwrap()
    };
    let drafted = forced(policy("self-speculation", json!({"layer": 2, "draft": 3, "draft-threshold": 0.0})));
    close(&drafted.logprobs, &forced(Way::full()).logprobs, "forced");
}

#[test]
fn an_oracle_keeps_every_token_where_nothing_is_lost_and_leaves_early() {
    let plain = generate(compressed(&[]), Way::full(), 20);
    for cache in ["off", "recompute"] {
        let exits: Vec<usize> = (1..LAYERS).collect();
        let mut decoder =
            Decoder::new(compressed(&[]), policy("oracle", json!({"cache": cache, "exits": exits})));
        decoder.foreknow(&PROMPT, None, 20).unwrap();
        let found = decoder.generate(ask(&PROMPT, 20), &mut |_| false).unwrap();
        assert_eq!(found.ids, plain.ids, "{cache}");
        assert!(found.exit_layers.iter().any(|depth| usize::from(*depth) < LAYERS), "{cache}");
        let unknown = decoder.generate(ask(&PROMPT[1..], 20), &mut |_| false).unwrap();
        assert_eq!(unknown.exit_layers, [LAYERS as u16; 20], "nothing is known of another item");
    }
}

#[test]
fn skip_decode_runs_fewer_blocks_from_token_to_token() {
    let parameters = json!({"most": 5, "least": 2, "first-blocks": 1});
    let found = generate(compressed(&[]), policy("skip-decode", parameters), 8);
    assert_eq!(found.exit_layers, [5, 5, 4, 4, 3, 3, 2, 2]);
    let all = json!({"most": LAYERS, "least": LAYERS, "first-blocks": 0});
    let full = generate(compressed(&[]), policy("skip-decode", all), 8);
    assert_eq!(full.ids, generate(compressed(&[]), Way::full(), 8).ids);
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
    let mut decoder = Decoder::new(compressed(&[]), policy("fixed", json!({"layer": 2})));
    let first = decoder.generate(ask(&PROMPT, 9), &mut |_| false).unwrap();
    decoder.generate(ask(&PROMPT[..3], 14), &mut |_| false).unwrap();
    let again = decoder.generate(ask(&PROMPT, 9), &mut |_| false).unwrap();
    assert_eq!((first.ids, first.logprobs), (again.ids, again.logprobs));
}

#[test]
fn parameters_that_do_not_fit_the_model_are_refused() {
    let cases = [
        ("fixed", json!({"layer": 0}), "no block of a model with 5 blocks"),
        ("fixed", json!({"layer": 6}), "no block of a model with 5 blocks"),
        ("fixed", json!({"layer": 1.5}), "no block of a model with 5 blocks"),
        ("fixed", json!({"layer": "2"}), "expected a number"),
        ("fixed", json!({"layer": 2, "cache": "none"}), "is not known"),
        ("fixed", json!({"layer": 2, "cache": "recompute", "head": "all"}), "needs `cache = \"off\"`"),
        ("entropy", json!({"threshold": 1.0, "exits": "2"}), "expected a list of whole numbers"),
        ("entropy", json!({"threshold": 1.0, "exits": [5]}), "no exit to ask at"),
        ("entropy", json!({"threshold": 1.0, "exits": [2, 9]}), "lies beyond"),
        ("entropy", json!({"threshold": 1.0, "exits": [3, 2]}), "must rise"),
        ("entropy", json!({"threshold": 1.0, "exits": [2, 2]}), "must rise"),
        ("random", json!({"depth": 1.0, "exits": [2, 4]}), "has a mean of 1"),
        ("skip-decode", json!({"most": 2, "least": 3, "first-blocks": 1}), "must not fall"),
        ("skip-decode", json!({"most": 4, "least": 3, "first-blocks": 4}), "must not fall"),
        ("self-speculation", json!({"layer": 5, "draft": 2, "draft-threshold": 0.5}), "the last block"),
        (
            "self-speculation",
            json!({"layer": 2, "draft": 0.5, "draft-threshold": 0.5}),
            "expected a whole number",
        ),
        ("self-speculation", json!({"layer": 2, "draft": 2}), "`draft-threshold` is missing"),
        ("unheard-of", json!({}), "is not known"),
    ];
    for (name, parameters, words) in cases {
        let exit = Exit { policy: name.to_owned(), parameters: parameters.as_object().unwrap().clone() };
        let target = Target { model: &model(LAYERS as i64), weights_sha256: "" };
        let error = Way::named(Some(&exit), &target).err().unwrap();
        assert!(error.message.contains(words), "{name} {parameters}: {error}");
    }
}
