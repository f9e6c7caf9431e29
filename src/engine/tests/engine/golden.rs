//! Every architecture against the reference implementation (`scripts/golden_models.py`, `scripts/golden_llama.py`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use harness_checkpoint::{ARCHITECTURES, Checkpoint};
use harness_engine::decode::{Ask, Decoder};
use harness_engine::model::{self, Model, build};
use harness_engine::part::Products;
use harness_engine::way::Way;
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::tiny::{caches, difference, golden, logits};

/// Largest difference allowed between our logits and the reference's, both in f32.
const ALLOWED: f64 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    tokens: Vec<i64>,
    logits: Vec<Vec<f32>>,
    /// Tokens that follow, each the most probable one.
    #[serde(default)]
    greedy: Vec<u32>,
    /// Logits of the last position after the first half of the blocks.
    half: Option<Vec<f32>>,
}

struct Case {
    name: String,
    model: Model,
    golden: Golden,
}

impl Case {
    fn expected(&self) -> Tensor {
        Tensor::from_slice2(&self.golden.logits)
    }

    fn layers(&self) -> usize {
        self.model.layers()
    }
}

fn open(name: &str, kind: Kind) -> Model {
    let checkpoint = Checkpoint::folder(&golden(name)).unwrap();
    let blueprint = checkpoint.blueprint().unwrap_or_else(|error| panic!("{name}: {error}"));
    let tensors = checkpoint.tensors(&blueprint).unwrap_or_else(|error| panic!("{name}: {error}")).unwrap();
    let mut model = build(blueprint, &tensors, kind, Device::Cpu).unwrap();
    model.reserve(96);
    model
}

