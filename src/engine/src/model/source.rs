//! From a source to a model: its checkpoint, built in the number format of the run.

use harness_checkpoint::Checkpoint;
use harness_protocol::{ModelSource, PACKED, dtype_misfit};
use tch::{Device, Kind};

use super::supply::{Made, Supply, Unpacked};
use super::{Model, build};
use crate::device;
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

/// Loads a model in a dtype of [`harness_protocol::DTYPES`] onto a device.
pub fn load(source: &ModelSource, seed: u64, device: Device) -> Result<Loaded> {
    if let Some(misfit) = dtype_misfit(source, device::named(device)) {
        return Err(EngineError::unsupported(misfit.message));
    }
    let kind = match source.dtype.as_str() {
        "f32" => Kind::Float,
        "bf16" => Kind::BFloat16,
        "f16" => Kind::Half,
        PACKED => Kind::Float,
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
