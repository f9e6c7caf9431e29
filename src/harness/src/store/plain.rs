//! Documents of a run folder, read whole: plain files only, since a pipe would be waited for without end.

use std::fs;
use std::io;
use std::path::Path;

/// Longest document; runs with 100,000 cells have manifests a tenth as long.
const LONGEST: u64 = 1 << 30;

/// Reads a document.
///
/// # Errors
/// It is not there, no plain file, or longer than any document of a run folder.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let length = check(path)?;
    if length > LONGEST {
        return Err(io::Error::other(format!("it has {length} bytes, more than any run writes")));
    }
    fs::read(path)
}

/// That a path leads to a plain file; the file's length.
///
/// # Errors
/// It is not there, or no plain file.
pub(super) fn check(path: &Path) -> io::Result<u64> {
    let about = fs::metadata(path)?;
    match about.is_file() {
        true => Ok(about.len()),
        false => Err(io::Error::other("it is no plain file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_devices_are_no_documents() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/zero")] {
            assert!(read(path).unwrap_err().to_string().contains("no plain file"), "{}", path.display());
        }
        let file = folder.path().join("a");
        assert_eq!(read(&file).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::write(&file, "abc").unwrap();
        assert_eq!(read(&file).unwrap(), b"abc");
        fs::File::create(&file).unwrap().set_len(LONGEST + 1).unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("more than any run writes"));
    }
}
