//! Energy and power.

#![expect(unsafe_code, reason = "exported names")]

use std::ffi::{c_int, c_uint, c_ulonglong};
use std::time::{SystemTime, UNIX_EPOCH};

use nvml_wrapper_sys::bindings::field_id::*;
use nvml_wrapper_sys::bindings::*;

use super::put;
use crate::play::{device, gpu};
use crate::scenario::{Gpu, Module};

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetTotalEnergyConsumption(
    handle: nvmlDevice_t,
    to: Option<&mut c_ulonglong>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetTotalEnergyConsumption", |gpu, seconds| {
        put::value(to, gpu.energy.then(|| gpu.counter_at(seconds)))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetPowerUsage(handle: nvmlDevice_t, to: Option<&mut c_uint>) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetPowerUsage", |gpu, seconds| {
        put::value(to, gpu.power_usage.then(|| milliwatts(gpu.watts_at(seconds))))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetEnforcedPowerLimit(handle: nvmlDevice_t, to: Option<&mut c_uint>) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetEnforcedPowerLimit", |gpu, _| put::value(to, gpu.power_limit_w.map(milliwatts)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetFieldValues(
    handle: nvmlDevice_t,
    count: c_int,
    values: *mut nvmlFieldValue_t,
) -> nvmlReturn_t {
    let count = usize::try_from(count).unwrap_or(0);
    let Some(values) = put::array(values, count).filter(|values| !values.is_empty()) else {
        return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT;
    };
    device(handle, "nvmlDeviceGetFieldValues", |play, handle, seconds| {
        for value in values {
            let scope = if value.scopeId == NVML_POWER_SCOPE_MODULE { "module" } else { "field" };
            let fault = play.fails(handle.gpu, &format!("{scope}:{}", value.fieldId), seconds);
            let shown = field(&play.scenario.gpu[handle.gpu], value.fieldId, value.scopeId, seconds);
            value.timestamp = micros_since_1970();
            value.latencyUsec = 1;
            value.valueType = nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
            value.nvmlReturn = match (fault, shown) {
                (Some(code), _) => code,
                (None, None) => nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
                (None, Some(shown)) => {
                    value.value.ullVal = shown;
                    if value.fieldId != NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION {
                        value.valueType = nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT;
                    }
                    nvmlReturn_enum_NVML_SUCCESS
                }
            };
        }
        nvmlReturn_enum_NVML_SUCCESS
    })
}

fn field(gpu: &Gpu, field: u32, scope: u32, seconds: f64) -> Option<u64> {
    let supported = match field {
        NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION => return gpu.energy.then(|| gpu.counter_at(seconds)),
        NVML_FI_DEV_POWER_INSTANT => gpu.instant,
        NVML_FI_DEV_POWER_AVERAGE => gpu.average,
        _ => false,
    };
    let own = gpu.watts_at(seconds);
    let watts = match (scope, gpu.module) {
        (NVML_POWER_SCOPE_GPU, _) | (NVML_POWER_SCOPE_MODULE, Module::Same) => own,
        (NVML_POWER_SCOPE_MODULE, Module::Separate) => own + gpu.module_watts,
        _ => return None,
    };
    supported.then(|| u64::from(milliwatts(watts)))
}

fn milliwatts(watts: f64) -> c_uint {
    (watts * 1e3).round() as c_uint
}

fn micros_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
