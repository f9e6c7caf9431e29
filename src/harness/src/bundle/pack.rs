//! Makes a bundle of a finished run.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use harness_text::printable::Shown;

use super::index::{self, Entry, INDEX, Index, SCHEMA};
use super::signature::sign;
use crate::hash;
use crate::stop::{Stop, unwritable};
use crate::store::{MANIFEST, RunFolder};
use crate::table::write_atomically;

/// Writes the bundle of a run folder to `out`, by default `<run>.bundle` in the current folder; where it lies.
///
/// # Errors
/// A [`Stop`]: the run is not finished, a file has changed since, the bundle cannot be written or signed.
pub fn pack(run: &Path, out: Option<&Path>, key: Option<&Path>) -> Result<PathBuf> {
    let (folder, manifest) = RunFolder::open(run)?;
    folder.expect_ended(&manifest)?;
    if folder.has_parts() {
        folder.expect_complete(&manifest)?;
    }
    let name = run.canonicalize()?.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let mut files = vec![entry(folder.path(), MANIFEST)?];
    for file in &manifest.files {
        if !index::leads_inside(&file.name) {
            let name = &file.name;
            let message =
                format!("the manifest names the file {name:?}, which lies outside of the run folder");
            return Err(Stop::missing(message + "\nhelp: the manifest was changed; restore it").into());
        }
        let found = entry(folder.path(), &file.name)?;
        if found.sha256 != file.sha256 {
            return Err(Stop::missing(format!(
                "`{}` is not what the run wrote: its manifest has another hash\nhelp: restore the file, or run the suite again",
                folder.path().join(&file.name).shown()
            ))
            .into());
        }
        files.push(found);
    }
    let harness_version = env!("CARGO_PKG_VERSION").to_owned();
    let index = Index { schema: SCHEMA, harness_version, run: name.clone(), files, sha256: String::new() };
    let index = index.sealed()?;
    let text = index.text()?;
    let signature = key.map(|key| sign(&text, key)).transpose()?;
    let out = out.map_or_else(|| PathBuf::from(format!("{name}.bundle")), Path::to_owned);
    let fill = |file: &mut File| -> io::Result<()> {
        let mut out = io::BufWriter::new(file);
        write(&mut out, INDEX, text.len() as u64, text.as_bytes())?;
        if let Some(signature) = &signature {
            write(&mut out, signature.name, signature.text.len() as u64, signature.text.as_bytes())?;
        }
        for entry in &index.files {
            write(&mut out, &entry.name, entry.bytes, File::open(folder.path().join(&entry.name))?)?;
        }
        out.write_all(&[0; index::END as usize])?;
        out.flush()
    };
    write_atomically(&out, fill).map_err(|error| unwritable(&out, &error))?;
    Ok(out)
}

fn entry(folder: &Path, name: &str) -> Result<Entry> {
    let path = folder.join(name);
    let told = |error: io::Error| {
        Stop::missing(format!(
            "cannot read `{}`: {error}\nhelp: the run folder lacks a file that its manifest names; restore it",
            path.shown()
        ))
    };
    let bytes = path.metadata().map_err(told)?.len();
    Ok(Entry { name: name.to_owned(), bytes, sha256: hash::file(&path).map_err(told)? })
}

fn write(out: &mut impl Write, name: &str, bytes: u64, mut content: impl io::Read) -> io::Result<()> {
    index::write_header(out, name, bytes)?;
    if io::copy(&mut content, out)? != bytes {
        return Err(io::Error::other(format!("`{name}` changed while it was read")));
    }
    out.write_all(&vec![0; index::padding(bytes) as usize])
}
