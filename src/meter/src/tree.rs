//! The CPU time of a process with all its descendants, living and ended.
//!
//! A living process is asked through its CPU clock, in nanoseconds and with its ended threads. What ended
//! is known twice: as the last value seen of each process that was followed, and as the time that parents
//! have collected from children they waited for (`cutime + cstime`, in steps of 10 ms, which also holds
//! processes too short-lived to be seen). The two overlap, so the larger is taken, never the sum. The
//! collected times are read before the clocks: a process that ends in between is then missing from both
//! until the next reading, instead of being in both.
//!
//! Missed: CPU time after the last reading of a process that nobody of the tree waits for (a daemon, a
//! parent that ignores SIGCHLD), and descendants whose parent ended before they were first seen.
//!
//! The processes are always this machine's, also where another machine's files are rehearsed: clocks are asked of
//! this kernel.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use harness_protocol::now_ns;

use crate::proc::{self, Stat, children};
use crate::sys;

/// Finding descendants opens a file for every thread, about 0.1 ms in all, so it is done this often; what
/// a process has used before it is found is counted then.
const WALK_PERIOD_NS: i64 = 100_000_000;

/// Nanoseconds of one unit of `cutime` and `cstime`: the kernel shows them in hundredths of a second on
/// every architecture that libtorch runs on.
const COLLECTED_UNIT_NS: u64 = 10_000_000;

/// A process tree that is being followed.
#[derive(Debug)]
pub(crate) struct ProcessTree {
    root: u32,
    known: BTreeMap<u32, Process>,
    /// Last seen CPU time of followed processes that have ended, ns.
    ended_ns: u64,
    /// Collected by living parents at the first reading, ns: earlier than anything in `ended_ns`.
    collected_at_first_ns: Option<u64>,
    total_ns: u64,
    walked_ns: Option<i64>,
}

#[derive(Debug)]
struct Process {
    /// Tells a process from a later one with the same id.
    started: u64,
    own_ns: u64,
    collected_ns: u64,
}

impl ProcessTree {
    pub(crate) fn new(root: u32) -> Self {
        Self {
            root,
            known: BTreeMap::new(),
            ended_ns: 0,
            collected_at_first_ns: None,
            total_ns: 0,
            walked_ns: None,
        }
    }

    /// CPU time of the tree until now, ns; never falls. It keeps its value once the root has ended.
    /// None: the root was never there.
    pub(crate) fn cpu_ns(&mut self) -> Option<u64> {
        let now = now_ns();
        if self.walked_ns.is_none_or(|walked| now - walked >= WALK_PERIOD_NS) {
            self.walk();
            self.walked_ns = Some(now);
        }
        let ended_ns = &mut self.ended_ns;
        self.known.retain(|&pid, process| match sys::process_cpu_ns(pid) {
            Ok(own_ns) => {
                process.own_ns = process.own_ns.max(own_ns);
                true
            }
            Err(_) => {
                *ended_ns += process.own_ns;
                false
            }
        });
        if self.known.is_empty() && self.collected_at_first_ns.is_none() {
            return None;
        }
        let collected_ns = self.known.values().map(|process| process.collected_ns).sum();
        let first = *self.collected_at_first_ns.get_or_insert(collected_ns);
        let own_ns: u64 = self.known.values().map(|process| process.own_ns).sum();
        let ended_ns = self.ended_ns.max(collected_ns.saturating_sub(first));
        self.total_ns = self.total_ns.max(first + own_ns + ended_ns);
        Some(self.total_ns)
    }

    /// Refreshes what is known of the followed processes and finds new ones.
    fn walk(&mut self) {
        let mut queue: Vec<u32> = self.known.keys().copied().collect();
        if self.collected_at_first_ns.is_none() {
            queue.push(self.root);
        }
        let mut next = 0;
        while let Some(&pid) = queue.get(next) {
            next += 1;
            if !self.refresh(pid) {
                continue;
            }
            for child in children(Path::new(proc::ROOT), pid) {
                if !queue.contains(&child) {
                    queue.push(child);
                }
            }
        }
    }

