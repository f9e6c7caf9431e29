//! What the kernel counts of its memory.

use std::fs;
use std::path::Path;

/// Processes that the kernel has killed for want of memory since boot.
pub fn oom_kills(proc_root: &Path) -> Option<u64> {
    let statistics = fs::read_to_string(proc_root.join("vmstat")).ok()?;
    statistics.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_of_that_name_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(oom_kills(folder.path()), None);
        fs::write(folder.path().join("vmstat"), "pgfault 9\noom_kill_x 8\noom_kill 7\n").unwrap();
        assert_eq!(oom_kills(folder.path()), Some(7));
    }
}
