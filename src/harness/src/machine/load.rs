//! How busy the machine was with other things during a window.

use std::fs;
use std::path::Path;

use harness_meter::ProcessorTime;

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
    pub fn now(engine: u32) -> Option<Self> {
        let all = ProcessorTime::read(Path::new("/proc"))?;
        let engine = tree_ticks(engine)?;
        let own = ticks(&fs::read_to_string("/proc/self/stat").ok()?)?;
        Some(Self { all, own: engine + own })
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

/// Ticks of a process with all its living descendants; what ended is in those that waited for it.
fn tree_ticks(root: u32) -> Option<u64> {
    let mut total = ticks(&fs::read_to_string(format!("/proc/{root}/stat")).ok()?)?;
    let mut queue = vec![root];
    while let Some(pid) = queue.pop() {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        for child in children
            .flat_map(|text| text.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
        {
            let stat = fs::read_to_string(format!("/proc/{child}/stat")).ok();
            total += stat.and_then(|stat| ticks(&stat)).unwrap_or(0);
            queue.push(child);
        }
    }
    Some(total)
}

/// User and system ticks of a process, its reaped children included.
fn ticks(stat: &str) -> Option<u64> {
    let after_name = &stat[stat.rfind(')')? + 1..]; // the name may hold blanks
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum()
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

    #[test]
    fn a_process_name_with_blanks_and_brackets_is_no_trouble() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 1 0 5";
        assert_eq!(ticks(stat), Some(11 + 22 + 33 + 44));
    }
}
