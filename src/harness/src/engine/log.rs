//! An engine's standard error on its way into a log that cannot grow without limit.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use harness_text::plain;

use crate::redact::{without_credentials, without_home};

/// Bytes that are kept of the beginning of what one engine prints, and of its end.
const KEPT: usize = 1 << 20;

/// Most bytes of a log, all engines together; one line more says that it is full.
pub const MOST_LOG: u64 = 32 << 20;

/// Bytes in which the last line is looked for.
const RECENT: usize = 4 << 10;

/// Characters of the last line that a reason quotes.
const QUOTED: usize = 300;

/// How long the end of what a dead engine printed is waited for.
const END: Duration = Duration::from_millis(500);

/// What keeps an engine's standard error. Dropping it writes the end of what was printed.
pub(super) struct EngineLog {
    kept: Arc<Mutex<Kept>>,
    ended: Receiver<()>,
    name: String,
}

impl EngineLog {
    /// Reads `from` until its end, in a thread of its own: whatever the log's disk does, an engine that prints never
    /// waits.
    ///
    /// # Errors
    /// The log cannot be written to.
    pub(super) fn keep(mut from: impl Read + Send + 'static, path: &Path) -> io::Result<Self> {
        let file = plain::open(path, File::options().create(true).append(true))?;
        let room = MOST_LOG.saturating_sub(file.metadata()?.len());
        let kept = Arc::new(Mutex::new(Kept::new(Box::new(file), room)));
        let (sender, ended) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut bytes = vec![0; 64 << 10];
            loop {
                match from.read(&mut bytes) {
                    Ok(0) => break,
                    Ok(count) => lock(&shared).take(&bytes[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            // Nobody may be left to hear of it.
            let _ = sender.send(());
        });
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { kept, ended, name })
    }

    /// What a reason says of the last words of an engine that has ended.
    pub(super) fn last_words(&self) -> String {
        let _ = self.ended.recv_timeout(END);
        let place = if self.name == "engine.log" { " (engine.log)" } else { "" };
        match lock(&self.kept).last_line() {
            Some(line) => format!("its last line on standard error{place}: `{line}`"),
            None => "it printed nothing to standard error".to_owned(),
        }
    }
}

impl Drop for EngineLog {
    fn drop(&mut self) {
        // A child that left the engine's group may hold the pipe open.
        let _ = self.ended.recv_timeout(END);
        lock(&self.kept).close();
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is kept of one engine's output.
struct Kept {
    file: Box<dyn Write + Send>,
    /// Bytes that the file still has room for.
    room: u64,
    /// Bytes that still go straight into the file.
    beginning: usize,
    /// The last bytes that did not.
    end: VecDeque<u8>,
    /// Bytes that were dropped between the two.
    dropped: u64,
    /// The last bytes of all.
    recent: VecDeque<u8>,
    closed: bool,
}

impl Kept {
    fn new(file: Box<dyn Write + Send>, room: u64) -> Self {
        Self {
            file,
            room,
            beginning: KEPT,
            end: VecDeque::new(),
            dropped: 0,
            recent: VecDeque::new(),
            closed: false,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        push(&mut self.recent, bytes, RECENT);
        if self.closed {
            return;
        }
        let (first, rest) = bytes.split_at(bytes.len().min(self.beginning));
        self.beginning -= first.len();
        self.write(first);
        if self.room > 0 {
            self.dropped += push(&mut self.end, rest, KEPT);
        }
    }

    /// Writes as much as there is room for. A disk that is full costs the log, nothing else.
    fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.room == 0 {
            return;
        }
        let fits = bytes.len().min(usize::try_from(self.room).unwrap_or(usize::MAX));
        let _ = self.file.write_all(&bytes[..fits]);
        self.room -= fits as u64;
        if self.room == 0 {
            let megabytes = MOST_LOG >> 20;
            let _ = writeln!(
                self.file,
                "\n[harness: this log has {megabytes} MiB, what engines print from here on is left out]"
            );
        }
    }

    /// Writes the end of what was printed; nothing is kept from here on.
    fn close(&mut self) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        if self.dropped > 0 {
            let line = format!("\n[harness: {} bytes of this engine are left out here]\n", self.dropped);
            self.write(line.as_bytes());
        }
        let end: Vec<u8> = std::mem::take(&mut self.end).into();
        self.write(&end);
    }

    /// The last line that is not empty, as a reason may quote it.
    fn last_line(&self) -> Option<String> {
        let recent: Vec<u8> = self.recent.iter().copied().collect();
        let text = String::from_utf8_lossy(&recent);
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
        let plain: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED).collect();
        Some(without_credentials(&without_home(&plain)))
    }
}

/// Appends bytes and keeps the last `most`; how many went.
fn push(ring: &mut VecDeque<u8>, bytes: &[u8], most: usize) -> u64 {
    let skipped = bytes.len().saturating_sub(most);
    ring.extend(&bytes[skipped..]);
    let over = ring.len().saturating_sub(most);
    ring.drain(..over);
    (skipped + over) as u64
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Cursor;

    use super::*;

    fn logged(path: &Path, printed: Vec<u8>) -> String {
        let log = EngineLog::keep(Cursor::new(printed), path).unwrap();
        log.last_words()
    }

    #[test]
    fn what_is_short_is_kept_whole_and_its_last_line_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.log");
        let words = logged(&path, b"loading\nno such library\x1b[2J\n\n".to_vec());
        assert_eq!(words, "its last line on standard error (engine.log): `no such library [2J`");
        assert_eq!(logged(&path, Vec::new()), "it printed nothing to standard error");
        logged(&path, b"again\n".to_vec());
        assert_eq!(fs::read(&path).unwrap(), b"loading\nno such library\x1b[2J\n\nagain\n");
    }

    #[test]
    fn of_what_is_long_the_beginning_and_the_end_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.log");
        let mut printed = b"first\n".to_vec();
        printed.resize(5 << 20, b'x');
        printed.extend(b"\nlast\n");
        let all = printed.len();
        assert!(logged(&path, printed).ends_with("`last`"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("first\n") && text.ends_with("\nlast\n"));
        assert!(
            text.contains(&format!("[harness: {} bytes of this engine are left out here]", all - 2 * KEPT))
        );
        assert!(text.len() < 2 * KEPT + 100);
    }

    #[test]
    fn a_log_of_many_engines_ends_with_a_line_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.log");
        for _ in 0..20 {
            assert!(logged(&path, vec![b'y'; 3 << 20]).contains("yyy"));
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.len() as u64 <= MOST_LOG + 200, "{}", text.len());
        assert!(text.ends_with("what engines print from here on is left out]\n"));
        assert_eq!(text.matches("this log has 32 MiB").count(), 1);
    }

    #[test]
    fn a_disk_that_is_full_loses_the_log_alone() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut kept = Kept::new(Box::new(full), MOST_LOG);
        kept.take(&vec![b'z'; 1 << 20]);
        kept.close();
        assert!(kept.last_line().is_some_and(|line| line.contains("zzz")));
    }
}
