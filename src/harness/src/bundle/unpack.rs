//! Opens a bundle that may come from anybody.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::Result;
use harness_text::printable::{self, Shown};
use harness_text::regular;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::index::{self, BLOCK, Entry, INDEX, Index, SCHEMA};
use super::signature::{KINDS, Signed};
use crate::hash;
use crate::stop::Stop;

/// An index or a signature is no longer than this.
const MOST_TEXT: u64 = 16 << 20;

/// Files of one bundle.
const MOST_FILES: usize = 10_000;

/// A bundle's files in a folder of their own, which goes with it.
#[derive(Debug)]
pub struct Unpacked {
    /// Holds the run folder's files.
    pub folder: TempDir,
    /// What the bundle says that it holds.
    pub index: Index,
    /// The index as it stands there.
    pub index_text: String,
    /// Its signature.
    pub signed: Option<Signed>,
    /// What of the bundle is not as it was written, in phrases; empty: every byte is.
    pub faults: Vec<String>,
}

/// Opens a bundle. Nothing is written but into a new temporary folder.
///
/// # Errors
/// A [`Stop`] where it is no bundle, is cut off, or holds what no bundle holds: paths that lead elsewhere, links, files
/// that the index does not name, more than `most_bytes` in all.
pub fn unpack(path: &Path, most_bytes: u64) -> Result<Unpacked> {
    let refused = |what: String| {
        Stop::missing(format!(
            "`{}` {}\nhelp: fetch the bundle again from whoever made it",
            path.shown(),
            printable::short(&what)
        ))
    };
    let file = regular::open(path).map_err(|error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: name a file that `harness bundle` made",
            path.shown()
        ))
    })?;
    let mut reader = Blocks { reader: BufReader::new(file), at: 0 };
    let first = reader.header().map_err(|what| refused(format!("is no bundle: {what}")))?;
    let first = first.filter(|(name, bytes)| name == INDEX && *bytes <= MOST_TEXT);
    let Some((_, bytes)) = first else {
        return Err(refused(format!("is no bundle: its first entry is no `{INDEX}`")).into());
    };
    let index_text =
        reader.text(bytes).map_err(|what| refused(format!("is damaged in `{INDEX}`: {what}")))?;
    let index: Index = match serde_json::from_str(&index_text) {
        Ok(index) => index,
        Err(error) => return Err(refused(format!("is damaged in `{INDEX}`: {error}")).into()),
    };
    if index.schema != SCHEMA {
        let message = format!(
            "`{}` is a bundle of schema {}, this version reads {SCHEMA}\nhelp: use the version of harness that made it ({}), or a newer one",
            path.shown(),
            index.schema,
            index.harness_version
        );
        return Err(Stop::missing(message).into());
    }
    check_names(&index.files).map_err(refused)?;
    let total = index.files.iter().try_fold(0_u64, |sum, entry| sum.checked_add(entry.bytes));
    if total.is_none_or(|total| total > most_bytes) {
        return Err(refused(format!(
            "says that it holds more than {most_bytes} bytes; `--most-bytes N` allows more"
        ))
        .into());
    }

    let mut faults = Vec::new();
    let resealed = index.clone().sealed()?;
    if resealed.sha256 != index.sha256 {
        faults.push(format!("`{INDEX}` was changed: its own hash is another"));
    } else if index.text()? != index_text {
        faults.push(format!("`{INDEX}` was changed: it is not written as a bundle's index is"));
    }
    let folder = tempfile::Builder::new().prefix("harness-bundle-").tempdir()?;
    let mut signed = None;
    let mut next = reader.header().map_err(|what| refused(format!("is damaged behind `{INDEX}`: {what}")))?;
    if let Some((name, bytes)) = &next
        && let Some((kind, name)) = KINDS.iter().find(|(_, known)| known == name)
    {
        let bytes = Some(*bytes).filter(|bytes| *bytes <= MOST_TEXT);
        let text = bytes.ok_or_else(|| "it is too long".to_owned()).and_then(|bytes| reader.text(bytes));
        let text = text.map_err(|what| refused(format!("is damaged in `{name}`: {what}")))?;
        signed = Some(Signed { name, kind: *kind, text });
        next = reader.header().map_err(|what| refused(format!("is damaged behind `{name}`: {what}")))?;
    }
    for entry in &index.files {
        let name = &entry.name;
        match next {
            Some((found, bytes)) if found == *name && bytes == entry.bytes => {}
            Some((found, bytes)) => {
                return Err(refused(format!(
                    "is damaged: `{found}` of {bytes} bytes stands where `{name}` of {} bytes should be",
                    entry.bytes
                ))
                .into());
            }
            None => return Err(refused(format!("is cut off: it ends before `{name}`")).into()),
        }
        let to = folder.path().join(name);
        let sha256 = reader
            .file(entry.bytes, &to)
            .map_err(|what| refused(format!("is damaged in `{name}`: {what}")))?;
        if sha256 != entry.sha256 {
            faults.push(format!("`{name}` was changed: its bytes have another hash than the index says"));
        }
        next = reader.header().map_err(|what| refused(format!("is damaged behind `{name}`: {what}")))?;
    }
    if let Some((name, _)) = next {
        return Err(refused(format!("holds `{name}`, which its index does not name")).into());
    }
    reader.end().map_err(|what| refused(format!("is damaged at its end: {what}")))?;
    Ok(Unpacked { folder, index, index_text, signed, faults })
}

