//! The two pipes to harness: requests in, replies out, with stray prints kept off them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use harness_protocol::{MAX_LINE, Reply, Request};

/// Writes replies to what was standard output at start.
#[derive(Debug)]
pub struct Replies(File);

impl Replies {
    /// Keeps the original standard output for replies and points file descriptor 1 at standard error,
    /// so that a print from a library cannot break the protocol.
    #[expect(unsafe_code, reason = "dup2 on the process's own descriptors")]
    pub fn take_stdout() -> io::Result<Self> {
        let kept: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
        // SAFETY: both descriptors are open for the whole life of the process.
        if unsafe { libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(File::from(kept)))
    }

    /// Sends one line.
    pub fn send(&mut self, reply: &Reply) -> io::Result<()> {
        let mut line = serde_json::to_vec(reply)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}

/// How many requests may wait for the one that is answered.
const WAITING: usize = 16;

/// A request; an error is a line that is none.
type Line = Result<Request, String>;

/// Requests in the order in which they came, read by a thread of its own: a cancellation must be seen while a window
/// runs.
pub struct Requests(Receiver<io::Result<Line>>);

impl Requests {
    /// From standard input; `cancel` sets the flag and is not handed on.
    pub fn stdin(cancelled: &Arc<AtomicBool>) -> Self {
        let (sender, lines) = sync_channel(WAITING);
        let cancelled = Arc::clone(cancelled);
        thread::spawn(move || {
            let mut reader = BufReader::new(io::stdin().lock());
            while let Some(line) = read(&mut reader).transpose() {
                match line {
                    Ok(Ok(Request::Cancel)) => cancelled.store(true, Ordering::Relaxed),
                    line => {
                        let over = line.is_err();
                        if sender.send(line).is_err() || over {
                            return;
                        }
                    }
                }
            }
        });
        Self(lines)
    }

    /// The next request; None at the end of input; an inner error is a line that is no request.
    pub fn receive(&self) -> io::Result<Option<Line>> {
        self.0.recv().ok().transpose()
    }
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let read = reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if read > MAX_LINE {
        if line.last() != Some(&b'\n') {
            reader.skip_until(b'\n')?;
        }
        return Ok(Some(Err(format!("a line is longer than {MAX_LINE} bytes"))));
    }
    Ok(Some(serde_json::from_slice(&line).map_err(|error| format!("a line is no request: {error}"))))
}
