//! How much memory the engine has taken.

use crate::error::{EngineError, Result};

/// Peak resident memory of this process, bytes: `VmHWM` of /proc/self/status.
pub fn peak_rss_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes =
        line.and_then(|rest| rest.trim().strip_suffix(" kB")).and_then(|number| number.trim().parse().ok());
    kibibytes
        .map(|kibibytes: u64| kibibytes * 1024)
        .ok_or_else(|| EngineError::internal("cannot read `VmHWM` from /proc/self/status"))
}
