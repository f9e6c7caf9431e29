//! `bundle.json`: what a bundle holds.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::hash;

/// The index's name, the first entry of every bundle.
pub const INDEX: &str = "bundle.json";

/// Version of this format.
pub const SCHEMA: u32 = 1;

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program that made the bundle.
    pub harness_version: String,
    /// Name of the run folder.
    pub run: String,
    /// Every file, in the bundle's order.
    pub files: Vec<Entry>,
    /// SHA-256 of this index with an empty text here.
    pub sha256: String,
}

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Relative to the run folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl Index {
    /// The index with the hash that it should have.
    pub fn sealed(mut self) -> Result<Self> {
        self.sha256 = String::new();
        self.sha256 = hash::text(&self.text()?);
        Ok(self)
    }

    /// The index as it is stored.
    pub fn text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// Whether a name leads to a file below the folder that it starts from, by the shortest way.
pub fn leads_inside(name: &str) -> bool {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let shortest: PathBuf = path.components().collect();
    !name.is_empty() && plain && shortest.as_os_str() == name && !name.contains(['\0', '\\'])
}

/// Length of a block of a tar archive.
pub const BLOCK: u64 = 512;

/// Writes the header of an entry: the same bytes for the same name and length everywhere.
pub fn write_header(out: &mut impl Write, name: &str, bytes: u64) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    out.write_all(header.as_bytes())
}

/// Bytes behind an entry up to the next block.
pub fn padding(bytes: u64) -> u64 {
    (BLOCK - bytes % BLOCK) % BLOCK
}

/// Blocks of zeros that end an archive.
pub const END: u64 = 2 * BLOCK;
