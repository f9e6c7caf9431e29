//! How much memory a program's processes hold together.
//!
//! A process shows only the pages that it has mapped in. Shared anonymous memory stays allocated where nobody shows
//! it, so each such object is counted by itself, once.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// One shared object: the device and inode that all its mappings name.
type Object = (String, u64);

/// What earlier looks saw of objects that are still mapped.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The bytes of each object, as far as any look saw it mapped.
    objects: HashMap<Object, u64>,
}

impl Memory {
    /// Bytes in memory, or swapped out of it, of these processes together. Pages that several have in common count
    /// once where that decides about `limit`.
    pub(super) fn look(&mut self, pids: &[u32], limit: u64) -> u64 {
        let shared = self.shared(pids);
        let own: u64 = pids.iter().filter_map(|&pid| own(pid)).sum();
        if own + shared <= limit || pids.len() < 2 {
            return own + shared;
        }
        shared
            + distinct(pids)
                .into_iter()
                .filter_map(|pid| proportional(pid).or_else(|| self::own(pid)))
                .sum::<u64>()
    }

    /// Bytes of the shared objects. Where the kernel shows this user how much of one is allocated, that counts; else
    /// the most that was ever seen mapped, since pages stay when a part is unmapped.
    fn shared(&mut self, pids: &[u32]) -> u64 {
        let mut now: HashMap<Object, u64> = HashMap::new();
        for &pid in pids {
            let Ok(maps) = fs::read_to_string(format!("/proc/{pid}/maps")) else { continue };
            for mapping in maps.lines().filter_map(Mapping::read) {
                let size = allocated(pid, mapping.range).unwrap_or(mapping.end);
                let entry = now.entry(mapping.object).or_default();
                *entry = size.max(*entry);
            }
        }
        for (object, size) in &mut now {
            *size = self.objects.get(object).copied().unwrap_or(0).max(*size);
        }
        self.objects = now;
        self.objects.values().sum()
    }
}

/// A mapping of shared anonymous memory.
struct Mapping<'a> {
    range: &'a str,
    object: Object,
    /// The byte of the object at which the mapping ends.
    end: u64,
}

impl<'a> Mapping<'a> {
    /// Reads a line of `/proc/PID/maps`; None: it maps something else.
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (range, rights, offset, device, inode) =
            (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
        let name = words.next().unwrap_or("");
        let anonymous =
            ["/dev/zero", "/memfd:", "/SYSV", "/anon_hugepage"].iter().any(|word| name.starts_with(word));
        if !rights.ends_with('s') || !anonymous {
            return None;
        }
        let (begin, end) = range.split_once('-')?;
        let hex = |text| u64::from_str_radix(text, 16).ok();
        let end = hex(offset)?.checked_add(hex(end)?.checked_sub(hex(begin)?)?)?;
        Some(Self { range, object: (device.to_owned(), inode.parse().ok()?), end })
    }
}

/// The bytes that are allocated for what a process maps at a range; None: not shown to this user.
fn allocated(pid: u32, range: &str) -> Option<u64> {
    fs::metadata(format!("/proc/{pid}/map_files/{range}")).ok().map(|data| data.blocks() * 512)
}

/// Bytes of one process beside shared memory, with its page tables and huge pages.
fn own(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let bytes = |name| kibibytes(&text, name);
    let others = ["VmSwap:", "VmPTE:", "HugetlbPages:"].into_iter().filter_map(bytes);
    Some(bytes("RssAnon:")? + bytes("RssFile:")? + others.sum::<u64>())
}

/// The same with each page divided by the number of processes that have it.
fn proportional(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let bytes = |name| kibibytes(&text, name);
    let others = ["SwapPss:", "Private_Hugetlb:", "Shared_Hugetlb:"].into_iter().filter_map(bytes);
    let tables = fs::read_to_string(format!("/proc/{pid}/status")).ok();
    let tables = tables.and_then(|text| kibibytes(&text, "VmPTE:"));
    let others = others.chain(tables);
    Some(bytes("Pss_Anon:")? + bytes("Pss_File:")? + others.sum::<u64>())
}

/// The processes without those that share all memory with an earlier one, as a child does until it runs a program.
fn distinct(pids: &[u32]) -> Vec<u32> {
    let mut found: Vec<(u32, Option<u64>)> = Vec::new();
    for &pid in pids {
        let size = own(pid);
        // Only equal sizes can be the same.
        if !found.iter().any(|&(earlier, held)| held == size && is_same_memory(earlier, pid)) {
            found.push((pid, size));
        }
    }
    found.into_iter().map(|(pid, _)| pid).collect()
}

/// Whether two processes share all memory; false where the kernel does not say.
#[expect(unsafe_code, reason = "kcmp(2) has no wrapper")]
fn is_same_memory(one: u32, other: u32) -> bool {
    const KCMP_VM: u32 = 1;
    // SAFETY: numbers only.
    unsafe { libc::syscall(libc::SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0 }
}

fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_shared_anonymous_memory_are_known() {
        let read = |line| Mapping::read(line).map(|mapping| (mapping.object, mapping.end));
        let object = |inode| ("00:01".to_owned(), inode);
        for (line, expected) in [
            (
                "7f0000000000-7f0000100000 rw-s 00000000 00:01 7 /dev/zero (deleted)",
                Some((object(7), 1 << 20)),
            ),
            (
                "7f0000000000-7f0000001000 rw-s 000ff000 00:01 7 /dev/zero (deleted)",
                Some((object(7), 1 << 20)),
            ),
            ("7f0000000000-7f0000001000 r--s 00000000 00:01 9 /memfd:m (deleted)", Some((object(9), 4096))),
            ("7f0000000000-7f0000001000 rw-p 00000000 00:01 7 /dev/zero (deleted)", None),
            ("7f0000000000-7f0000001000 rw-s 00000000 08:01 7 /tmp/file", None),
            ("7f0000000000-7f0000001000 rw-p 00000000 00:00 0 ", None),
            ("7f0000001000-7f0000000000 rw-s 00000000 00:01 7 /dev/zero (deleted)", None),
            ("", None),
            ("a b c d e /dev/zero", None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn this_process_holds_memory() {
        let me = [std::process::id()];
        let held = Memory::default().look(&me, u64::MAX);
        assert!(held > 1 << 20, "{held}");
        // Where the sum exceeds the limit, memory in common counts once.
        let twice = Memory::default().look(&[me[0], me[0]], 1);
        assert!(twice > 1 << 19 && twice < held + held / 2, "{twice} {held}");
    }
}
