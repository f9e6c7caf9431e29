//! Opens files at paths that others know too, where they may have put a link, a pipe or a device.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens a file that is one: no link is followed, nothing else is waited for, and nothing is changed where it is refused.
/// `options` may create the file.
///
/// # Errors
/// It is something else or has a second name (its content may be another user's), or the system does not open it. The
/// error says what it is as a predicate, such as `is a symbolic link`.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match path.symlink_metadata() {
        // A device may act as soon as it is opened.
        Ok(about) => refuse(&about)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Something else may have come there since.
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    refuse(&file.metadata()?)?;
    Ok(file)
}

fn refuse(about: &Metadata) -> io::Result<()> {
    match kind(about.file_type()) {
        Some(kind) => Err(io::Error::other(format!("is {kind}"))),
        None if about.nlink() > 1 => Err(io::Error::other("has another name too (a hard link)")),
        None => Ok(()),
    }
}

/// What it is besides a file; None: it is one.
fn kind(it: FileType) -> Option<&'static str> {
    match it {
        it if it.is_file() => None,
        it if it.is_symlink() => Some("a symbolic link"),
        it if it.is_dir() => Some("a folder"),
        it if it.is_fifo() => Some("a pipe"),
        it if it.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    fn refused(path: &Path) -> String {
        open(path, File::options().append(true).create(true)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_file_is_refused_at_once_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("foreign"), "text").unwrap();
        symlink(at("foreign"), at("link")).unwrap();
        symlink(at("nothing"), at("dangling")).unwrap();
        symlink("/dev/null", at("device")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        fs::hard_link(at("foreign"), at("hard")).unwrap();
        for (name, what) in [
            ("link", "is a symbolic link"),
            ("dangling", "is a symbolic link"),
            ("device", "is a symbolic link"),
            ("folder", "is a folder"),
            ("socket", "is a socket"),
            ("pipe", "is a pipe"),
            ("hard", "has another name too (a hard link)"),
        ] {
            assert_eq!(refused(&at(name)), what, "{name}");
        }
        assert_eq!(refused(Path::new("/dev/null")), "is a device");
        assert!(!at("nothing").exists());
        assert_eq!(fs::read_to_string(at("foreign")).unwrap(), "text");
    }

    #[test]
    fn a_file_is_opened_and_a_missing_one_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for _ in 0..2 {
            open(&path, File::options().append(true).create(true)).unwrap();
        }
        assert!(open(&folder.path().join("none"), File::options().read(true)).is_err());
    }
}
