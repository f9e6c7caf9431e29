//! A model's files, whatever the source, and how a decoder is assembled from them.

mod agent;
pub mod architectures;
pub mod blueprint;
pub mod chat;
mod checkpoint;
mod companions;
pub mod config;
mod error;
pub mod fit;
pub mod folder;
pub mod gguf;
pub mod hashes;
pub mod hub;
pub mod limits;
pub mod rope;
mod sound;
pub mod tensors;
mod tiny;

pub use agent::agent_weights;
pub use architectures::{ARCHITECTURES, Architecture};
pub use blueprint::Blueprint;
pub use chat::ChatParts;
pub use checkpoint::{Checkpoint, SOURCES, files, is_gguf};
pub use companions::COMPANIONS;
pub use config::Config;
pub use error::{CheckpointError, CheckpointFault};
pub use tensors::{Entry, Format, Tensors};
