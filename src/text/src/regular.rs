//! Files that a user names: opened without waiting, regular files only, and read no further than there is room.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Most bytes of a file that people write: a suite, a config, a key, a note. 64 MiB.
pub const WRITTEN: u64 = 64 << 20;
/// Most bytes of a data file that is held in memory as a whole. 4 GiB.
pub const DATA: u64 = 4 << 30;

/// Opens a regular file for reading. A FIFO, a device, a socket or a folder is an error at once: a FIFO may never be
/// written to, a device may never end, and files are read and hashed more than once.
///
/// # Errors
/// It is no regular file, or cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    // Asked before, because a device may do something when it is opened; and after, because the name may have changed.
    must_be_regular(fs::metadata(path)?.file_type())?;
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    must_be_regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// Reads a regular file as a whole.
///
/// # Errors
/// As [`open`], and where it holds more than `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // A file may grow, and those of the kernel say that they have no length.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// Reads a regular file as UTF-8 text.
///
/// # Errors
/// As [`read`], and where it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn too_large(most: u64) -> io::Error {
    let limit = match most {
        most if most >= 1 << 30 && most % (1 << 30) == 0 => format!("{} GiB", most >> 30),
        most if most >= 1 << 20 && most % (1 << 20) == 0 => format!("{} MiB", most >> 20),
        most => format!("{most} bytes"),
    };
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("it holds more than {limit}, the most that is read of it"),
    )
}

fn must_be_regular(kind: FileType) -> io::Result<()> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a FIFO or pipe",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        kind if kind.is_socket() => "a socket",
        _ => "no file",
    };
    let message = format!("it is {what}: expected a regular file");
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_never_ends_or_never_comes_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        for (path, what) in [
            (Path::new("/dev/zero"), "a device"),
            (Path::new("/dev/null"), "a device"),
            (&fifo, "a FIFO or pipe"),
            (&link, "a FIFO or pipe"),
            (&socket, "a socket"),
            (folder.path(), "a folder"),
        ] {
            let error = read(path, WRITTEN).unwrap_err().to_string();
            assert_eq!(error, format!("it is {what}: expected a regular file"));
        }
        assert_eq!(open(&folder.path().join("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "abcd").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(read_text(&link, 4).unwrap(), "abcd");
        assert!(read(&path, 3).unwrap_err().to_string().contains("more than 3 bytes"));
        // A sparse file of a terabyte takes no memory.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(read(&path, DATA).unwrap_err().to_string().contains("more than 4 GiB"));
        assert!(read(Path::new("/proc/self/status"), WRITTEN).unwrap().len() > 100);
        fs::write(&path, b"\xff").unwrap();
        assert!(read_text(&path, 4).unwrap_err().to_string().contains("not UTF-8"));
    }
}
