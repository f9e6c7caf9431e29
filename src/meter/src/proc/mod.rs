//! What the kernel shows below `/proc`, in this folder or in one that stands for it.

mod cpuinfo;
mod process;
mod time;
mod vmstat;

pub use cpuinfo::{CpuInfo, hypervisor};
pub use process::{Stat, children, lists_children, tree_ticks};
pub use time::ProcessorTime;
pub use vmstat::oom_kills;

/// Where this machine's kernel shows it.
pub const ROOT: &str = "/proc";
