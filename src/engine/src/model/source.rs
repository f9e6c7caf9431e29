//! The board of weight sources: how a suite's `[model]` becomes a model.

use harness_checkpoint::Checkpoint;
use harness_protocol::ModelSource;
use tch::{Device, Kind};

use super::made::Made;
use super::{Model, build};
use crate::error::{EngineError, Result};

/// A model with the hashes of what it was made from.
pub struct Loaded {
    /// Ready to run.
    pub model: Model,
    /// The files that it was made from.
    pub checkpoint: Checkpoint,
    /// Of the weight files; of the weights where they were made in memory.
    pub weights_sha256: String,
}

/// Every source, in the order of [`harness_protocol::MODELS`].
pub const SOURCES: &[&str] = &["hugging-face-folder", "tiny-random"];

/// Loads a model in a dtype of [`harness_protocol::DTYPES`] onto a device.
pub fn load(source: &ModelSource, seed: u64, device: Device) -> Result<Loaded> {
    let kind = match source.dtype.as_str() {
        "f32" => Kind::Float,
        "bf16" => Kind::BFloat16,
        "f16" if device.is_cuda() => Kind::Half,
        "f16" => return Err(EngineError::unsupported("`f16` runs on a GPU only; use `bf16` on the CPU")),
        other => return Err(EngineError::request(format!("dtype `{other}` is not known"))),
    };
    match (SOURCES.contains(&source.kind.as_str()), &source.path) {
        (false, _) => {
            return Err(EngineError::request(format!("model source `{}` is not known", source.kind)));
        }
        (true, None) if source.kind != "tiny-random" => {
            return Err(EngineError::request("a model folder needs `path`"));
        }
        _ => {}
    }
    let checkpoint = Checkpoint::open(source)?;
    let blueprint = checkpoint.blueprint()?;
    let (model, weights_sha256) = match checkpoint.tensors(&blueprint)? {
        Some(tensors) => (build(blueprint, &tensors, kind, device)?, checkpoint.weights_sha256()?),
        None => {
            let made = Made::random(&blueprint, seed);
            (build(blueprint, &made, kind, device)?, made.sha256()?)
        }
    };
    Ok(Loaded { model, checkpoint, weights_sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_matches_the_one_that_suites_are_checked_against() {
        let theirs: Vec<&str> = harness_protocol::MODELS.iter().map(|entry| entry.name).collect();
        assert_eq!(SOURCES, theirs);
    }
}
