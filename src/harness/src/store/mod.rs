//! The run folder: made once, never overwritten, readable after every cell.

mod folder;
mod manifest;
mod read;

pub use folder::{Tables, create, create_beside, files, write_json, write_readings, write_tables};
pub use manifest::{Circumstances, Manifest, Weights};
pub(crate) use read::Stored;
