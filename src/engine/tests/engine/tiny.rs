//! Small models and folders for the other tests.

use std::fs;
use std::path::{Path, PathBuf};

use harness_checkpoint::Config;
use harness_checkpoint::architectures::blueprint;
use harness_engine::model::supply::Made;
use harness_engine::model::{Model, build};
use harness_engine::part::{LayerCache, Products};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde_json::json;
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
pub fn model(layers: i64) -> Model {
    let json = json!({
        "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": layers,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "vocab_size": 32,
        "max_position_embeddings": 96, "rms_norm_eps": 1e-5,
    });
    let config = Config { json, origin: "a test".to_owned() };
    let blueprint = blueprint(&config).unwrap();
    let mut generator = ChaCha12Rng::seed_from_u64(11);
    let mut draw = |shape: Tensor| {
        let values: Vec<f32> = (0..shape.numel()).map(|_| generator.random_range(-0.6..0.6)).collect();
        let values = Tensor::from_slice(&values).reshape(shape.size());
        if shape.dim() == 1 { values + 1.0 } else { values }
    };
    let shapes = Made::random(&blueprint, 0).0;
    let made = Made(shapes.into_iter().map(|(name, shape)| (name, draw(shape))).collect());
    let mut model = build(blueprint, &made, Kind::Float, Device::Cpu).unwrap();
    model.reserve(96);
    model
}

/// Empty caches for every block of a model.
pub fn caches(model: &Model) -> Vec<LayerCache> {
    model.caches(1, 96)
}

/// Logits of every position of `tokens`, run together: `[time, vocabulary]`.
pub fn logits(model: &Model, tokens: &[i64]) -> Tensor {
    let _guard = tch::no_grad_guard();
    let mut hidden = model.embed(&Tensor::from_slice(tokens).unsqueeze(0), 0);
    for (index, cache) in caches(model).iter_mut().enumerate() {
        hidden = model.block(index, &hidden, Some(cache), Products::F32);
    }
    model.head(&hidden, Products::F32).squeeze_dim(0)
}

/// Largest absolute difference of two tensors.
pub fn difference(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}
