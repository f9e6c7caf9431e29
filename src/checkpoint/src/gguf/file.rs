//! A GGUF file: its metadata and the list of its tensors, read from bytes such as a memory map.

use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{HashMap, hash_map};
use std::fmt;

use super::cursor::Cursor;
use super::error::GgufError;
use super::tensor::{self, Listed, TensorInfo};
use super::value::{Scalars, Value};

const MAGIC: &[u8] = b"GGUF";
const ALIGNMENT: &str = "general.alignment";
const DEFAULT_ALIGNMENT: u64 = 32;
/// The longest metadata key in bytes that the format allows.
const LONGEST_KEY: usize = 65_535;
/// The fewest bytes that a metadata entry takes: a length, a type, a value.
const LEAST_ENTRY: u64 = 8 + 4 + 1;

/// A GGUF file of version 2 or 3. It borrows texts and numbers from the bytes that it was read from.
#[derive(Clone)]
pub struct Gguf<'a> {
    version: u32,
    metadata: BTreeMap<&'a str, Value<'a>>,
    tensors: Vec<TensorInfo>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Gguf<'a> {
    /// Reads metadata and the list of tensors of a whole little-endian file.
    ///
    /// What is allocated stays below a small multiple of the list's own length. Fails where the bytes are
    /// no GGUF file, are cut, break a rule of the format, or hold a tensor in a format that is not read.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, GgufError> {
        if !bytes.starts_with(MAGIC) {
            return Err(GgufError::NotGguf);
        }
        let mut cursor = Cursor::new(bytes);
        cursor.take(MAGIC.len() as u64, "the file's mark")?;
        let version = check_version(cursor.u32("the version")?)?;
        let tensors = cursor.u64("the number of tensors")?;
        let entries = cursor.u64("the number of metadata entries")?;
        check_count(&cursor, "the metadata", entries, LEAST_ENTRY)?;
        let metadata = read_metadata(&mut cursor, entries)?;
        check_count(&cursor, "the list of tensors", tensors, Listed::LEAST_BYTES)?;
        let (listed, by_name) = read_tensors(&mut cursor, tensors)?;

        let alignment = alignment(&metadata)?;
        let start = (cursor.position() as u64).next_multiple_of(alignment);
        let placed = listed.into_iter().map(|tensor| tensor.place(start, alignment, bytes.len()));
        let tensors = placed.collect::<Result<Vec<_>, _>>()?;
        tensor::check_apart(&tensors)?;
        Ok(Self { version, metadata, tensors, by_name })
    }

    /// The version of the format: 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The metadata keys, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &'a str> + '_ {
        self.metadata.keys().copied()
    }

    /// The value of a metadata key, where the file has it.
    pub fn metadata(&self, key: &str) -> Option<&Value<'a>> {
        self.metadata.get(key)
    }

    /// A whole number that is not negative; an error where the key has another kind of value.
    pub fn u64(&self, key: &str) -> Result<Option<u64>, GgufError> {
        self.typed(key, "a whole number from 0 on", Value::as_u64)
    }

    /// A number; an error where the key has another kind of value.
    pub fn f64(&self, key: &str) -> Result<Option<f64>, GgufError> {
        self.typed(key, "a number", Value::as_f64)
    }

    /// True or false; an error where the key has another kind of value.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, GgufError> {
        self.typed(key, "true or false", Value::as_bool)
    }

    /// A text; an error where the key has another kind of value.
    pub fn str(&self, key: &str) -> Result<Option<&'a str>, GgufError> {
        self.typed(key, "a text", Value::as_str)
    }

    /// An array of texts; an error where the key has another kind of value.
    pub fn strings(&self, key: &str) -> Result<Option<&[&'a str]>, GgufError> {
        self.typed(key, "an array of texts", Value::as_strings)
    }

    /// An array of numbers or booleans; an error where the key has another kind of value.
    pub fn scalars(&self, key: &str) -> Result<Option<&Scalars<'a>>, GgufError> {
        self.typed(key, "an array of numbers", Value::as_scalars)
    }

    fn typed<'s, T>(
        &'s self,
        key: &str,
        expected: &str,
        get: impl FnOnce(&'s Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, GgufError> {
        let Some(value) = self.metadata.get(key) else { return Ok(None) };
        get(value).map(Some).ok_or_else(|| {
            GgufError::damaged(format!("metadata key `{key}` is {}; expected {expected}", value.kind()))
        })
    }

    /// The tensors in the file's order.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The tensor with this name, where the file has it.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.get(*self.by_name.get(name)?)
    }
}

