//! How busy the machine was with other things during a window.

use std::fs;

/// Processor time since boot, in ticks, as the kernel counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineLoad {
    total: u64,
    busy: u64,
    steal: u64,
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
        let text = fs::read_to_string("/proc/stat").ok()?;
        let engine = tree_ticks(engine)?;
        let own = ticks(&fs::read_to_string("/proc/self/stat").ok()?)?;
        let (total, busy, steal) = machine(&text)?;
        Some(Self { total, busy, steal, own: engine + own })
    }

    /// What happened since an earlier look.
    pub fn since(self, earlier: Self) -> Option<Shares> {
        let total = self.total.checked_sub(earlier.total).filter(|total| *total > 0)? as f64;
        let foreign =
            (self.busy.saturating_sub(earlier.busy)).saturating_sub(self.own.saturating_sub(earlier.own));
        let steal = self.steal.saturating_sub(earlier.steal);
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

/// (all, busy, stolen) ticks of the first line of /proc/stat.
pub(super) fn machine(text: &str) -> Option<(u64, u64, u64)> {
    let numbers: Vec<u64> = text
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect();
    let [user, nice, system, idle, wait, interrupt, soft, steal, ..] = numbers[..] else { return None };
    let busy = user + nice + system + interrupt + soft;
    Some((busy + idle + wait + steal, busy, steal))
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
        let earlier = MachineLoad { total: 1000, busy: 100, steal: 0, own: 50 };
        let (total, busy, steal) = machine("cpu  150 20 30 980 10 5 5 40 0 0\ncpu0 1").unwrap();
        assert_eq!((total, busy, steal), (1240, 210, 40));
        let later = MachineLoad { total, busy, steal, own: 110 };
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
