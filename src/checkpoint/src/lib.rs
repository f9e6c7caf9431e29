//! A model's files, whatever the source, and how a decoder is assembled from them.

pub mod architectures;
pub mod blueprint;
mod checkpoint;
pub mod config;
mod error;
pub mod fit;
pub mod folder;
pub mod hashes;
pub mod rope;
pub mod tensors;
mod tiny;

pub use architectures::{ARCHITECTURES, Architecture};
pub use blueprint::Blueprint;
pub use checkpoint::{ChatParts, Checkpoint};
pub use config::Config;
pub use error::{CheckpointError, CheckpointFault};
pub use tensors::{Entry, Format, Tensors};
