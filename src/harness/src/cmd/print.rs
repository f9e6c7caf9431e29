//! Writes to standard output without minding a reader that stopped reading.

use std::io::{self, Write};

/// Prints the text as it is. A closed pipe (`harness list | head`) is no error.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

/// The same of bytes, such as a picture's.
///
/// # Errors
/// As [`print`].
pub(super) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
