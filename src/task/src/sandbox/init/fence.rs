//! The last doors, shut by the program's own process before it hands itself over: limits, user,
//! privileges, Landlock, system calls.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope, path_beneath_rules,
};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_no_new_privs;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};

use super::filter;
use super::namespace::{NOBODY, Namespaces};
use super::raw::drop_capability_bounds;
use super::root::DEVICES;
use super::tell::{Teller, text};
use crate::sandbox::layer;
use crate::sandbox::spec::{Spec, Step};

/// The newest rules that this code knows; an older kernel enforces what it can of them.
const RULES: ABI = ABI::V6;

/// Bytes of stack that every program gets.
pub(super) const STACK: u64 = 8 << 20;

/// Shuts every door. `work` is the only folder that may be written.
pub(super) fn shut(teller: &mut Teller, spec: &Spec, step: &Step, work: &str, spaces: Namespaces) {
    // Both need root's rights; without them there is nothing to take from the bounds.
    let bounds = drop_capability_bounds();
    let root = geteuid().is_root() && !spaces.user;
    if root {
        // Before the limits: the kernel then counts this namespace's processes alone.
        let left = if spaces.nobody {
            leave_root()
        } else {
            Err("this user namespace maps no user `nobody`: 65534".to_owned())
        };
        teller.layer(layer::USER, left);
    }
    teller.layer(layer::RLIMITS, limit(spec, step));
    let bounds = if root { bounds } else { Ok(()) };
    teller.layer(layer::PRIVILEGES, bounds.and_then(|()| set_no_new_privs().map_err(text)));
    teller.layer(layer::LANDLOCK, fence_files(spec, work, spaces));
    teller.layer(layer::SECCOMP, filter::apply(spaces));
}

/// Root becomes nobody, in a user namespace without any user where the kernel grants one.
fn leave_root() -> Result<(), String> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    setgroups(&[]).map_err(|error| format!("setgroups: {error}"))?;
    setresgid(group, group, group).map_err(|error| format!("setresgid: {error}"))?;
    setresuid(user, user, user).map_err(|error| format!("setresuid: {error}"))?;
    let _ = unshare(CloneFlags::CLONE_NEWUSER);
    Ok(())
}

fn limit(spec: &Spec, step: &Step) -> Result<(), String> {
    // One second between the warning and the end.
    let mut limits = vec![
        (Resource::RLIMIT_CPU, step.cpu_seconds, step.cpu_seconds + 1),
        // Not 0: the kernel would still hand the core to a program that stores it, as many systems have one.
        (Resource::RLIMIT_CORE, 1, 1),
        (Resource::RLIMIT_FSIZE, spec.file, spec.file),
        (Resource::RLIMIT_NOFILE, spec.open_files, spec.open_files),
        (Resource::RLIMIT_NPROC, spec.processes, spec.processes),
        (Resource::RLIMIT_MEMLOCK, 65536, 65536),
        (Resource::RLIMIT_MSGQUEUE, 0, 0),
    ];
    if let Some(bytes) = step.address_space {
        limits.push((Resource::RLIMIT_AS, bytes, bytes));
    }
    let mut refused: Vec<String> = limits
        .into_iter()
        .filter_map(|(resource, soft, hard)| {
            lower(resource, soft, hard).err().map(|error| format!("{resource:?}: {error}"))
        })
        .collect();
    // With less, right programs would die by a signal; nobody but the caller can give more.
    if let Ok((soft, _)) = getrlimit(Resource::RLIMIT_STACK)
        && soft < STACK
    {
        refused.push(format!(
            "RLIMIT_STACK: the caller's is {} KiB, programs get {} KiB",
            soft >> 10,
            STACK >> 10
        ));
    }
    if refused.is_empty() { Ok(()) } else { Err(refused.join(", ")) }
}

/// Lowers a limit; one that the caller has lowered further stays.
fn lower(resource: Resource, soft: u64, hard: u64) -> nix::Result<()> {
    let (own_soft, own_hard) = getrlimit(resource)?;
    setrlimit(resource, soft.min(own_soft).min(own_hard), hard.min(own_hard))
}

fn fence_files(spec: &Spec, work: &str, spaces: Namespaces) -> Result<(), String> {
    let read = AccessFs::from_read(RULES);
    let mut readable: Vec<PathBuf> = spec.visible.clone();
    // Inside a private file system there are this namespace's processes only.
    readable.push(PathBuf::from(if spaces.files && spaces.process { "/proc" } else { "/proc/self" }));
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let writable = AccessFs::from_all(RULES) & !AccessFs::Execute;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RULES))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(RULES)))
        .and_then(|rules| rules.scope(Scope::from_all(RULES)))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(&readable, read)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(DEVICES, device)))
        .and_then(|rules| rules.add_rules(path_beneath_rules([work], writable)))
        .and_then(|rules| rules.restrict_self())
        .map_err(text)?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("the kernel has no Landlock".to_owned()),
        _ => Ok(()),
    }
}
