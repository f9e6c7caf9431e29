//! Hands values to callers written in C.

#![expect(unsafe_code, reason = "C passes strings and arrays as pointers and lengths")]

use std::ffi::{c_char, c_uint};

use nvml_wrapper_sys::bindings::*;

/// Stores a value, if there is one, where the caller wants it.
pub(super) fn value<T>(to: Option<&mut T>, value: Option<T>) -> nvmlReturn_t {
    match (to, value) {
        (None, _) => nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT,
        (_, None) => nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
        (Some(to), Some(value)) => {
            *to = value;
            nvmlReturn_enum_NVML_SUCCESS
        }
    }
}

/// Stores a text with its final NUL in a buffer of `room` bytes.
pub(super) fn text(to: *mut c_char, room: c_uint, text: &str) -> nvmlReturn_t {
    if to.is_null() {
        return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT;
    }
    if room as usize <= text.len() {
        return nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE;
    }
    // SAFETY: NVML's callers promise `room` writable bytes at `to`; text and NUL fit.
    unsafe {
        to.copy_from_nonoverlapping(text.as_ptr().cast(), text.len());
        *to.add(text.len()) = 0;
    }
    nvmlReturn_enum_NVML_SUCCESS
}

/// The caller's array.
pub(super) fn array<'a, T>(at: *mut T, length: usize) -> Option<&'a mut [T]> {
    // SAFETY: NVML's callers promise `length` values at `at`, theirs alone during the call.
    (!at.is_null()).then(|| unsafe { std::slice::from_raw_parts_mut(at, length) })
}
