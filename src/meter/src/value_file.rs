//! A file that shows one unsigned number, kept open and read again and again.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::fault::FaultKind;

/// Longer than any 64-bit number with its sign and line end.
const LONGEST: usize = 32;

/// A number in sysfs or procfs. It is opened once and read from its start each time, which makes the
/// kernel write it anew; only a failure makes it be opened again.
#[derive(Debug)]
pub(crate) struct ValueFile {
    path: PathBuf,
    file: Option<File>,
    /// It could be opened before: when it cannot any more, its device has gone.
    was_there: bool,
}

impl ValueFile {
    /// Names the file; nothing is opened before the first reading.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None, was_there: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The number it shows now.
    ///
    /// # Errors
    /// What kind of failure it was: a file that shows nothing or no number is one.
    pub(crate) fn read(&mut self) -> Result<u64, FaultKind> {
        let mut text = [0; LONGEST];
        match self.fill(&mut text) {
            Ok(length) => parse(text.get(..length).unwrap_or_default()),
            Err(error) => {
                self.file = None;
                match io_fault(&error) {
                    FaultKind::NotFound if self.was_there => Err(FaultKind::Gone),
                    kind => Err(kind),
                }
            }
        }
    }

    fn fill(&mut self, text: &mut [u8]) -> io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.path)?,
        };
        self.was_there = true;
        self.file.insert(file).read_at(text, 0)
    }
}

/// The number in a file that is read once.
///
/// # Errors
/// As [`ValueFile::read`].
pub(crate) fn read_number(path: PathBuf) -> Result<u64, FaultKind> {
    ValueFile::new(path).read()
}

/// The kind of an error of the kernel, by its number where Rust's own kinds are too coarse.
pub(crate) fn io_fault(error: &io::Error) -> FaultKind {
    match (error.raw_os_error(), error.kind()) {
        // The device was unplugged, its driver unloaded, its process ended.
        (Some(libc::ENODEV | libc::ENXIO | libc::ESRCH), _) => FaultKind::Gone,
        // The driver has the file and its device has no such value.
        (Some(libc::EOPNOTSUPP | libc::ENODATA | libc::ENOSYS), _) => FaultKind::NotSupported,
        // The kernel ended a counter whose CPU went offline: it reads as nothing from then on.
        (None, io::ErrorKind::UnexpectedEof) => FaultKind::Gone,
        (_, io::ErrorKind::NotFound) => FaultKind::NotFound,
        (_, io::ErrorKind::PermissionDenied) => FaultKind::PermissionDenied,
        _ => FaultKind::Unreadable,
    }
}

fn parse(text: &[u8]) -> Result<u64, FaultKind> {
    match text.trim_ascii() {
        [] => Err(FaultKind::Empty),
        // A full buffer may hold only the beginning of something longer.
        _ if text.len() == LONGEST => Err(FaultKind::NotANumber),
        digits => str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).ok_or(FaultKind::NotANumber),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_one_unsigned_number_is_a_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("energy_uj");
        let cases = [
            ("0\n", Ok(0)),
            ("262143328850\n", Ok(262_143_328_850)),
            ("18446744073709551615\n", Ok(u64::MAX)),
            ("7", Ok(7)),
            ("", Err(FaultKind::Empty)),
            ("\n", Err(FaultKind::Empty)),
            ("N/A\n", Err(FaultKind::NotANumber)),
            ("-5\n", Err(FaultKind::NotANumber)),
            ("1.5\n", Err(FaultKind::NotANumber)),
            ("1 2\n", Err(FaultKind::NotANumber)),
            ("18446744073709551616\n", Err(FaultKind::NotANumber)),
            ("0000000000000000000000000000000000001\n", Err(FaultKind::NotANumber)),
        ];
        for (text, expected) in cases {
            fs::write(&path, text).unwrap();
            assert_eq!(read_number(path.clone()), expected, "{text:?}");
        }
        assert_eq!(read_number(folder.path().join("absent")), Err(FaultKind::NotFound));
        assert_eq!(read_number(folder.path().to_owned()), Err(FaultKind::Unreadable));
    }

    #[test]
    fn it_follows_the_value_and_recovers_from_a_bad_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("energy_uj");
        let mut file = ValueFile::new(path.clone());
        for (text, expected) in
            [("1\n", Ok(1)), ("", Err(FaultKind::Empty)), ("22\n", Ok(22)), ("3\n", Ok(3))]
        {
            fs::write(&path, text).unwrap();
            assert_eq!(file.read(), expected);
        }
    }

    #[test]
    fn a_file_whose_owner_has_ended_is_gone_not_zero() {
        // A number that belongs to a process behaves as one that belongs to a device: it stays open and fails.
        let mut child = Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut file = ValueFile::new(PathBuf::from(format!("/proc/{}/oom_score", child.id())));
        assert!(file.read().is_ok());
        drop(child.stdin.take());
        child.wait().unwrap();
        // First through the open file, then by opening it again.
        assert_eq!(file.read(), Err(FaultKind::Gone));
        assert_eq!(file.read(), Err(FaultKind::Gone));
    }
}
