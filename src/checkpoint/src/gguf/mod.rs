//! Reads GGUF model files: metadata, tensors in ggml's quantised formats, and the tokenizer inside.

mod cursor;
pub mod dequantize;
mod error;
mod file;
mod format;
pub mod model;
mod names;
mod tensor;
mod value;
pub mod vocab;

pub use error::GgufError;
pub use file::Gguf;
pub use format::Format;
pub use tensor::TensorInfo;
pub use value::{Scalars, Value};
