//! Power fields with a scope, which `nvml-wrapper` cannot ask for.

#![expect(unsafe_code, reason = "the wrapper's own call for fields always asks for the GPU's scope")]

use std::ffi::c_int;

use nvml_wrapper::Device;
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::{NvmlError, nvml_sym, nvml_try};
use nvml_wrapper::struct_wrappers::device::FieldValueSample;
use nvml_wrapper_sys::bindings::{nvmlFieldValue_t, nvmlReturn_enum_NVML_ERROR_NO_DATA, nvmlValue_t};

pub(super) use nvml_wrapper_sys::bindings::field_id::{
    NVML_FI_DEV_POWER_AVERAGE as AVERAGE, NVML_FI_DEV_POWER_INSTANT as INSTANT,
};
pub(super) use nvml_wrapper_sys::bindings::{NVML_POWER_SCOPE_GPU as GPU, NVML_POWER_SCOPE_MODULE as MODULE};

use super::trouble::Failure;
use crate::fault::FaultKind;

/// A power reading, mW.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Milliwatts {
    pub(super) value: u64,
    /// The driver's time of it, µs since 1970, where it gives one.
    pub(super) driver_t_us: Option<i64>,
}

/// The fields asked for, as pairs of field and scope, in one call: what one sensor feeds then agrees.
pub(super) fn read<const N: usize>(
    device: &Device<'_>,
    wanted: [(u32, u32); N],
) -> Result<[Result<Milliwatts, Failure>; N], Failure> {
    let call = nvml_sym(device.nvml().lib().nvmlDeviceGetFieldValues.as_ref())?;
    let mut values = wanted.map(|(field, scope)| nvmlFieldValue_t {
        fieldId: field,
        scopeId: scope,
        timestamp: 0,
        latencyUsec: 0,
        valueType: 0,
        // What the driver leaves alone must not look like a reading of 0.
        nvmlReturn: nvmlReturn_enum_NVML_ERROR_NO_DATA,
        value: nvmlValue_t { ullVal: 0 },
    });
    let count = c_int::try_from(N).unwrap_or(c_int::MAX);
    // SAFETY: the device borrows the library that the function is from, and `values` holds `count` of them.
    nvml_try(unsafe { call(device.handle(), count, values.as_mut_ptr()) })?;
    Ok(values.map(power))
}

fn power(value: nvmlFieldValue_t) -> Result<Milliwatts, Failure> {
    let sample = FieldValueSample::try_from(value)?;
    let not_a_number = |value: &dyn std::fmt::Display| Failure {
        kind: FaultKind::NotANumber,
        text: format!("field {} is {value}, expected milliwatts", sample.field.0),
    };
    let value = match sample.value {
        // Drivers older than a field call its number an invalid argument.
        Err(NvmlError::InvalidArg) => return Err(NvmlError::NotSupported.into()),
        Err(error) => return Err(error.into()),
        Ok(SampleValue::U32(value)) => u64::from(value),
        Ok(SampleValue::U64(value)) => value,
        Ok(SampleValue::I64(value)) => u64::try_from(value).map_err(|_| not_a_number(&value))?,
        Ok(SampleValue::F64(value)) if (0.0..1e12).contains(&value) => value.round() as u64,
        Ok(SampleValue::F64(value)) => return Err(not_a_number(&value)),
    };
    Ok(Milliwatts { value, driver_t_us: (sample.timestamp > 0).then_some(sample.timestamp) })
}

#[cfg(test)]
mod tests {
    use nvml_wrapper_sys::bindings::*;

    use super::*;

    fn value(kind: u32, code: u32, value: nvmlValue_t) -> Result<u64, FaultKind> {
        let raw = nvmlFieldValue_t {
            fieldId: INSTANT,
            scopeId: GPU,
            timestamp: 7,
            latencyUsec: 1,
            valueType: kind,
            nvmlReturn: code,
            value,
        };
        power(raw).map(|power| power.value).map_err(|failure| failure.kind)
    }

    #[test]
    fn only_numbers_of_milliwatts_are_readings() {
        use FaultKind::*;
        let zero = nvmlValue_t { ullVal: 0 };
        let cases = [
            (value(1, 0, nvmlValue_t { uiVal: 250_000 }), Ok(250_000)),
            (value(3, 0, nvmlValue_t { ullVal: 1 << 40 }), Ok(1 << 40)),
            (value(4, 0, nvmlValue_t { sllVal: 9 }), Ok(9)),
            (value(4, 0, nvmlValue_t { sllVal: -9 }), Err(NotANumber)),
            (value(0, 0, nvmlValue_t { dVal: 2.6 }), Ok(3)),
            (value(0, 0, nvmlValue_t { dVal: f64::NAN }), Err(NotANumber)),
            (value(0, 0, nvmlValue_t { dVal: -1.0 }), Err(NotANumber)),
            (value(99, 0, zero), Err(Unreadable)),
            (value(1, nvmlReturn_enum_NVML_ERROR_NO_DATA, zero), Err(Empty)),
            (value(1, nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT, zero), Err(NotSupported)),
            (value(1, nvmlReturn_enum_NVML_ERROR_GPU_IS_LOST, zero), Err(Gone)),
            (value(1, 12_345, zero), Err(Unreadable)),
        ];
        for (index, (seen, expected)) in cases.into_iter().enumerate() {
            assert_eq!(seen, expected, "case {index}");
        }
    }
}
