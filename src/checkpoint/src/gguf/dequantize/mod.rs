//! Turns stored values into 32-bit floats, bit for bit as ggml's reference does.

pub mod block256;
pub mod block32;
pub mod float;
mod row;

pub use row::row;
