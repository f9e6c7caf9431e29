//! Loads NVML, once for each library.

use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};

use nvml_wrapper::Nvml;

use super::trouble::Trouble;
use crate::fault::FaultKind;
use crate::settings::Settings;

/// What has been initialised stays so until the process ends. Where persistence mode is off, the driver
/// takes a GPU down when its last user leaves, and its energy counter with it; devices also borrow from it.
static LOADED: Mutex<Vec<(String, &'static Nvml)>> = Mutex::new(Vec::new());

/// NVML of the library that the settings name.
pub(super) fn nvml(settings: &Settings) -> Result<&'static Nvml, Trouble> {
    let name = &settings.nvml_library;
    if let Some(crash) = &settings.nvml_crash {
        let mend = &[
            "reinstall the driver, so that its library fits its kernel module; `nvidia-smi` tries the same",
        ];
        return Err(Trouble::new(FaultKind::Unreadable, format!("`{name}` {crash}"), mend));
    }
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, nvml)) = loaded.iter().find(|(known, _)| known == name) {
        return Ok(nvml);
    }
    let nvml = Nvml::builder().lib_path(OsStr::new(name)).init();
    let nvml: &'static Nvml =
        Box::leak(Box::new(nvml.map_err(|error| Trouble::at_start(error, name, &settings.sysfs_root))?));
    loaded.push((name.clone(), nvml));
    Ok(nvml)
}