/// Every golden checkpoint with its reference.
fn cases(kind: Kind) -> Vec<Case> {
    let mut names: Vec<String> = fs::read_dir(golden(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| reference(&golden(name)).is_some())
        .collect();
    names.sort();
    let case = |name: String| {
        let golden = serde_json::from_str(&reference(&golden(&name)).unwrap()).unwrap();
        Case { model: open(&name, kind), golden, name }
    };
    names.into_iter().map(case).collect()
}

fn reference(folder: &Path) -> Option<String> {
    ["golden.json", "logits.json"].iter().find_map(|file| fs::read_to_string(folder.join(file)).ok())
}

fn check(name: &str, what: &str, found: &Tensor, expected: &Tensor, allowed: f64) {
    let off = difference(found, expected);
    assert!(off <= allowed, "{name}, {what}: off by {off}");
}

#[test]
fn every_architecture_of_the_board_has_a_golden_checkpoint() {
    let found: BTreeSet<String> = cases(Kind::Float)
        .iter()
        .map(|case| {
            Checkpoint::folder(&golden(&case.name)).unwrap().config().model_type().unwrap().to_owned()
        })
        .collect();
    let board: BTreeSet<String> = ARCHITECTURES.iter().map(|entry| entry.model_type.to_owned()).collect();
    assert_eq!(found, board);
}

#[test]
fn a_whole_prompt_gives_the_reference_logits() {
    for case in cases(Kind::Float) {
        let (found, expected) = (logits(&case.model, &case.golden.tokens), case.expected());
        // The README's table of architectures has these.
        println!("{}: largest difference {:.1e}", case.name, difference(&found, &expected));
        check(&case.name, "f32", &found, &expected, ALLOWED);
    }
}

#[test]
fn weights_in_bf16_give_logits_near_the_reference() {
    // bf16 keeps 8 bits of each weight: what that does to logits is told apart from a missing part by its size.
    for case in cases(Kind::BFloat16) {
        let expected = case.expected();
        let off = (logits(&case.model, &case.golden.tokens) - &expected).norm() / expected.norm();
        let off = off.double_value(&[]);
        assert!(off < 0.15, "{}: {off}", case.name);
    }
}

#[test]
fn tokens_one_at_a_time_through_the_cache_give_the_reference_logits() {
    let _guard = tch::no_grad_guard();
    for case in cases(Kind::Float) {
        let (model, expected) = (&case.model, case.expected());
        let mut caches = caches(model);
        for (position, token) in case.golden.tokens.iter().enumerate() {
            let position = position as i64;
            let mut hidden = model.embed(&Tensor::from_slice(&[*token]).unsqueeze(0), position);
            for (index, cache) in caches.iter_mut().enumerate() {
                hidden = model.block(index, &hidden, Some(cache), Products::F32);
            }
            let found = model.head(&hidden, Products::F32).flatten(0, -1);
            check(&case.name, &format!("position {position}"), &found, &expected.get(position), ALLOWED);
        }
    }
}

#[test]
fn a_prompt_in_chunks_gives_the_reference_logits() {
    let _guard = tch::no_grad_guard();
    for case in cases(Kind::Float) {
        let (model, mut position, mut rows) = (&case.model, 0, Vec::new());
        let mut caches = caches(model);
        for chunk in case.golden.tokens.chunks(7) {
            let mut hidden = model.embed(&Tensor::from_slice(chunk).unsqueeze(0), position);
            for (index, cache) in caches.iter_mut().enumerate() {
                hidden = model.block(index, &hidden, Some(cache), Products::F32);
            }
            rows.push(model.head(&hidden, Products::F32).squeeze_dim(0));
            position += chunk.len() as i64;
        }
        check(&case.name, "chunks of 7", &Tensor::cat(&rows, 0), &case.expected(), ALLOWED);
    }
}

#[test]
fn several_whole_sequences_as_in_training_give_the_reference_logits() {
    let _guard = tch::no_grad_guard();
    let rounded = Products { linear: Kind::BFloat16, attention: Kind::BFloat16 };
    for case in cases(Kind::Float) {
        let tokens = Tensor::from_slice(&case.golden.tokens);
        let two = Tensor::stack(&[&tokens, &tokens.flip([0])], 0);
        let expected = case.expected();
        let size = expected.norm().double_value(&[]);
        for (products, allowed) in [(Products::F32, ALLOWED), (rounded, 0.1 * size)] {
            let mut hidden = case.model.embed(&two, 0);
            for index in 0..case.layers() {
                hidden = case.model.block(index, &hidden, None, products);
            }
            let found = case.model.head(&hidden, products).get(0);
            check(&case.name, &format!("{products:?}"), &found, &expected, allowed);
        }
    }
}

#[test]
fn an_exit_at_half_depth_gives_the_logits_of_the_model_cut_there() {
    let _guard = tch::no_grad_guard();
    for case in cases(Kind::Float) {
        let Some(expected) = &case.golden.half else { continue };
        let mut hidden = case.model.embed(&Tensor::from_slice(&case.golden.tokens).unsqueeze(0), 0);
        for index in 0..case.layers() / 2 {
            hidden = case.model.block(index, &hidden, None, Products::F32);
        }
        let last = hidden.narrow(1, case.golden.tokens.len() as i64 - 1, 1);
        let found = case.model.head(&last, Products::F32).flatten(0, -1);
        check(&case.name, "half the blocks", &found, &Tensor::from_slice(expected), ALLOWED);
    }
}

#[test]
fn the_greedy_tokens_are_those_of_the_reference() {
    for case in cases(Kind::Float) {
        let Case { name, model, golden } = case;
        let prompt: Vec<u32> = golden.tokens.iter().map(|id| *id as u32).collect();
        let mut decoder = Decoder::new(model, Way::full());
        let limit = golden.greedy.len();
        if limit == 0 {
            continue;
        }
        let found = decoder.generate(Ask::greedy(&prompt, limit), &mut |_| false).unwrap();
        assert_eq!(found.ids, golden.greedy, "{name}");
    }
}

#[test]
fn a_checkpoint_in_shards_is_the_same_model() {
    let tokens = [1, 2, 3, 4, 5];
    let (whole, shards) = (open("qwen3", Kind::Float), open("qwen3_sharded", Kind::Float));
    assert_eq!(difference(&logits(&whole, &tokens), &logits(&shards, &tokens)), 0.0);
}

#[test]
fn a_saved_model_has_the_names_and_values_of_its_checkpoint() {
    for case in cases(Kind::Float) {
        let folder = golden(&case.name);
        let stored = Tensor::read_safetensors(folder.join("model.safetensors")).unwrap();
        let saved = model::checkpoint(&case.model, &case.model.blueprint, Kind::BFloat16);
        let names = |tensors: &[(String, Tensor)]| -> BTreeSet<String> {
            tensors.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(&saved), names(&stored), "{}", case.name);
        for (name, tensor) in &stored {
            let found = &saved.iter().find(|(saved, _)| saved == name).unwrap().1;
            let rounded = tensor.to_kind(Kind::BFloat16);
            assert!(found.allclose(&rounded, 1e-2, 1e-2, false), "{} of {}", name, case.name);
        }
    }
}
