//! From a source to a model: its checkpoint, built in the number format of the run.

use harness_checkpoint::Checkpoint;
use harness_protocol::{ModelSource, PACKED};
use tch::{Device, Kind};

use super::supply::{Made, Supply, Unpacked};
use super::{Model, build};
use crate::error::{EngineError, Result};

/// The only source that packs weights.
const GGUF: &str = "gguf-file";

/// A model with the hashes of what it was made from.
pub struct Loaded {
    /// Ready to run.
    pub model: Model,
    /// The files that it was made from.
    pub checkpoint: Checkpoint,
    /// Of the weight files; of the weights where they were made in memory.
    pub weights_sha256: String,
}

/// Loads a model in a dtype of [`harness_protocol::DTYPES`] onto a device.
pub fn load(source: &ModelSource, seed: u64, device: Device) -> Result<Loaded> {
    let kind = match source.dtype.as_str() {
        "f32" => Kind::Float,
        "bf16" => Kind::BFloat16,
        PACKED if source.kind != GGUF => {
            return Err(EngineError::unsupported("`packed` weights come out of a .gguf file only"));
        }
        PACKED if device.is_cuda() => {
            return Err(EngineError::unsupported(
                "`packed` weights run on the CPU only; take `f16` or `bf16`",
            ));
        }
        PACKED => Kind::Float,
        "f16" if device.is_cuda() => Kind::Half,
        "f16" => return Err(EngineError::unsupported("`f16` runs on a GPU only; use `bf16` on the CPU")),
        other => return Err(EngineError::request(format!("dtype `{other}` is not known"))),
    };
    let checkpoint = Checkpoint::open(source)?;
    let blueprint = checkpoint.blueprint()?;
    let (model, weights_sha256) = match checkpoint.tensors(&blueprint)? {
        Some(tensors) => {
            let unpacked = Unpacked(&tensors);
            let supply: &dyn Supply = if source.dtype == PACKED { &tensors } else { &unpacked };
            (build(blueprint, supply, kind, device)?, checkpoint.weights_sha256()?)
        }
        None => {
            let made = Made::random(&blueprint, seed);
            (build(blueprint, &made, kind, device)?, made.sha256()?)
        }
    };
    Ok(Loaded { model, checkpoint, weights_sha256 })
}
