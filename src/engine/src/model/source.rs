//! The board of weight sources: how a suite's `[model]` becomes a model.

use std::path::Path;

use harness_protocol::{ModelSource, TINY_CONTEXT, TINY_VOCABULARY};
use tch::{Device, Kind};

use super::Model;
use super::config::ModelConfig;
use super::llama::Llama;
use super::random::random;
use super::weights::{self, Weights};
use crate::error::{EngineError, Result};

/// A model with the hashes of what it was made from.
pub struct Loaded {
    /// Ready to run.
    pub model: Box<dyn Model>,
    /// Of the weight files; of the weights where they were made in memory.
    pub weights_sha256: String,
    /// Of `tokenizer.json`, where there is one.
    pub tokenizer_sha256: Option<String>,
}

/// One source: its name on harness's board and how it loads.
pub struct Source {
    /// As in [`harness_protocol::MODELS`].
    pub name: &'static str,
    load: fn(&ModelSource, u64, Kind, Device) -> Result<Loaded>,
}

/// Every source, in the order of [`harness_protocol::MODELS`].
pub const SOURCES: &[Source] = &[
    Source { name: "hugging-face-folder", load: hugging_face_folder },
    Source { name: "tiny-random", load: tiny_random },
];

/// Loads a model in a dtype of [`harness_protocol::DTYPES`] onto a device.
pub fn load(source: &ModelSource, seed: u64, device: Device) -> Result<Loaded> {
    let kind = match source.dtype.as_str() {
        "f32" => Kind::Float,
        "bf16" => Kind::BFloat16,
        "f16" if device.is_cuda() => Kind::Half,
        "f16" => return Err(EngineError::unsupported("`f16` runs on a GPU only; use `bf16` on the CPU")),
        other => return Err(EngineError::request(format!("dtype `{other}` is not known"))),
    };
    let found = SOURCES.iter().find(|entry| entry.name == source.kind);
    let found =
        found.ok_or_else(|| EngineError::request(format!("model source `{}` is not known", source.kind)))?;
    (found.load)(source, seed, kind, device)
}

fn hugging_face_folder(source: &ModelSource, _seed: u64, kind: Kind, device: Device) -> Result<Loaded> {
    let path = source.path.as_deref().ok_or_else(|| EngineError::request("a model folder needs `path`"))?;
    let folder = Path::new(path);
    let config = ModelConfig::read(folder)?;
    let mut weights = Weights::read(folder)?;
    let tokenizer = folder.join("tokenizer.json");
    let tokenizer_sha256 = if tokenizer.is_file() { Some(weights::sha256(&tokenizer)?) } else { None };
    let model = Llama::new(config, &mut weights, kind, device)?;
    Ok(Loaded { model: Box::new(model), weights_sha256: weights.sha256, tokenizer_sha256 })
}

/// Two blocks over bytes: everything a real model does, in a fraction of a millisecond a token.
fn tiny_random(_source: &ModelSource, seed: u64, kind: Kind, device: Device) -> Result<Loaded> {
    let config = ModelConfig {
        width: 32,
        ffn: 64,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 8,
        vocabulary: TINY_VOCABULARY.into(),
        context: TINY_CONTEXT.into(),
        norm_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: None,
        tied: true,
        eos: Vec::new(),
        exits: vec![1, 2],
    };
    let mut weights = Weights::made(random(&config, seed), "tiny-random")?;
    let model = Llama::new(config, &mut weights, kind, device)?;
    Ok(Loaded { model: Box::new(model), weights_sha256: weights.sha256, tokenizer_sha256: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let ours: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
        let theirs: Vec<&str> = harness_protocol::MODELS.iter().map(|entry| entry.name).collect();
        assert_eq!(ours, theirs);
    }
}
