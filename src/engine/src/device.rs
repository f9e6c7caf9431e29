//! Where tensors live: the processor, or one of the GPUs that libtorch sees.

use tch::{Cuda, Device};

use crate::error::{EngineError, Result};

/// Finds `cpu` or `cuda:N`; a GPU that is not there is refused.
pub fn find(name: &str) -> Result<Device> {
    let unknown = |_| EngineError::request(format!("device `{name}` is not known: `cpu` or `cuda:N`"));
    let harness_protocol::Device::Cuda(index) = name.parse().map_err(unknown)? else {
        return Ok(Device::Cpu);
    };
    let found = Cuda::device_count();
    if i64::from(index) < found {
        return Ok(Device::Cuda(index as usize));
    }
    Err(EngineError::unsupported(format!("device `{name}` is not there: libtorch sees {found} CUDA devices")))
}

/// Waits for a GPU, which works behind the program's back: only then do times mean something.
pub fn synchronize(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}
