//! SHA-256 in hexadecimal, of texts and files.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::regular;

/// Of bytes.
pub fn bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Of a text's UTF-8 bytes.
pub fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

/// Of a file's bytes.
///
/// # Errors
/// It is no regular file, or cannot be read.
pub fn file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    add_file(&mut hash, path)?;
    Ok(hex(&hash.finalize()))
}

/// Adds a file's bytes to a hash; how many there are.
///
/// # Errors
/// As [`file`].
pub fn add_file(hash: &mut Sha256, path: &Path) -> io::Result<u64> {
    let mut file = regular::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => {
                hash.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_files_of_the_same_bytes_have_the_published_hash() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text("abc"), expected);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(file(&path).unwrap(), expected);
        assert_eq!(add_file(&mut Sha256::new(), &path).unwrap(), 3);
    }
}
