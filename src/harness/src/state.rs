//! What is kept on this machine between runs, outside of run folders: one folder of the user's.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use harness_text::plain;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stop::{Stop, unwritable};

/// Names the folder in place of the usual one.
pub const VARIABLE: &str = "HARNESS_STATE";

/// The folder: `HARNESS_STATE`, else `harness` in `XDG_STATE_HOME` or in `~/.local/state`. It need not be there.
///
/// # Errors
/// None of these variables is set.
pub fn folder() -> Result<PathBuf, Stop> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || {
        let home = || variable("HOME").map(|home| home.join(".local/state"));
        variable("XDG_STATE_HOME").or_else(home).map(|state| state.join("harness"))
    };
    variable(VARIABLE).or_else(usual).ok_or_else(|| {
        Stop::usage(format!(
            "nothing says where to keep what outlives a run: `HOME` is not set\nhelp: set `{VARIABLE}` to a folder"
        ))
    })
}

/// The folder of what is known of machines with this hardware key.
///
/// # Errors
/// As [`folder`].
pub fn of_machine(hardware_key: &str) -> Result<PathBuf, Stop> {
    let short: String = hardware_key.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    Ok(folder()?.join("machines").join(short))
}

/// Appends one JSON line to a history. With `sudo` the folder may be another user's, so only a file is written that is one.
///
/// # Errors
/// The file cannot be written, or is none.
pub fn append(path: &Path, entry: &impl Serialize) -> Result<(), Stop> {
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let line = serde_json::to_string(entry)? + "\n";
        // One write: lines of two programs do not mix.
        plain::open(path, File::options().append(true).create(true))?.write_all(line.as_bytes())
    };
    write().map_err(|error| unwritable(path, &error))
}

/// The entries of a history, oldest first, and how many lines this version cannot read. A missing file has none; one that
/// cannot be read, or is none, counts as one such line.
pub fn entries<T: DeserializeOwned>(path: &Path) -> (Vec<T>, usize) {
    let mut text = Vec::new();
    let opened = plain::open(path, File::options().read(true));
    match opened.and_then(|mut file| file.read_to_end(&mut text)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return (Vec::new(), 1),
        _ => {}
    }
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read: Vec<Option<T>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
    let unread = read.iter().filter(|entry| entry.is_none()).count();
    (read.into_iter().flatten().collect(), unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_grows_line_by_line_and_a_torn_line_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machines/ab/control.jsonl");
        assert_eq!(entries::<f64>(&path), (vec![], 0));
        append(&path, &1.5).unwrap();
        append(&path, &2.5).unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b"{\"torn").unwrap();
        assert_eq!(entries::<f64>(&path), (vec![1.5, 2.5], 1));
    }

    #[test]
    fn a_trap_in_the_place_of_a_history_is_neither_followed_nor_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("foreign"), "text").unwrap();
        std::os::unix::fs::symlink(at("foreign"), at("link")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["link", "pipe"] {
            assert!(append(&at(name), &1).is_err(), "{name}");
            assert_eq!(entries::<f64>(&at(name)), (vec![], 1), "{name}");
        }
        assert_eq!(fs::read_to_string(at("foreign")).unwrap(), "text");
    }

    #[test]
    fn a_history_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = append(&folder.path().join("a\0b"), &1).unwrap_err().to_string();
        assert!(error.contains("help:"), "{error}");
    }
}
