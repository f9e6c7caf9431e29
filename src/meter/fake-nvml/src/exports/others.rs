//! What other programs ask before they ask for energy: constants.

#![expect(unsafe_code, reason = "exported names")]

use std::ffi::{c_uint, c_void};

use nvml_wrapper_sys::bindings::*;

use super::put;
use crate::play::gpu;

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMemoryInfo(handle: nvmlDevice_t, to: Option<&mut nvmlMemory_t>) -> nvmlReturn_t {
    let (total, used) = (80 << 30, 1 << 30);
    gpu(handle, "nvmlDeviceGetMemoryInfo", |_, _| {
        put::value(to, Some(nvmlMemory_t { total, free: total - used, used }))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetUtilizationRates(
    handle: nvmlDevice_t,
    to: Option<&mut nvmlUtilization_t>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetUtilizationRates", |_, _| {
        put::value(to, Some(nvmlUtilization_t { gpu: 50, memory: 10 }))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeMode(handle: nvmlDevice_t, to: Option<&mut c_uint>) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetComputeMode", |_, _| put::value(to, Some(0)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetC2cModeInfoV(handle: nvmlDevice_t, _to: *mut c_void) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetC2cModeInfoV", |_, _| nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED)
}
