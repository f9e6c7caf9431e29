//! The engine process: started, asked, ended.

mod asked;
mod completions;
mod failure;
#[cfg(test)]
mod fuzz;
mod generation;
mod identity;
mod line;
mod loaded;
mod log;
mod passes;
mod process;
mod requests;
mod words;

pub use asked::Asked;
pub use failure::{CellFailure, Scope};
pub use generation::Generation;
pub use identity::{EngineIdentity, EngineUse, note};
pub use log::MOST_LOG;
pub use passes::Window;
pub use process::{Engine, program, program_trouble, sha256_of};
pub use requests::{Prepared, collect, load, prepare, warm_up, window};
