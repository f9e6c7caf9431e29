//! Small models and folders for the other tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use harness_engine::model::config::ModelConfig;
use harness_engine::model::random::random;
use harness_engine::model::weights::Weights;
use harness_engine::model::{LayerCache, Llama, Model};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

/// The committed golden model `name`.
pub fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A copy of the golden model `name` that a test may damage.
pub fn copy(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        fs::copy(golden(name).join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// A model of `layers` blocks whose tokens really depend on the prompt: larger weights than a new model's.
///
/// Drawn here, because libtorch's generator is shared by all tests of the process.
pub fn model(layers: i64) -> Llama {
    let config = ModelConfig {
        width: 16,
        ffn: 24,
        layers,
        heads: 4,
        kv_heads: 2,
        head_dim: 4,
        vocabulary: 32,
        context: 96,
        norm_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: None,
        tied: false,
        eos: Vec::new(),
        exits: (1..=layers).collect(),
    };
    let mut generator = ChaCha12Rng::seed_from_u64(11);
    let mut draw = |shape: Tensor| {
        let values: Vec<f32> = (0..shape.numel()).map(|_| generator.random_range(-0.6..0.6)).collect();
        let values = Tensor::from_slice(&values).reshape(shape.size());
        if shape.dim() == 1 { values + 1.0 } else { values }
    };
    let tensors: BTreeMap<String, Tensor> =
        random(&config, 0).into_iter().map(|(name, shape)| (name, draw(shape))).collect();
    let mut weights = Weights::made(tensors, "a test").unwrap();
    Llama::new(config, &mut weights, Kind::Float, Device::Cpu).unwrap()
}

/// Empty caches for every block of a model.
pub fn caches(model: &dyn Model) -> Vec<LayerCache> {
    let config = model.config();
    (0..config.layers)
        .map(|_| LayerCache::new(config, config.context, model.activations(), Device::Cpu))
        .collect()
}

/// Logits of every position of `tokens`, run together: `[time, vocabulary]`.
pub fn logits(model: &dyn Model, tokens: &[i64]) -> Tensor {
    let _guard = tch::no_grad_guard();
    let mut hidden = model.embed(&Tensor::from_slice(tokens));
    for (index, cache) in caches(model).iter_mut().enumerate() {
        hidden = model.block(index, &hidden, cache);
    }
    model.head(&hidden)
}

/// Largest absolute difference of two tensors.
pub fn difference(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}