/// Names must lead to files below the folder, each to one of its own.
fn check_names(files: &[Entry]) -> Result<(), String> {
    if files.len() > MOST_FILES {
        return Err(format!("names more than {MOST_FILES} files"));
    }
    let mut known = std::collections::BTreeSet::new();
    for Entry { name, .. } in files {
        if !index::leads_inside(name) {
            return Err(format!("names the file {name:?}, which would lie outside"));
        }
        let above =
            Path::new(name).ancestors().skip(1).any(|above| known.contains(&above.display().to_string()));
        if above || !known.insert(name.clone()) {
            return Err(format!("names the file `{name}` twice"));
        }
    }
    Ok(())
}

/// A tar archive read block by block: every byte must be the one that a bundle has there.
struct Blocks<R> {
    reader: R,
    at: u64,
}

impl<R: Read> Blocks<R> {
    /// Name and length of the next entry; None at the end. Only plain files as bundles have them are allowed.
    fn header(&mut self) -> Result<Option<(String, u64)>, String> {
        let block = self.block()?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = tar::Header::from_byte_slice(&block);
        let name = header.path().ok().and_then(|path| path.to_str().map(str::to_owned));
        let (name, bytes) = name.zip(header.size().ok()).ok_or("a header cannot be read")?;
        let mut expected = Vec::new();
        index::write_header(&mut expected, &name, bytes).map_err(|error| error.to_string())?;
        match expected == block {
            true => Ok(Some((name, bytes))),
            false if !header.entry_type().is_file() => {
                Err(format!("`{name}` is no plain file but a link, a folder or a device"))
            }
            false => Err(format!("the header of `{name}`, at byte {}, was changed", self.at - BLOCK)),
        }
    }

    fn block(&mut self) -> Result<Vec<u8>, String> {
        let mut block = vec![0; BLOCK as usize];
        self.reader.read_exact(&mut block).map_err(cut)?;
        self.at += BLOCK;
        Ok(block)
    }

    fn text(&mut self, bytes: u64) -> Result<String, String> {
        let mut text = Vec::new();
        self.reader.by_ref().take(bytes).read_to_end(&mut text).map_err(cut)?;
        if text.len() as u64 != bytes {
            return Err("it is cut off".to_owned());
        }
        self.at += bytes;
        self.zeros(index::padding(bytes))?;
        String::from_utf8(text).map_err(|_| "it is no text".to_owned())
    }

    /// Writes an entry's bytes to a new file; their SHA-256.
    fn file(&mut self, bytes: u64, to: &Path) -> Result<String, String> {
        let failed = |error: io::Error| format!("cannot write `{}`: {error}", to.shown());
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut out = BufWriter::new(File::create_new(to).map_err(failed)?);
        let mut sha256 = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut left = bytes;
        while left > 0 {
            let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.reader.read_exact(&mut buffer[..wanted]).map_err(cut)?;
            sha256.update(&buffer[..wanted]);
            out.write_all(&buffer[..wanted]).map_err(failed)?;
            left -= wanted as u64;
        }
        out.flush().map_err(failed)?;
        self.at += bytes;
        self.zeros(index::padding(bytes))?;
        Ok(hash::hex(&sha256.finalize()))
    }

    fn zeros(&mut self, count: u64) -> Result<(), String> {
        let mut padding = Vec::new();
        self.reader.by_ref().take(count).read_to_end(&mut padding).map_err(cut)?;
        if padding.len() as u64 != count {
            return Err("it is cut off".to_owned());
        }
        self.at += count;
        match padding.iter().all(|byte| *byte == 0) {
            true => Ok(()),
            false => Err(format!("a byte between entries, before byte {}, was changed", self.at)),
        }
    }

    /// Behind the last entry stand two blocks of zeros, of which one is read, and nothing else.
    fn end(&mut self) -> Result<(), String> {
        self.zeros(index::END - BLOCK)?;
        let mut rest = [0; 1];
        match self.reader.read(&mut rest) {
            Ok(0) => Ok(()),
            Ok(_) => Err(format!("there is something behind byte {}", self.at)),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn cut(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
        _ => error.to_string(),
    }
}
