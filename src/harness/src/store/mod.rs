//! The run folder: made once, written step by step, finished, read again.

mod finish;
mod folder;
mod json;
mod listed;
mod lock;
mod manifest;
mod older;
mod parse;
mod readings;
mod sound;
mod suite;
mod targets;
mod unfinished;
mod until;

pub use finish::Finished;
pub use folder::{Part, RunFolder};
pub use json::write_json;
pub use manifest::{Anchor, Dataset, FileEntry, MANIFEST, Manifest, SCHEMA, Session, ShareRule, Weights};
pub use readings::StoredReadings;
pub use suite::{suite_folder, suite_of};
pub use targets::check_targets;
pub use until::{Look, Until};
