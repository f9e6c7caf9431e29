//! Enters the namespaces: all at once, else each that the kernel grants.

use std::fs;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Uid, getegid, geteuid, sethostname};

use super::tell::{Teller, text};
use crate::sandbox::layer;

/// The number of `nobody`, user and group, on every common system.
pub(in crate::sandbox) const NOBODY: u32 = 65534;

/// What the init's children live in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Namespaces {
    /// Mounts made from now on are seen by no other process.
    pub mount: bool,
    /// The next child is process 1.
    pub process: bool,
    /// The user is nobody, by the map of a user namespace.
    pub user: bool,
    /// Root can become nobody.
    pub nobody: bool,
    /// No network device, and no names of sockets in common with the host.
    pub network: bool,
    /// The file system is private.
    pub files: bool,
}

/// Whether root can become nobody here: not in a user namespace without such a number.
pub(in crate::sandbox) fn nobody_is_mapped() -> bool {
    ["uid_map", "gid_map"].iter().all(|map| {
        // Unreadable is no reason to stay root: then becoming nobody says whether it works.
        fs::read_to_string(format!("/proc/self/{map}")).map_or(true, |text| maps(&text, NOBODY))
    })
}

/// Whether a map with lines of inner number, outer number and count holds an inner number.
fn maps(map: &str, number: u32) -> bool {
    map.lines().any(|line| {
        let words: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        matches!(words[..], [first, _, count] if (first..first.saturating_add(count)).contains(&number.into()))
    })
}

/// Enters namespaces of processes, mounts, network and the rest.
///
/// Root needs no user namespace for that, and keeps its rights over folders that only it may search; it
/// becomes nobody later. Others, and a root without the right, get one in which they are nobody. Kernels from 5.12 on do
/// not let a root without any right map itself: then the layer is missing, for that reason.
pub(super) fn enter(teller: &mut Teller) -> Namespaces {
    let others = CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    let owner = (geteuid(), getegid().as_raw());
    let mut spaces = Namespaces::default();
    let mut user = None;
    let all = if owner.0.is_root() && unshare(others).is_ok() {
        Ok(())
    } else {
        let entered =
            unshare(CloneFlags::CLONE_NEWUSER).map_err(text).and_then(|()| become_nobody(owner.0, owner.1));
        user = Some(entered);
        unshare(others)
    };
    spaces.user = user.as_ref().is_some_and(Result::is_ok);
    spaces.nobody = nobody_is_mapped();
    if let Some(user) = user {
        teller.layer(layer::USER, user.map_err(|error| format!("user namespace: {error}")));
    }
    let mut each = |name: &str, flags: CloneFlags| {
        let outcome = match all {
            Ok(()) => Ok(()),
            Err(_) => unshare(flags).map_err(text),
        };
        let problem = outcome.clone().err();
        if name != layer::FILES || problem.is_some() {
            teller.layer(name, outcome);
        }
        problem.is_none()
    };
    // Whether the file system is private shows once it is built.
    spaces.mount = each(layer::FILES, CloneFlags::CLONE_NEWNS);
    spaces.process = each(layer::PROCESSES, CloneFlags::CLONE_NEWPID);
    spaces.network = each(layer::NETWORK, CloneFlags::CLONE_NEWNET);
    if each(layer::IPC, CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS) {
        let _ = sethostname("sandbox");
    }
    spaces
}

/// Maps the outside user to nobody. The kernel wants `setgroups` denied before it lets an ordinary user.
fn become_nobody(user: Uid, group: u32) -> Result<(), String> {
    fs::write("/proc/self/setgroups", "deny").map_err(text)?;
    fs::write("/proc/self/uid_map", format!("{NOBODY} {user} 1")).map_err(text)?;
    fs::write("/proc/self/gid_map", format!("{NOBODY} {group} 1")).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_holds_the_numbers_of_its_lines() {
        assert!(maps("         0          0 4294967295\n", NOBODY));
        assert!(maps("0 1000 1\n1 100000 65536\n", NOBODY));
        assert!(maps("65534 1000 1\n", NOBODY));
        for map in ["", "0 0 1\n", "0 1000 1\n1 100000 65533\n", "65535 0 1", "a b c"] {
            assert!(!maps(map, NOBODY), "{map}");
        }
    }
}
