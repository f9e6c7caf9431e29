//! The state of a training on disk: parameters and moments, written whole or not at all.

use std::io;
use std::path::Path;

use harness_text::atomic::replace;
use tch::{Device, Tensor};

use super::adamw::Slot;
use crate::error::{EngineError, Result};

const STEP: &str = "step";
const FIRST_LOSS: &str = "first-loss";

/// How far a training has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Done {
    /// Steps done.
    pub steps: u64,
    /// Loss of the first step, nats a token.
    pub first_loss: f64,
}

/// Writes the state after so many steps, whatever device it is on.
pub fn save(path: &Path, slots: &[Slot], done: Done) -> Result<()> {
    let mut tensors = vec![
        (STEP.to_owned(), Tensor::from_slice(&[done.steps.cast_signed()])),
        (FIRST_LOSS.to_owned(), Tensor::from_slice(&[done.first_loss])),
    ];
    for slot in slots {
        for (part, tensor) in
            [("parameter", &slot.parameter.detach()), ("mean", &slot.mean), ("square", &slot.square)]
        {
            tensors.push((format!("{part}.{}", slot.name), tensor.to_device(Device::Cpu)));
        }
    }
    write(path, &tensors)
}

/// Reads the state back into the slots, on whatever device they are; None where there is no
/// checkpoint.
pub fn restore(path: &Path, slots: &mut [Slot]) -> Result<Option<Done>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut tensors: std::collections::BTreeMap<String, Tensor> =
        Tensor::read_safetensors(path)?.into_iter().collect();
    let mut take = |name: &str| {
        let missing = || EngineError::weights(format!("checkpoint `{}` holds no `{name}`", path.display()));
        tensors.remove(name).ok_or_else(missing)
    };
    let steps = take(STEP)?.int64_value(&[0]).cast_unsigned();
    let first_loss = take(FIRST_LOSS)?.double_value(&[0]);
    let _guard = tch::no_grad_guard();
    for slot in slots {
        slot.parameter.f_copy_(&take(&format!("parameter.{}", slot.name))?)?;
        slot.mean.f_copy_(&take(&format!("mean.{}", slot.name))?)?;
        slot.square.f_copy_(&take(&format!("square.{}", slot.name))?)?;
    }
    Ok(Some(Done { steps, first_loss }))
}

/// Writes tensors whole or not at all: a killed training leaves the last whole file.
pub fn write(path: &Path, tensors: &[(String, Tensor)]) -> Result<()> {
    let failed = |error| EngineError::internal(format!("cannot write `{}`: {error}", path.display()));
    let write = |part: &Path| {
        let told = |error| io::Error::other(EngineError::from(error).message);
        Tensor::write_safetensors(tensors, part).map_err(told)
    };
    replace(path, write).map_err(failed)
}
