//! How busy the machine was with other things during a window.

use std::path::Path;

use harness_meter::ProcessorTime;
use harness_meter::proc::{Stat, tree_ticks};

/// Processor time since boot, in ticks, as the kernel counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineLoad {
    all: ProcessorTime,
    own: u64, // the engine's with its descendants, and harness's
}

/// Shares of the machine's processor time between two looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Given by the hypervisor to others.
    pub steal: f64,
    /// Taken by programs other than the engine and harness.
    pub foreign: f64,
}

impl MachineLoad {
    /// Looks now; None where the kernel does not say.
    pub fn now(proc_root: &Path, engine: u32) -> Option<Self> {
        let all = ProcessorTime::read(proc_root)?;
        let engine = tree_ticks(proc_root, engine)?;
        let own = Stat::own(proc_root).ok()?;
        Some(Self { all, own: engine + own.own_ticks + own.collected_ticks })
    }

    /// What happened since an earlier look.
    pub fn since(self, earlier: Self) -> Option<Shares> {
        let (now, then) = (self.all, earlier.all);
        let total = now.total.checked_sub(then.total).filter(|total| *total > 0)? as f64;
        let foreign =
            (now.busy.saturating_sub(then.busy)).saturating_sub(self.own.saturating_sub(earlier.own));
        let steal = now.steal.saturating_sub(then.steal);
        Some(Shares { steal: steal as f64 / total, foreign: foreign as f64 / total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel_becomes_shares() {
        let earlier = MachineLoad { all: ProcessorTime { total: 1000, busy: 100, steal: 0 }, own: 50 };
        let all = ProcessorTime::parse("cpu  150 20 30 980 10 5 5 40 0 0\ncpu0 1").unwrap();
        let later = MachineLoad { all, own: 110 };
        let shares = later.since(earlier).unwrap();
        assert!((shares.steal - 40.0 / 240.0).abs() < 1e-12);
        assert!((shares.foreign - 50.0 / 240.0).abs() < 1e-12);
    }
}
