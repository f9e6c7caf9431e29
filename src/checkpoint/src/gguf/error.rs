//! What can be wrong with a GGUF file.

/// Why a GGUF file, or something in it, cannot be used. Each message is one lower-case sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GgufError {
    /// The file does not begin as GGUF files do.
    #[error("the file is no GGUF file: it does not begin with `GGUF`")]
    NotGguf,
    /// A file for machines that store the highest byte first.
    #[error("the file is a big-endian GGUF file; expected a little-endian one")]
    BigEndian,
    /// A version of the format that is not read.
    #[error("the file has GGUF version {0}; expected 2 or 3")]
    Version(u32),
    /// Something reaches past the end of the file.
    #[error("the file is cut: {what} ends at {end}, the file at {length}")]
    Cut {
        /// The thing that is not whole.
        what: String,
        /// Where it would end, in bytes from the start of the file.
        end: u64,
        /// The length of the file in bytes.
        length: u64,
    },
    /// Something that the format does not allow.
    #[error("{0}")]
    Damaged(String),
    /// Something that the format allows and this reader does not know.
    #[error("{0}")]
    Unsupported(String),
    /// A metadata key that is needed and not there.
    #[error("the file has no metadata key `{0}`")]
    Missing(String),
    /// A row whose bytes and values do not belong together.
    #[error("{bytes} bytes of {format} do not hold {values} values")]
    Row {
        /// The format's name.
        format: &'static str,
        /// How many bytes were given.
        bytes: usize,
        /// How many values were asked for.
        values: usize,
    },
}

impl GgufError {
    /// Something that the format does not allow.
    pub(super) fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged(problem.into())
    }

    /// Something that this reader does not know.
    pub(super) fn unsupported(problem: impl Into<String>) -> Self {
        Self::Unsupported(problem.into())
    }
}
