//! The two pipes to harness: requests in, replies out, with stray prints kept off them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, StdinLock, Write};
use std::os::fd::{AsFd, OwnedFd};

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

/// Reads requests line by line.
pub struct Requests<'a>(BufReader<StdinLock<'a>>);

impl Requests<'_> {
    /// From standard input.
    pub fn stdin() -> Self {
        Self(BufReader::new(io::stdin().lock()))
    }

    /// The next request; None at the end of input; an inner error is a line that is no request.
    pub fn receive(&mut self) -> io::Result<Option<Result<Request, String>>> {
        let mut line = Vec::new();
        let read = self.0.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if read > MAX_LINE {
            if line.last() != Some(&b'\n') {
                self.0.skip_until(b'\n')?;
            }
            return Ok(Some(Err(format!("a line is longer than {MAX_LINE} bytes"))));
        }
        Ok(Some(serde_json::from_slice(&line).map_err(|error| format!("a line is no request: {error}"))))
    }
}
