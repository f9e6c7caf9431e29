//! Where tensors live: the processor, or one of the GPUs that libtorch sees.

use tch::{Cuda, Device};

use crate::error::{EngineError, Result};

/// Finds `cpu` or `cuda:N`; a GPU that is not there is refused.
pub fn find(name: &str) -> Result<Device> {
    if name == "cpu" {
        return Ok(Device::Cpu);
    }
    let index = name.strip_prefix("cuda:").and_then(|index| index.parse::<usize>().ok());
    let index = index
        .ok_or_else(|| EngineError::request(format!("device `{name}` is not known: `cpu` or `cuda:N`")))?;
    let found = Cuda::device_count();
    if i64::try_from(index).is_ok_and(|index| index < found) {
        return Ok(Device::Cuda(index));
    }
    Err(EngineError::unsupported(format!("device `{name}` is not there: libtorch sees {found} CUDA devices")))
}

/// Waits for a GPU, which works behind the program's back: only then do times mean something.
pub fn synchronize(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}
