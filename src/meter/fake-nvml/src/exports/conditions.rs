//! Temperature, clocks and processes.

#![expect(unsafe_code, reason = "exported names")]

use std::ffi::{c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::*;

use super::put;
use crate::play::gpu;

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetTemperature(
    handle: nvmlDevice_t,
    _sensor: c_uint,
    to: Option<&mut c_uint>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetTemperature", |gpu, _| put::value(to, gpu.temperature))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetCurrentClocksThrottleReasons(
    handle: nvmlDevice_t,
    to: Option<&mut c_ulonglong>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetCurrentClocksThrottleReasons", |gpu, _| put::value(to, gpu.throttle))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetClockInfo(
    handle: nvmlDevice_t,
    clock: nvmlClockType_t,
    to: Option<&mut c_uint>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetClockInfo", |gpu, _| {
        put::value(to, gpu.sm_clock_mhz.filter(|_| clock == nvmlClockType_enum_NVML_CLOCK_SM))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    handle: nvmlDevice_t,
    count: Option<&mut c_uint>,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetComputeRunningProcesses_v3", |gpu, _| {
        processes(gpu.compute.as_deref(), count, to)
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v3(
    handle: nvmlDevice_t,
    count: Option<&mut c_uint>,
    to: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetGraphicsRunningProcesses_v3", |gpu, _| {
        processes(gpu.graphics.as_deref(), count, to)
    })
}

/// `count` is the room on the way in and the number of processes on the way out.
fn processes(ids: Option<&[u32]>, count: Option<&mut c_uint>, to: *mut nvmlProcessInfo_t) -> nvmlReturn_t {
    let Some(ids) = ids else { return nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED };
    let Some(count) = count else { return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT };
    let room = *count as usize;
    *count = ids.len() as c_uint;
    if ids.is_empty() {
        return nvmlReturn_enum_NVML_SUCCESS;
    }
    if room < ids.len() {
        return nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE;
    }
    let Some(to) = put::array(to, ids.len()) else { return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT };
    for (to, &pid) in to.iter_mut().zip(ids) {
        *to = nvmlProcessInfo_t {
            pid,
            usedGpuMemory: 1 << 30,
            gpuInstanceId: c_uint::MAX,
            computeInstanceId: c_uint::MAX,
        };
    }
    nvmlReturn_enum_NVML_SUCCESS
}
