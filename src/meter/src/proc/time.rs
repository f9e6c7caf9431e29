//! Processor time of the whole machine, as the kernel counts it.

use std::fs;
use std::path::Path;

/// Ticks of all processors since the machine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorTime {
    /// All of them, idle ones included.
    pub total: u64,
    /// Those in which something ran.
    pub busy: u64,
    /// Those that the hypervisor gave to others.
    pub steal: u64,
}

impl ProcessorTime {
    /// Reads `stat` in this folder, `/proc` but in tests; None where the kernel does not say.
    pub fn read(proc_root: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(proc_root.join("stat")).ok()?)
    }

    /// Reads the first line of `/proc/stat`.
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().next()?.strip_prefix("cpu ")?;
        let numbers: Vec<u64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let [user, nice, system, idle, wait, interrupt, soft, steal, ..] = numbers[..] else { return None };
        let busy = [user, nice, system, interrupt, soft].into_iter().try_fold(0_u64, u64::checked_add)?;
        let total = [busy, idle, wait, steal].into_iter().try_fold(0_u64, u64::checked_add)?;
        Some(Self { total, busy, steal })
    }

    /// The share of the processors' time since an earlier look in which something ran, from 0 to 1.
    pub fn busy_since(self, earlier: Self) -> Option<f64> {
        let total = self.total.checked_sub(earlier.total).filter(|total| *total > 0)?;
        Some(self.busy.saturating_sub(earlier.busy) as f64 / total as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_becomes_ticks_or_nothing() {
        let now = ProcessorTime::parse("cpu  150 20 30 980 10 5 5 40 0 0\ncpu0 1").unwrap();
        assert_eq!(now, ProcessorTime { total: 1240, busy: 210, steal: 40 });
        assert_eq!(now.busy_since(ProcessorTime { total: 1000, busy: 90, steal: 0 }), Some(0.5));
        assert_eq!(now.busy_since(now), None);
        for text in ["", "cpu 1 2 3", "cpux 1 2 3 4 5 6 7 8", &format!("cpu {0} {0} 1 1 1 1 1 1", u64::MAX)] {
            assert_eq!(ProcessorTime::parse(text), None, "{text}");
        }
    }
}
