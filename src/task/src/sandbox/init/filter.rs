//! The filter of system calls: what reaches beyond the program's own processes and files is refused.
//!
//! A list of what is refused, not of what is allowed: runtimes with compilers inside (V8, HotSpot) use many
//! calls, other ones in each version. Everything that could undo another layer is on it.

use std::collections::BTreeMap;

use libc::c_long;
use nix::unistd::getpid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

use super::namespace::Namespaces;
use super::tell::text;

/// Refused whatever the arguments.
const REFUSED: &[c_long] = &[
    // Mounts, roots, namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    STATMOUNT,
    LISTMOUNT,
    OPEN_TREE_ATTR,
    // Other processes' memory and descriptors.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    // Interfaces of the kernel with a long list of holes, that no such program needs.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_fanotify_init,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_personality,
    // The machine as a whole.
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    // The machine's one stock of asynchronous reads.
    libc::SYS_io_setup,
    // The machine's disks at once.
    libc::SYS_sync,
    libc::SYS_syncfs,
    // Memory that no limit counts.
    libc::SYS_vmsplice,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    // What outlives its processes.
    libc::SYS_shmget,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
];

/// Newer than the bindings; every architecture has the same numbers.
const STATMOUNT: c_long = 457;
const LISTMOUNT: c_long = 458;
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;
const OPEN_TREE_ATTR: c_long = 467;
const FILE_SETATTR: c_long = 469;

/// Refused where the file system is the host's: Landlock knows none of them, and they reach every file of the user.
const ATTRIBUTES: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
];

/// Requests of `ioctl` that set a file's flags: `FS_IOC_SETFLAGS`, `FS_IOC_FSSETXATTR`.
const FLAGS: [u64; 2] = [0x4008_6602, 0x401c_5820];

/// Requests of `ioctl` that have the kernel send another process signals: `FIOSETOWN`, `SIOCSPGRP`.
const OWNERS: [u64; 2] = [0x8901, 0x8902];

/// Puts the filters on this process and what it becomes.
pub(super) fn apply(spaces: Namespaces) -> Result<(), String> {
    let mut rules: Rules = REFUSED.iter().map(|call| (*call, vec![])).collect();
    let namespaces = libc::CLONE_NEWUSER
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    let mut clone = Vec::new();
    for bit in (0..32).map(|bit| 1u64 << bit).filter(|bit| namespaces as u32 as u64 & bit != 0) {
        clone.push(rule(0, SeccompCmpOp::MaskedEq(bit), bit)?);
    }
    rules.insert(libc::SYS_clone, clone);
    // A process that cannot be looked into hides how much memory it shares.
    rules.insert(libc::SYS_prctl, vec![rule(0, SeccompCmpOp::Eq, libc::PR_SET_DUMPABLE as u64)?]);
    // Typing into a terminal.
    let mut requests = vec![libc::TIOCSTI, libc::TIOCLINUX];
    sockets(&mut rules, spaces)?;
    if !spaces.process {
        own_process_only(&mut rules)?;
        requests.extend(OWNERS);
    }
    if !spaces.files {
        rules.extend(ATTRIBUTES.iter().map(|call| (*call, vec![])));
        requests.extend(FLAGS);
    }
    let requests = requests.into_iter().map(|request| rule(1, SeccompCmpOp::Eq, request));
    rules.insert(libc::SYS_ioctl, requests.collect::<Result<_, _>>()?);
    install(rules, libc::EPERM)?;
    // Its flags lie in memory, where no filter sees them; the C library then uses `clone`.
    install(BTreeMap::from([(libc::SYS_clone3, vec![])]), libc::ENOSYS)?;
    #[cfg(target_arch = "x86_64")]
    refuse_x32()?;
    Ok(())
}

/// Calls, each refused always or where one of its rules holds.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Sockets with names only where no name reaches the host, and of one kind: others cross the machine.
///
/// Pairs connect a process with its children; those of datagrams could be sent to any name.
fn sockets(rules: &mut Rules, spaces: Namespaces) -> Result<(), String> {
    const KIND: u64 = 0xf;
    let (stream, packets) = (libc::SOCK_STREAM as u64, libc::SOCK_SEQPACKET as u64);
    if spaces.network && spaces.files {
        rules.insert(libc::SYS_socket, vec![rule(0, SeccompCmpOp::Ne, libc::AF_UNIX as u64)?]);
        return Ok(());
    }
    let others = (0..=KIND).filter(|kind| ![stream, packets].contains(kind));
    let pairs = others.map(|kind| rule(1, SeccompCmpOp::MaskedEq(KIND), kind));
    rules.insert(libc::SYS_socketpair, pairs.collect::<Result<_, _>>()?);
    rules.extend(
        [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind, libc::SYS_listen].map(|call| (call, vec![])),
    );
    Ok(())
}

/// Where no namespace hides the host's processes, what a process does to one it does to itself only.
fn own_process_only(rules: &mut Rules) -> Result<(), String> {
    let me = getpid().as_raw() as u64;
    for call in [
        libc::SYS_kill,
        libc::SYS_tgkill,
        libc::SYS_tkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
    ] {
        rules.insert(call, vec![rule(0, SeccompCmpOp::Ne, me)?]);
    }
    for call in [
        libc::SYS_prlimit64,
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setattr,
    ] {
        rules.insert(call, vec![another(0, me)?]);
    }
    // Both can mean all processes of the user.
    rules.insert(
        libc::SYS_setpriority,
        vec![rule(0, SeccompCmpOp::Ne, libc::PRIO_PROCESS as u64)?, another(1, me)?],
    );
    rules.insert(libc::SYS_ioprio_set, vec![rule(0, SeccompCmpOp::Ne, IOPRIO_WHO_PROCESS)?, another(1, me)?]);
    // Signals that the kernel sends to the owner of a file.
    let owners = [libc::F_SETOWN, F_SETSIG, F_SETOWN_EX];
    let owners = owners.into_iter().map(|order| rule(1, SeccompCmpOp::Eq, order as u64));
    rules.insert(libc::SYS_fcntl, owners.collect::<Result<_, _>>()?);
    Ok(())
}

/// Numbers of `fcntl` and `ioprio_set` that the bindings lack.
const F_SETSIG: libc::c_int = 10;
const F_SETOWN_EX: libc::c_int = 15;
const IOPRIO_WHO_PROCESS: u64 = 1;

/// An argument that names another process than the own one, which is also 0.
fn another(argument: u8, me: u64) -> Result<SeccompRule, String> {
    SeccompRule::new(vec![
        condition(argument, SeccompCmpOp::Ne, 0)?,
        condition(argument, SeccompCmpOp::Ne, me)?,
    ])
    .map_err(text)
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, String> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).map_err(text)
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, String> {
    SeccompRule::new(vec![condition(argument, operator, value)?]).map_err(text)
}

fn install(rules: Rules, error: i32) -> Result<(), String> {
    let arch: TargetArch = std::env::consts::ARCH.try_into().map_err(text)?;
    let refuse = SeccompAction::Errno(error as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).map_err(text)?;
    let program: BpfProgram = filter.try_into().map_err(text)?;
    apply_filter(&program).map_err(text)
}

/// Refuses the second numbering of all system calls that some kernels have, which would go around the list.
#[cfg(target_arch = "x86_64")]
fn refuse_x32() -> Result<(), String> {
    use seccompiler::sock_filter;
    const X32: u32 = 0x4000_0000;
    let step = |code: u32, jt: u8, jf: u8, k: u32| sock_filter { code: code as u16, jt, jf, k };
    let program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, X32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    apply_filter(&program).map_err(text)
}
