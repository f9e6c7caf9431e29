//! The tensors of a checkpoint by name, memory-mapped: nothing is read before it is asked for.
#![expect(unsafe_code, reason = "memory maps of files that others may change, and their pages given back")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_text::regular;
use memmap2::{Mmap, UncheckedAdvice};
use safetensors::{Dtype, SafeTensors};

use crate::error::{CheckpointError, Result};
use crate::gguf::{self, Gguf};

/// How a tensor's elements are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// The upper halves of 32-bit floats.
    Bf16,
    /// Blocks of a GGUF file's own formats.
    Packed(gguf::Format),
    /// Something else, by the name that its file gives it.
    Other(String),
}

impl From<gguf::Format> for Format {
    fn from(format: gguf::Format) -> Self {
        match format {
            gguf::Format::F32 => Self::F32,
            gguf::Format::F16 => Self::F16,
            gguf::Format::Bf16 => Self::Bf16,
            packed => Self::Packed(packed),
        }
    }
}

/// One tensor.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Dimensions, the last one along memory.
    pub shape: Vec<i64>,
    /// How its elements are stored.
    pub format: Format,
    file: usize,
    range: Range<usize>,
}

/// A file in memory.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// Where it lies.
    pub path: PathBuf,
    map: Arc<Mmap>,
}

/// Tensors by name.
#[derive(Debug, Clone)]
pub struct Tensors {
    /// The checkpoint, for messages.
    pub origin: String,
    files: Vec<Mapped>,
    entries: BTreeMap<String, Entry>,
}

/// Bytes of a mapped file, which stays mapped as long as they are held.
#[derive(Debug, Clone)]
pub struct Shared {
    file: Mapped,
    range: Range<usize>,
}

impl Shared {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.file.bytes()[self.range.clone()]
    }

    /// Part of them.
    pub fn part(&self, part: Range<usize>) -> Self {
        let start = self.range.start;
        Self { file: self.file.clone(), range: start + part.start..start + part.end }
    }
}

impl Mapped {
    /// Maps a file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = regular::open(path).map_err(|error| CheckpointError::unreadable(path, error))?;
        // SAFETY: a file that another program shortens meanwhile ends this process by a signal; harness takes that for
        // a failed cell. Its bytes are read as numbers, of which every pattern is one.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| CheckpointError::unreadable(path, error))?;
        Ok(Self { path: path.to_owned(), map: Arc::new(map) })
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Gives the memory of bytes that were read back to the system; they are read again when needed.
    pub fn forget(&self, range: Range<usize>) {
        // SAFETY: the map is of a file and never written to, so dropped pages come back as they were.
        let advised =
            unsafe { self.map.unchecked_advise_range(UncheckedAdvice::DontNeed, range.start, range.len()) };
        // Where the system refuses, the pages merely stay.
        drop(advised);
    }
}

impl Tensors {
    /// Reads the headers of safetensors files; a name may stand in one file only.
    pub fn open(origin: &str, files: &[PathBuf]) -> Result<Self> {
        let mut tensors = Self { origin: origin.to_owned(), files: Vec::new(), entries: BTreeMap::new() };
        for path in files {
            let file = Mapped::open(path)?;
            tensors.add(file)?;
        }
        Ok(tensors)
    }

    /// The tensors that a GGUF file lists.
    pub fn gguf(file: &Mapped, listed: &Gguf) -> Result<Self> {
        let origin = file.path.display().to_string();
        let mut entries = BTreeMap::new();
        for tensor in listed.tensors() {
            let shape: Option<Vec<i64>> = tensor.shape.iter().map(|size| i64::try_from(*size).ok()).collect();
            let shape = shape.ok_or_else(|| {
                CheckpointError::damaged(format!(
                    "tensor `{}` of `{origin}` is larger than any memory",
                    tensor.name
                ))
            })?;
            let entry = Entry { shape, format: tensor.format.into(), file: 0, range: tensor.bytes.clone() };
            entries.insert(tensor.name.clone(), entry);
        }
        Ok(Self { origin, files: vec![file.clone()], entries })
    }

    /// The bytes of a tensor, with the file that they lie in.
    pub fn share(&self, entry: &Entry) -> Shared {
        Shared { file: self.files[entry.file].clone(), range: entry.range.clone() }
    }

    fn add(&mut self, file: Mapped) -> Result<()> {
        let shown = file.path.display().to_string();
        let damaged = |error: &dyn std::fmt::Display| {
            CheckpointError::damaged(format!("`{shown}` is damaged or no safetensors file: {error}"))
        };
        let (header, metadata) = SafeTensors::read_metadata(file.bytes()).map_err(|error| damaged(&error))?;
        let start = header + 8;
        for (name, info) in metadata.tensors() {
            let shape: Option<Vec<i64>> = info.shape.iter().map(|size| i64::try_from(*size).ok()).collect();
            let shape =
                shape.ok_or_else(|| damaged(&format!("tensor `{name}` is larger than any memory")))?;
            let format = match info.dtype {
                Dtype::F32 => Format::F32,
                Dtype::F16 => Format::F16,
                Dtype::BF16 => Format::Bf16,
                other => Format::Other(format!("{other:?}")),
            };
            let range = start + info.data_offsets.0..start + info.data_offsets.1;
            if file.bytes().get(range.clone()).is_none() {
                return Err(damaged(&format!("tensor `{name}` lies outside it")));
            }
            let entry = Entry { shape, format, file: self.files.len(), range };
            if self.entries.insert(name.clone(), entry).is_some() {
                return Err(CheckpointError::damaged(format!(
                    "tensor `{name}` of `{}` stands in more than one file",
                    self.origin
                )));
            }
        }
        self.files.push(file);
        Ok(())
    }

    /// Names of all tensors.
    pub fn names(&self) -> BTreeSet<&str> {
        self.entries.keys().map(String::as_str).collect()
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// A tensor's bytes, rows one after another.
    pub fn bytes(&self, entry: &Entry) -> &[u8] {
        &self.files[entry.file].bytes()[entry.range.clone()]
    }

    /// Gives back the memory of part of a tensor: a range of its bytes.
    pub fn forget(&self, entry: &Entry, part: Range<usize>) {
        let start = entry.range.start;
        self.files[entry.file].forget(start + part.start..start + part.end);
    }

    /// Gives tensors the names that `wanted` asks for where the checkpoint was saved without the outermost name:
    /// published GPT-2 files say `wte.weight`, newer ones `transformer.wte.weight`.
    pub fn complete_names(&mut self, wanted: &BTreeSet<String>) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (prefix, _) in wanted.iter().filter_map(|name| name.split_once('.')) {
            *counts.entry(prefix).or_default() += 1;
        }
        // Nearly all names begin alike; a head stands outside.
        let Some(prefix) =
            counts.iter().max_by_key(|(_, count)| **count).map(|(prefix, _)| format!("{prefix}."))
        else {
            return;
        };
        if self.entries.keys().any(|name| name.starts_with(&prefix)) {
            return;
        }
        let entries = std::mem::take(&mut self.entries);
        let longer = |name: String| {
            let long = format!("{prefix}{name}");
            if wanted.contains(&long) { long } else { name }
        };
        self.entries = entries.into_iter().map(|(name, entry)| (longer(name), entry)).collect();
    }
}
