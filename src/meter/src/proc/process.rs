//! Processes: what `PID/stat` says of one, and which are its children.

use std::fs;
use std::io;
use std::path::Path;

/// The fields of `PID/stat` that are of use here. Ticks are those of the kernel's clock for users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// The parent's id; 0: none that is seen from here.
    pub parent: u32,
    /// User and system ticks of all its threads.
    pub own_ticks: u64,
    /// The same of its children that ended and that it waited for.
    pub collected_ticks: u64,
    /// When it started: tells a process from a later one with the same id.
    pub started: u64,
}

impl Stat {
    /// Reads that of a process.
    ///
    /// # Errors
    /// Its file cannot be read, or is none.
    pub fn read(proc_root: &Path, pid: u32) -> io::Result<Self> {
        Self::in_folder(&proc_root.join(pid.to_string()))
    }

    /// Reads that of the running program.
    ///
    /// # Errors
    /// Its file cannot be read, or is none.
    pub fn own(proc_root: &Path) -> io::Result<Self> {
        Self::in_folder(&proc_root.join("self"))
    }

    fn in_folder(folder: &Path) -> io::Result<Self> {
        Self::parse(&fs::read_to_string(folder.join("stat"))?)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no line as in proc_pid_stat(5)"))
    }

    /// Reads the line.
    pub fn parse(text: &str) -> Option<Self> {
        // The second field is the program's name in brackets and may itself hold spaces and brackets.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // proc_pid_stat(5) counts from 1; `rest` begins with field 3.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(field(4)?).ok()?,
            own_ticks: field(14)?.checked_add(field(15)?)?,
            collected_ticks: field(16)?.checked_add(field(17)?)?,
            started: field(22)?,
        })
    }
}

/// Whether this kernel tells the children of a process (`CONFIG_PROC_CHILDREN`).
pub fn lists_children(proc_root: &Path) -> bool {
    let pid = std::process::id();
    fs::exists(proc_root.join(format!("{pid}/task/{pid}/children"))).unwrap_or(false)
}

/// The children of all threads of a process; empty for one that has ended.
pub fn children(proc_root: &Path, pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(proc_root.join(format!("{pid}/task"))) else { return Vec::new() };
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .flat_map(|text| text.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

/// Ticks of a process with all its living descendants; what ended is in those that waited for it. None: it
/// is not there.
pub fn tree_ticks(proc_root: &Path, root: u32) -> Option<u64> {
    let ticks = |pid| Stat::read(proc_root, pid).ok().map(|stat| stat.own_ticks + stat.collected_ticks);
    let mut total = ticks(root)?;
    let mut queue = vec![root];
    while let Some(pid) = queue.pop() {
        for child in children(proc_root, pid) {
            total += ticks(child).unwrap_or(0);
            queue.push(child);
        }
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_brackets_does_not_shift_the_fields() {
        let text = "7 (a) b (c) S 1 7 7 0 -1 0 0 0 0 0 11 12 13 14 20 0 1 0 987 0";
        let expected = Stat { parent: 1, own_ticks: 23, collected_ticks: 27, started: 987 };
        assert_eq!(Stat::parse(text), Some(expected));
        for damaged in ["", "7 (sh", "7 (sh) S 1 2", "7 (sh) S 1 7 7 0 -1 0 0 0 0 0 11 12 x 14 20 0 1 0 987"]
        {
            assert_eq!(Stat::parse(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn the_ticks_of_a_tree_are_those_of_the_folder_that_is_named() {
        let root = tempfile::tempdir().unwrap();
        for (pid, ticks, children) in [(5, 1, "6 7"), (6, 10, ""), (7, 100, "8"), (8, 1000, "")] {
            let folder = root.path().join(format!("{pid}/task/{pid}"));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("children"), children).unwrap();
            let stat = format!("{pid} (sh) S 1 7 7 0 -1 0 0 0 0 0 {ticks} 0 0 {ticks} 20 0 1 0 9");
            fs::write(root.path().join(format!("{pid}/stat")), stat).unwrap();
        }
        assert_eq!(tree_ticks(root.path(), 5), Some(2222));
        assert_eq!(tree_ticks(root.path(), 9), None);
    }
}
