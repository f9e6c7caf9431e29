//! The processes of one program as the host sees them, and an end for all of them.
//!
//! The meters have a reader of `/proc` too. This one is its own: no program is to be run for the sake of a meter, and
//! what it must find is every process, also where the kernel lists no children.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The processes below `root`, each after its parent.
///
/// Read at once from the kernel's lists of children, or from every process of the machine where it keeps none.
pub(super) fn below(root: u32) -> Vec<u32> {
    let children = |pid: u32| -> Option<Vec<u32>> {
        let mut found = Vec::new();
        for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
            let Ok(list) = fs::read_to_string(task.path().join("children")) else { continue };
            found.extend(list.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        Some(found)
    };
    if !lists_children() {
        return below_by_parent(root);
    }
    let mut all = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        let found = children(pid).unwrap_or_default();
        all.extend(&found);
        open.extend(found);
    }
    all
}

fn lists_children() -> bool {
    let me = std::process::id();
    fs::exists(format!("/proc/{me}/task/{me}/children")).unwrap_or(false)
}

fn below_by_parent(root: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name in brackets may hold anything; the parent is the second word behind it.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        parents.extend(parent.map(|parent: u32| (pid, parent)));
    }
    let mut all = vec![root];
    let mut next = 0;
    while next < all.len() {
        let parent = all[next];
        all.extend(parents.iter().filter(|entry| entry.1 == parent).map(|entry| entry.0));
        next += 1;
    }
    all.remove(0);
    all
}

/// The program's own processes: below the init's two.
pub(super) fn program(init: u32) -> Vec<u32> {
    let all = below(init);
    match all.first() {
        Some(&inner) => below(inner),
        None => all,
    }
}

/// Threads of all processes of this user: the kernel counts them against a program that has no user of its own.
pub(super) fn threads_of_user() -> u64 {
    let user = nix::unistd::geteuid().to_string();
    let threads = |folder: &Path| -> Option<u64> {
        let status = fs::read_to_string(folder.join("status")).ok()?;
        let word =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next();
        (word("Uid:")? == user).then_some(word("Threads:")?.parse().ok()?)
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| threads(&entry.path())).sum()
}

/// Sends SIGKILL to each; those that are gone are no error.
pub(super) fn end(pids: &[u32]) {
    for pid in pids.iter().filter_map(|&pid| i32::try_from(pid).ok()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_processes() {
        let mut child = std::process::Command::new("sh").args(["-c", "sleep 60; true"]).spawn().unwrap();
        let found = || (below(child.id()), below_by_parent(child.id()));
        while found().0.is_empty() {
            std::thread::yield_now();
        }
        let (lists, parents) = found();
        assert_eq!(lists, parents);
        // This process and both of the child.
        assert!(threads_of_user() >= 3);
        end(&lists);
        child.wait().unwrap();
        assert_eq!(below(child.id()), Vec::<u32>::new());
    }
}
