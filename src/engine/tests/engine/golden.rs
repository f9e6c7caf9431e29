//! Logits against those that Hugging Face's Llama gave for the same weights (`scripts/golden_llama.py`).

use std::fs;

use harness_engine::model::weights::Weights;
use harness_engine::model::{Llama, Model, ModelConfig, Products};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::tiny::{caches, difference, golden, logits};

#[derive(Deserialize)]
struct Golden {
    tokens: Vec<i64>,
    logits: Vec<Vec<f32>>,
}

/// Number formats with the largest difference allowed: bf16 keeps 8 bits of each weight.
const KINDS: [(Kind, f64); 2] = [(Kind::Float, 1e-5), (Kind::BFloat16, 0.2)];

/// Untied head, key-value heads shared and stretched rotations; then tied head and plain rotations.
const NAMES: [&str; 2] = ["llama", "llama_tied"];

fn read(name: &str, kind: Kind) -> (Llama, Vec<i64>, Tensor) {
    let folder = golden(name);
    let config = ModelConfig::read(&folder).unwrap();
    let model = Llama::new(config, &mut Weights::read(&folder).unwrap(), kind, Device::Cpu).unwrap();
    let golden: Golden = serde_json::from_slice(&fs::read(folder.join("logits.json")).unwrap()).unwrap();
    let expected = Tensor::from_slice2(&golden.logits);
    (model, golden.tokens, expected)
}

/// Every model in every number format.
fn cases() -> impl Iterator<Item = (&'static str, Kind, f64)> {
    NAMES.into_iter().flat_map(|name| KINDS.map(|(kind, allowed)| (name, kind, allowed)))
}

#[test]
fn a_whole_prompt_gives_the_golden_logits() {
    for (name, kind, allowed) in cases() {
        let (model, tokens, expected) = read(name, kind);
        let off = difference(&logits(&model, &tokens), &expected);
        assert!(off < allowed, "{name} in {kind:?}: {off}");
    }
}

#[test]
fn tokens_one_at_a_time_through_the_cache_give_the_golden_logits() {
    let _guard = tch::no_grad_guard();
    for (name, kind, allowed) in cases() {
        let (model, tokens, expected) = read(name, kind);
        let mut caches = caches(&model);
        for (position, token) in tokens.iter().enumerate() {
            let mut hidden = model.embed(&Tensor::from_slice(&[*token]));
            for (index, cache) in caches.iter_mut().enumerate() {
                hidden = model.block(index, &hidden, cache);
            }
            let off = difference(&model.head(&hidden).squeeze_dim(0), &expected.get(position as i64));
            assert!(off < allowed, "{name} in {kind:?} at {position}: {off}");
        }
    }
}

#[test]
fn whole_sequences_as_in_training_give_the_golden_logits() {
    let _guard = tch::no_grad_guard();
    let rounded = Products { linear: Kind::BFloat16, attention: Kind::BFloat16 };
    for (name, (products, allowed)) in
        NAMES.into_iter().flat_map(|name| [(name, (Products::F32, 1e-5)), (name, (rounded, 0.2))])
    {
        let (model, tokens, expected) = read(name, Kind::Float);
        let mut hidden = model.embed(&Tensor::from_slice(&tokens).reshape([2, -1]));
        for index in 0..model.config().layers as usize {
            hidden = model.block_on_sequences(index, &hidden, products);
        }
        // Only the first sequence starts where the golden one does.
        let first = model.head_on_sequences(&hidden, products).get(0);
        let off = difference(&first, &expected.narrow(0, 0, tokens.len() as i64 / 2));
        assert!(off < allowed, "{name} in {products:?}: {off}");
    }
}