impl fmt::Debug for Gguf<'_> {
    /// Leaves out what there may be a million of.
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let (keys, tensors) = (self.metadata.len(), self.tensors.len());
        write!(formatter, "Gguf {{ version: {}, keys: {keys}, tensors: {tensors} }}", self.version)
    }
}

fn check_version(version: u32) -> Result<u32, GgufError> {
    match version {
        2 | 3 => Ok(version),
        // The number of a big-endian file stands in the upper half when it is read the other way round.
        _ if version & 0xffff == 0 && version != 0 => Err(GgufError::BigEndian),
        _ => Err(GgufError::Version(version)),
    }
}

/// Refuses a count that the rest of the file cannot hold, where each thing takes `least` bytes or more.
fn check_count(cursor: &Cursor, what: &str, count: u64, least: u64) -> Result<(), GgufError> {
    let bytes = count.saturating_mul(least);
    if bytes > cursor.remaining() as u64 {
        return Err(cursor.cut(bytes, what));
    }
    Ok(())
}

fn read_metadata<'a>(cursor: &mut Cursor<'a>, count: u64) -> Result<BTreeMap<&'a str, Value<'a>>, GgufError> {
    let mut metadata = BTreeMap::new();
    for at in 0..count {
        let key = cursor.string(format_args!("the key of metadata entry {at}"))?;
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(GgufError::damaged(format!(
                "metadata entry {at} has a key of {} bytes; expected 1 to {LONGEST_KEY}",
                key.len()
            )));
        }
        let value = Value::read(cursor, format_args!("metadata key `{key}`"))?;
        match metadata.entry(key) {
            Entry::Vacant(place) => place.insert(value),
            Entry::Occupied(_) => {
                return Err(GgufError::damaged(format!("metadata key `{key}` stands in the file twice")));
            }
        };
    }
    Ok(metadata)
}

type Tensors<'a> = (Vec<Listed<'a>>, HashMap<&'a str, usize>);

fn read_tensors<'a>(cursor: &mut Cursor<'a>, count: u64) -> Result<Tensors<'a>, GgufError> {
    let mut listed = Vec::new();
    let mut by_name = HashMap::new();
    for at in 0..count {
        let tensor = Listed::read(cursor, at)?;
        match by_name.entry(tensor.name) {
            hash_map::Entry::Vacant(place) => place.insert(listed.len()),
            hash_map::Entry::Occupied(_) => {
                return Err(GgufError::damaged(format!("tensor `{}` stands in the file twice", tensor.name)));
            }
        };
        listed.push(tensor);
    }
    Ok((listed, by_name))
}

/// The multiple that tensors begin at, in bytes: a power of two.
fn alignment(metadata: &BTreeMap<&str, Value>) -> Result<u64, GgufError> {
    let Some(value) = metadata.get(ALIGNMENT) else { return Ok(DEFAULT_ALIGNMENT) };
    let number = value.as_u64().filter(|number| number.is_power_of_two() && *number <= 1 << 31);
    number.ok_or_else(|| {
        let found = value.as_u64().map_or(value.kind().to_owned(), |number| number.to_string());
        GgufError::damaged(format!(
            "metadata key `{ALIGNMENT}` is {found}; expected a power of two up to 2^31"
        ))
    })
}
