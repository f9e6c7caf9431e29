//! Writes to standard output: nothing foreign moves the terminal, and a reader that stopped reading is no trouble.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use harness_text::printable;
use serde::Serialize;

use crate::stop::Stop;

/// Prints a page for people: what is not printable is spelt out. A closed pipe (`harness list | head`) is no error,
/// nor is a closed terminal.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(text: &str) -> Result<(), Stop> {
    print_bytes(printable::styled(text).as_bytes())
}

/// Prints a value as JSON on several lines; characters that are not printable are escaped within its texts.
///
/// # Errors
/// As [`print`], and where the value cannot be written as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(value)?;
    Ok(print_bytes((printable::json(&json) + "\n").as_bytes())?)
}

/// Prints what a model answered: as it is into a file or a pipe, printable on a terminal.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_answer(text: &str) -> Result<(), Stop> {
    match io::stdout().is_terminal() {
        true => print(text),
        false => print_bytes(text.as_bytes()),
    }
}

/// Prints bytes as they are, such as a picture's.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if !has_no_reader(&error) => Err(Stop::missing(format!(
            "cannot write to standard output: {error}\nhelp: send it to a place that has room and that you may write to"
        ))),
        _ => Ok(()),
    }
}

/// Whether nobody is left to read: the pipe is closed, or the terminal.
fn has_no_reader(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe || (error.raw_os_error() == Some(libc::EIO) && is_a_device())
}

/// Whether standard output is a terminal, open or closed: a file's EIO would be a broken disk.
fn is_a_device() -> bool {
    let own = io::stdout().as_fd().try_clone_to_owned();
    own.and_then(|own| File::from(own).metadata()).is_ok_and(|about| about.file_type().is_char_device())
}
