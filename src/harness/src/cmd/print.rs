//! Writes to standard output: nothing foreign moves the terminal, and a reader that stopped reading is no trouble.

use std::io::{self, IsTerminal, Write};

use harness_text::printable;
use serde::Serialize;

/// Prints a page for people: what is not printable is spelt out. A closed pipe (`harness list | head`) is no error.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(printable::styled(text).as_bytes())
}

/// Prints a value as JSON on several lines; characters that are not printable are escaped within its texts.
///
/// # Errors
/// As [`print`].
pub(super) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string_pretty(value)?;
    print_bytes((printable::json(&json) + "\n").as_bytes())
}

/// Prints what a model answered: as it is into a file or a pipe, printable on a terminal.
///
/// # Errors
/// As [`print`].
pub(super) fn print_answer(text: &str) -> io::Result<()> {
    match io::stdout().is_terminal() {
        true => print(text),
        false => print_bytes(text.as_bytes()),
    }
}

/// Prints bytes as they are, such as a picture's.
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
