//! A service before another OpenAI server: it hands everything on, and adds what answers cost.

mod events;
mod forward;
mod relay;
mod routes;
mod shared;
mod span;
mod upstream;
mod usage;

pub use routes::{Before, before};
pub use upstream::Upstream;
