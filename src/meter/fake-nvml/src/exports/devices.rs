//! Which GPUs there are, their names and their MIG parts.

#![expect(unsafe_code, reason = "exported names")]

use std::ffi::{c_char, c_uint};

use nvml_wrapper_sys::bindings::*;

use super::put;
use crate::play::{Handle, device, gpu, system};
use crate::scenario::Scenario;

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetCount_v2(to: Option<&mut c_uint>) -> nvmlReturn_t {
    system(|scenario| put::value(to, u32::try_from(scenario.gpu.len()).ok()))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, to: Option<&mut nvmlDevice_t>) -> nvmlReturn_t {
    let handle = Handle { gpu: index as usize, part: None };
    device(handle.pointer(), "nvmlDeviceGetHandleByIndex_v2", |_, handle, _| {
        put::value(to, Some(handle.pointer()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetName(handle: nvmlDevice_t, to: *mut c_char, room: c_uint) -> nvmlReturn_t {
    device(handle, "nvmlDeviceGetName", |play, handle, _| {
        put::text(to, room, &play.scenario.gpu[handle.gpu].name)
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetUUID(handle: nvmlDevice_t, to: *mut c_char, room: c_uint) -> nvmlReturn_t {
    device(handle, "nvmlDeviceGetUUID", |play, handle, _| put::text(to, room, &uuid(&play.scenario, handle)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetArchitecture(handle: nvmlDevice_t, to: Option<&mut c_uint>) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetArchitecture", |gpu, _| put::value(to, Some(gpu.architecture)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetPciInfo_v3(handle: nvmlDevice_t, to: Option<&mut nvmlPciInfo_t>) -> nvmlReturn_t {
    device(handle, "nvmlDeviceGetPciInfo_v3", |play, handle, _| {
        let Some(to) = to else { return nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT };
        to.domain = 0;
        to.bus = u32::try_from(handle.gpu + 1).unwrap_or(0);
        to.device = 0;
        // The lower half is NVIDIA's vendor id.
        to.pciDeviceId = (play.scenario.gpu[handle.gpu].pci_device << 16) | 0x10de;
        to.pciSubSystemId = 0;
        let room = to.busIdLegacy.len() as c_uint;
        put::text(to.busIdLegacy.as_mut_ptr(), room, &format!("0000:{:02X}:00.0", to.bus));
        let room = to.busId.len() as c_uint;
        put::text(to.busId.as_mut_ptr(), room, &format!("00000000:{:02X}:00.0", to.bus))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMigMode(
    handle: nvmlDevice_t,
    current: Option<&mut c_uint>,
    pending: Option<&mut c_uint>,
) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetMigMode", |gpu, _| {
        let on = c_uint::from(!gpu.mig.is_empty());
        put::value(pending, Some(on));
        put::value(current, Some(on))
    })
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMaxMigDeviceCount(handle: nvmlDevice_t, to: Option<&mut c_uint>) -> nvmlReturn_t {
    gpu(handle, "nvmlDeviceGetMaxMigDeviceCount", |_, _| put::value(to, Some(7)))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlDeviceGetMigDeviceHandleByIndex(
    handle: nvmlDevice_t,
    index: c_uint,
    to: Option<&mut nvmlDevice_t>,
) -> nvmlReturn_t {
    device(handle, "nvmlDeviceGetMigDeviceHandleByIndex", |play, handle, _| {
        let part = Handle { part: Some(index as usize), ..handle };
        if index as usize >= play.scenario.gpu[handle.gpu].mig.len() {
            return nvmlReturn_enum_NVML_ERROR_NOT_FOUND;
        }
        put::value(to, Some(part.pointer()))
    })
}

fn uuid(scenario: &Scenario, handle: Handle) -> String {
    let gpu = &scenario.gpu[handle.gpu];
    let own =
        gpu.uuid.clone().unwrap_or_else(|| format!("GPU-{:08x}-0000-4000-8000-000000000000", handle.gpu));
    handle.part.map_or(own, |part| gpu.mig[part].clone())
}
