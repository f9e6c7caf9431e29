//! Writes to standard output without minding a reader that stopped reading.

use std::io::{self, Write};

/// Prints the text as it is. A closed pipe (`harness list | head`) is no error.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