    /// Whether the process is there and is the one that was followed, if any was.
    fn refresh(&mut self, pid: u32) -> bool {
        let stat = match Stat::read(Path::new(proc::ROOT), pid) {
            Ok(stat) => Some(stat),
            Err(error) if has_ended(&error) => None,
            // Out of file descriptors, say: a process that cannot be looked at has not ended.
            Err(_) => return self.known.contains_key(&pid),
        };
        match (stat, self.known.get_mut(&pid)) {
            (Some(stat), Some(process)) if process.started == stat.started => {
                process.collected_ns = stat.collected_ticks * COLLECTED_UNIT_NS;
                true
            }
            (_, Some(process)) => {
                self.ended_ns += process.own_ns;
                self.known.remove(&pid);
                false
            }
            (Some(Stat { started, collected_ticks, .. }), None) => {
                let collected_ns = collected_ticks * COLLECTED_UNIT_NS;
                self.known.insert(pid, Process { started, own_ns: 0, collected_ns });
                true
            }
            (None, None) => false,
        }
    }
}

/// Whether reading a process's files failed because it is gone.
fn has_ended(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData)
        || error.raw_os_error() == Some(libc::ESRCH)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, ChildStdin, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// A shell that runs `script`, says `done`, and waits until it is dropped.
    struct Shell {
        child: Child,
        stdin: Option<ChildStdin>,
    }

    impl Shell {
        fn start(script: &str) -> Self {
            let mut child = Command::new("sh")
                .args(["-c", &format!("{script}\necho done; read _")])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let stdin = child.stdin.take();
            Self { child, stdin }
        }

        fn wait_for_done(&mut self) {
            let mut line = String::new();
            BufReader::new(self.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            assert_eq!(line, "done\n");
        }
    }

    impl Drop for Shell {
        fn drop(&mut self) {
            drop(self.stdin.take());
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn collected_ns(pid: u32) -> u64 {
        Stat::read(Path::new(proc::ROOT), pid).unwrap().collected_ticks * COLLECTED_UNIT_NS
    }

    /// Own and collected CPU time as the kernel sees it, ns.
    fn truth(pid: u32) -> u64 {
        sys::process_cpu_ns(pid).unwrap() + collected_ns(pid)
    }

    /// `cutime` and `cstime` are each rounded down.
    const ROUNDING_NS: u64 = 2 * COLLECTED_UNIT_NS;

    const BUSY_FOR_A_WHILE: &str = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done";

    #[test]
    fn a_child_that_was_followed_and_waited_for_is_counted_once() {
        let mut shell = Shell::start(&format!("( {BUSY_FOR_A_WHILE} ) & wait"));
        let pid = shell.child.id();
        let mut tree = ProcessTree::new(pid);
        let mut last = 0;
        let deadline = Instant::now() + Duration::from_secs(60);
        while collected_ns(pid) == 0 {
            tree.walked_ns = None;
            let now = tree.cpu_ns().unwrap();
            assert!(now >= last, "fell from {last} to {now}");
            last = now;
            assert!(Instant::now() < deadline, "the child never ended");
        }
        shell.wait_for_done();
        tree.walked_ns = None;
        let (counted, truth) = (tree.cpu_ns().unwrap(), truth(pid));
        assert!(tree.ended_ns > 0, "the child was never followed");
        assert!(counted <= truth + ROUNDING_NS, "{counted} > {truth}");
        assert!(counted + ROUNDING_NS >= truth, "{counted} < {truth}");
    }

    #[test]
    fn children_that_come_and_go_between_two_readings_are_counted() {
        let mut shell = Shell::start(&format!("read _; ( {BUSY_FOR_A_WHILE} )\nwait"));
        let pid = shell.child.id();
        let mut tree = ProcessTree::new(pid);
        let before = tree.cpu_ns().unwrap();
        std::io::Write::write_all(shell.stdin.as_mut().unwrap(), b"go\n").unwrap();
        shell.wait_for_done();
        tree.walked_ns = None;
        let (counted, truth) = (tree.cpu_ns().unwrap(), truth(pid));
        assert_eq!(tree.ended_ns, 0, "the child was followed, so the test shows nothing");
        assert!(counted > before + ROUNDING_NS, "{before} to {counted}");
        assert!(counted.abs_diff(truth) <= ROUNDING_NS, "{counted} against {truth}");
    }

    #[test]
    fn a_process_that_never_was_has_no_cpu_time() {
        assert_eq!(ProcessTree::new(1 << 23).cpu_ns(), None);
        assert_eq!(ProcessTree::new(0).cpu_ns(), None);
    }
}
