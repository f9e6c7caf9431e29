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

/// A device as suites name it.
pub fn named(device: Device) -> harness_protocol::Device {
    match device {
        Device::Cuda(index) => harness_protocol::Device::Cuda(u32::try_from(index).unwrap_or(u32::MAX)),
        _ => harness_protocol::Device::Cpu,
    }
}

/// Waits for a GPU, which works behind the program's back: only then do times mean something.
pub fn synchronize(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}

/// Memory in use on a device, by everything on it.
#[derive(Debug, Clone, Copy)]
pub struct DeviceMemory(Option<u64>);

impl DeviceMemory {
    /// Asks the CUDA runtime that libtorch has loaded; nothing on the CPU.
    ///
    /// libtorch keeps what it once took, so that what is in use after a window was its peak.
    pub fn now(device: Device) -> Self {
        match device {
            Device::Cuda(_) => Self(used_bytes()),
            _ => Self(None),
        }
    }

    /// Bytes more than before; None where the device does not tell.
    pub fn since(&self, before: &Self) -> Option<u64> {
        self.0.zip(before.0).map(|(now, before)| now.saturating_sub(before))
    }
}

/// Bytes of the current device that are in use.
#[expect(unsafe_code, reason = "a function of the CUDA runtime, which tch does not offer")]
fn used_bytes() -> Option<u64> {
    type MemGetInfo = unsafe extern "C" fn(*mut usize, *mut usize) -> libc::c_int;
    // SAFETY: the name is a C string; the symbol is looked for in what the process has loaded already.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"cudaMemGetInfo".as_ptr()) };
    if found.is_null() {
        return None;
    }
    // SAFETY: the CUDA runtime declares `cudaMemGetInfo` with this signature since its first version.
    let mem_get_info: MemGetInfo = unsafe { std::mem::transmute(found) };
    let (mut free, mut total) = (0, 0);
    // SAFETY: both pointers are valid for the call.
    let status = unsafe { mem_get_info(&raw mut free, &raw mut total) };
    (status == 0 && total >= free).then_some((total - free) as u64)
}
